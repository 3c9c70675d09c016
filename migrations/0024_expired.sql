-- +goose Up

-- Up to which place retention has seen the messages of a chat: what is before is erased, and never looked at again.
alter table chats add column expired_seq bigint not null default 0;
