-- +goose Up

-- What a node is, for people: which version, on which machine, and when its beat was raised last.
alter table nodes
    add column version text not null default '',
    add column host text not null default '',
    add column seen_at timestamptz not null default now();
