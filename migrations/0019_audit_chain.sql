-- +goose Up

-- Each committed event gets a place in a chain: seq counts from 1 without holes,
-- mac is over the row and the mac before it, key_id names the key. A sealed row
-- never changes. count is more than 1 where one row stands for several attempts.
alter table audit_events
    add column seq    bigint unique check (seq > 0),
    add column mac    bytea,
    add column key_id text not null default '',
    add column count  bigint not null default 1 check (count > 0),
    add check ((seq is null) = (mac is null)),
    add check (isfinite(at));
create index audit_events_unsealed on audit_events (at, id) where seq is null;

-- What is looked for, newest first.
create index audit_events_action on audit_events (action, at desc, id desc);
create index audit_events_actor on audit_events (actor_id, at desc, id desc);
create index audit_events_target on audit_events (target, at desc, id desc);
create index audit_events_ip on audit_events (ip, at desc, id desc);
create index audit_events_request on audit_events (request_id, at desc, id desc);

-- Refused sign-ins of one minute, account and address are one row, counted up
-- until it is sealed.
create unique index audit_events_refused on audit_events (at, target, ip) where action = 'session.refused' and seq is null;

-- One row once retention has removed the beginning of the chain: from here it
-- goes on. seal is over the rest, so that nobody without the key writes one.
create table audit_checkpoints (
    only_row boolean primary key default true check (only_row),
    seq      bigint not null,
    mac      bytea not null,
    at       timestamptz not null,
    removed  bigint not null,
    key_id   text not null,
    seal     bytea not null
);

-- Keys that sealed rows up to last_seq and were replaced, sealed by the
-- encryption key of now.
create table audit_keys (
    id         text primary key,
    last_seq   bigint not null,
    sealed_by  text not null,
    nonce      bytea not null,
    ciphertext bytea not null
);

-- What came out when the chain was last checked from the console.
create table audit_checks (
    only_row boolean primary key default true check (only_row),
    at       timestamptz not null,
    seq      bigint not null,
    mac      bytea not null,
    fault    text not null
);
