-- +goose Up

-- When an account was used last, as its sessions are: every quarter of an hour at most.
alter table users add column seen_at timestamptz;
update users u set seen_at = (select max(s.last_seen_at) from sessions s where s.user_id = u.id);

-- Each order in which administrators look through accounts, and what is in names and addresses.
create index users_created on users (created_at, id);
create index users_name on users (name collate "und-x-icu", id);
create index users_address on users (lower(email) collate "C", id);
create index users_seen on users (coalesce(seen_at, '-infinity'), id);
create index users_admins on users (id) where role = 'admin';
create index users_disabled on users (id) where status = 'disabled';
create index users_words on users using gin ((lower(name) || ' ' || email_key) gin_trgm_ops);

-- Links that let somebody make an account where sign-ups are not open; as SHA-256.
create table signup_invites (
    id         uuid primary key,
    hash       bytea not null unique,
    max_uses   integer not null check (max_uses between 1 and 100),
    uses       integer not null default 0 check (uses between 0 and max_uses),
    created_by uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index signup_invites_expires on signup_invites (expires_at);
