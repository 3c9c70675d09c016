-- +goose Up

-- No index on a column that a post changes, so that posts are HOT updates.
create table chats (
    id               uuid primary key,
    title            text not null,
    model            text not null default '',
    system_prompt    text not null default '',
    reply_policy     text not null default 'always' check (reply_policy in ('always', 'mention', 'never')),
    reply_policy_set boolean not null default false,
    rev              bigint not null default 1,
    settings_rev     bigint not null default 1,
    floor_rev        bigint not null default 0,
    last_seq         bigint not null default 0,
    member_count     integer not null default 1,
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),
    deleted_at       timestamptz
) with (fillfactor = 80);
create index chats_deleted on chats (deleted_at) where deleted_at is not null;

-- user_id has no foreign key: the row of a member who is gone outlives his account, so that everybody hears of it.
create table members (
    chat_id       uuid not null references chats on delete cascade,
    user_id       uuid not null,
    role          text not null check (role in ('owner', 'editor', 'viewer')),
    rev           bigint not null,
    joined_at     timestamptz not null default now(),
    last_read_seq bigint not null default 0,
    pinned        boolean not null default false,
    archived      boolean not null default false,
    removed_at    timestamptz,
    primary key (chat_id, user_id)
) with (fillfactor = 80);
create index members_user on members (user_id);
