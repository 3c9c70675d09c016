-- +goose Up

-- A link is as good as who made it: it lets people in while he owns the chat.
create table invites (
    id         uuid primary key,
    chat_id    uuid not null references chats on delete cascade,
    hash       bytea not null unique,
    role       text not null check (role in ('editor', 'viewer')),
    max_uses   integer not null check (max_uses between 1 and 100),
    uses       integer not null default 0 check (uses between 0 and max_uses),
    created_by uuid not null references users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index invites_chat on invites (chat_id, created_at);
create index invites_created_by on invites (created_by);
