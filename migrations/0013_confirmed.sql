-- +goose Up

-- When a session last proved its password: what is dangerous wants that to be a few minutes ago.
alter table sessions add column confirmed_at timestamptz;
