-- +goose Up

-- Parts of words, in any language. It is one of PostgreSQL's own extensions, and an owner of the database may have it.
create extension if not exists pg_trgm;

-- Groups of three letters, and no words: a word that is a key of such an index would stay in it after its message is gone.
-- A post only notes what is to be put into the index; a search has at most 1 MB of such notes to read.
-- An answer that runs is not in it, and of a long text as much as repositories/searches.go looks at.
create index messages_parts on messages using gin (left(content, 65536) gin_trgm_ops) with (gin_pending_list_limit = 1024)
    where deleted_at is null and status not in ('queued', 'streaming');

-- The planner's samples are copies too.
alter index messages_parts alter column 1 set statistics 0;
