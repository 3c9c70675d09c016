-- +goose Up

-- To put a long answer into the index of words takes longer than all the rest of its end, and many answers may end at once:
-- one that has just ended waits here, is searched without the index, and is put into it soon after.
alter table messages add column unindexed boolean not null default false;
create index messages_unindexed on messages (id) where unindexed;

drop index messages_parts;
create index messages_parts on messages using gin (left(content, 65536) gin_trgm_ops) with (gin_pending_list_limit = 1024)
    where deleted_at is null and status not in ('queued', 'streaming') and not unindexed;
alter index messages_parts alter column 1 set statistics 0;
