-- +goose Up

-- What all chats are ordered by, as it was when somebody counted last: chats has no index on what a post changes.
-- bytes is the text of messages, reckoned from the newest ones where there are many.
create table chat_figures (
    chat_id   uuid primary key references chats on delete cascade,
    rev       bigint not null,
    active_at timestamptz not null,
    bytes     bigint not null
) with (fillfactor = 80);
create index chat_figures_active on chat_figures (active_at, chat_id);
create index chat_figures_bytes on chat_figures (bytes, chat_id);

create index chats_title on chats using gin (title gin_trgm_ops);
create index members_archived on members (chat_id) where archived and removed_at is null;

-- An administrator who said why may read a chat for a while, in this session.
create table chat_readings (
    chat_id    uuid not null references chats on delete cascade,
    session_id uuid not null references sessions on delete cascade,
    until      timestamptz not null,
    primary key (chat_id, session_id)
);
create index chat_readings_session on chat_readings (session_id);
