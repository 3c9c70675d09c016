-- +goose Up

-- Warnings and errors that nodes logged, for some days. level is 2 for a warning and 3 for an error.
create table log_entries (
    id         uuid primary key,
    at         timestamptz not null,
    level      smallint not null,
    node_id    uuid not null,
    message    text not null,
    request_id text not null,
    user_id    text not null,
    route      text not null,
    details    jsonb not null
);
create index log_entries_at on log_entries (at desc, id desc);
create index log_entries_request on log_entries (request_id) where request_id <> '';
create index log_entries_user on log_entries (user_id, at desc) where user_id <> '';
