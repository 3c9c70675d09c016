-- +goose Up

create table providers (
    id             uuid primary key,
    name           text not null,
    base_url       text not null,
    source         text not null default 'database' check (source in ('env', 'database')),
    enabled        boolean not null default true,
    key_id         text not null default '',
    key_nonce      bytea,
    key_ciphertext bytea,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now()
);
create unique index providers_env on providers (source) where source = 'env';

-- A model as users see it; upstream is its name at the provider.
create table models (
    id           text primary key,
    provider_id  uuid not null references providers on delete cascade,
    upstream     text not null,
    name         text not null,
    context_size integer not null default 0,
    enabled      boolean not null default true,
    position     integer not null default 0,
    created_at   timestamptz not null default now()
);
create unique index models_upstream on models (provider_id, upstream);
