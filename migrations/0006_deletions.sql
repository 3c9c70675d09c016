-- +goose Up

-- Accounts on their way out: the row stays until they have left every chat, so that a crash in the middle is taken up again.
create table deletions (
    user_id        uuid primary key references users on delete cascade,
    erase_messages boolean not null,
    created_at     timestamptz not null default now()
);

create index sessions_expires on sessions (expires_at) where ended_at is null;
create index sessions_ended on sessions (ended_at) where ended_at is not null;
