-- +goose Up

-- When the present version of a message began; the others have theirs in message_versions, which holds every version but
-- the present one.
alter table messages add column version_at timestamptz not null default now();
update messages set version_at = case when versions = 1 then created_at else updated_at end;

-- Who is quoted in a chat that he was never in: forks copy what people said, and an account that erases its messages
-- erases them there too. No cascade, so that an account cannot be gone while a fork that was made meanwhile still quotes it.
create table fork_authors (
    user_id uuid not null references users,
    chat_id uuid not null references chats on delete cascade,
    primary key (user_id, chat_id)
);
create index fork_authors_chat on fork_authors (chat_id);

-- The planner's samples are copies too: what people and models say is in none.
alter table messages alter column content set statistics 0, alter column reasoning set statistics 0,
    alter column error_message set statistics 0;
alter table message_versions alter column content set statistics 0, alter column reasoning set statistics 0,
    alter column error_message set statistics 0;
alter table chunks alter column text set statistics 0;
