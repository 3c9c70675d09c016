-- +goose Up

-- What a person has to be told of his account, until he has read it.
create table notices (
    id         uuid primary key,
    user_id    uuid not null references users on delete cascade,
    text       text not null,
    created_at timestamptz not null default now()
);
create index notices_user on notices (user_id, id);
