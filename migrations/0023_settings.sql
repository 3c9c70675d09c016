-- +goose Up

-- The picture that the setting "logo" names by its hash.
create table logos (
    hash       text primary key,
    png        bytea not null,
    created_at timestamptz not null default now()
);

-- How long messages of a chat are kept: null is as long as the instance says, 0 is for ever.
alter table chats add column retention_days integer check (retention_days between 0 and 3650);
