-- +goose Up

-- One row: which database this is, and fingerprints of the secrets it was used with.
create table instance (
    only_row               boolean primary key default true check (only_row),
    store                  uuid not null default gen_random_uuid(),
    jwt_fingerprint        text not null default '',
    encryption_fingerprint text not null default '',
    created_at             timestamptz not null default now()
);
insert into instance default values;

-- Running processes. beat grows while one lives; epoch grows when it is declared dead.
create table nodes (
    id         uuid primary key,
    epoch      bigint not null default 1,
    beat       bigint not null default 0,
    started_at timestamptz not null default now()
) with (fillfactor = 50);

-- Settings that an administrator changed; what is absent has its default.
create table settings (
    name       text primary key,
    value      jsonb not null,
    updated_by uuid,
    updated_at timestamptz not null default now()
);

-- Who did what, written in the transaction of the change.
create table audit_events (
    id         uuid primary key,
    at         timestamptz not null default now(),
    action     text not null,
    actor_id   uuid,
    ip         text not null default '',
    user_agent text not null default '',
    request_id text not null default '',
    target     text not null default '',
    details    jsonb not null default '{}'
);
create index audit_events_at on audit_events (at desc, id desc);
