-- +goose Up

create table users (
    id            uuid primary key,
    email         text not null,
    email_key     text not null unique,
    name          text not null,
    password_hash text not null,
    role          text not null default 'user' check (role in ('user', 'admin')),
    status        text not null default 'active' check (status in ('active', 'disabled')),
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);

create table user_settings (
    user_id               uuid primary key references users on delete cascade,
    theme                 text not null default 'system',
    language              text not null default 'en',
    notifications_enabled boolean not null default true,
    default_model         text not null default ''
);

create table sessions (
    id           uuid primary key,
    user_id      uuid not null references users on delete cascade,
    device       text not null default '',
    ip           text not null default '',
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null,
    ended_at     timestamptz
);
create index sessions_user on sessions (user_id);

-- Every refresh token a session ever had, as SHA-256; the unused one is the newest.
create table refresh_tokens (
    hash       bytea primary key,
    session_id uuid not null references sessions on delete cascade,
    issued_at  timestamptz not null default now(),
    used_at    timestamptz
);
create index refresh_tokens_session on refresh_tokens (session_id);

-- Set-up links (user_id is null) and password reset links, as SHA-256, single use.
create table one_time_tokens (
    hash       bytea primary key,
    purpose    text not null check (purpose in ('setup', 'reset')),
    user_id    uuid references users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
