-- +goose Up

-- author_id has no foreign key: an author who is gone reads as null, and posting checks nothing twice.
create table messages (
    id                uuid primary key,
    chat_id           uuid not null references chats on delete cascade,
    seq               bigint not null,
    rev               bigint not null,
    role              text not null check (role in ('user', 'assistant', 'system')),
    author_id         uuid,
    model             text,
    content           text not null default '',
    reasoning         text,
    status            text not null check (status in ('queued', 'streaming', 'complete', 'stopped', 'interrupted', 'failed')),
    error_code        text,
    error_message     text,
    reply_to          uuid,
    client_id         text,
    version           integer not null default 1,
    versions          integer not null default 1,
    prompt_tokens     integer,
    completion_tokens integer,
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    deleted_at        timestamptz
) with (fillfactor = 80);
create unique index messages_seq on messages (chat_id, seq);
create unique index messages_rev on messages (chat_id, rev);
create unique index messages_client_id on messages (chat_id, author_id, client_id) where client_id is not null;

-- What a message was before an edit or a new answer; the present text is in messages.
create table message_versions (
    message_id        uuid not null references messages on delete cascade,
    version           integer not null,
    content           text not null,
    reasoning         text,
    model             text,
    author_id         uuid,
    status            text not null,
    error_code        text,
    error_message     text,
    prompt_tokens     integer,
    completion_tokens integer,
    created_at        timestamptz not null,
    primary key (message_id, version)
);

-- One row for each answer that is queued or streaming: who asked, which node has it, the wish to stop.
-- run is the rev its message has while it streams; 0 while it waits.
create table runs (
    message_id uuid primary key references messages on delete cascade,
    chat_id    uuid not null,
    asker_id   uuid,
    run        bigint not null default 0,
    node_id    uuid,
    node_epoch bigint,
    stop       boolean not null default false,
    created_at timestamptz not null default now()
);
create index runs_chat on runs (chat_id);
create index runs_asker on runs (asker_id);
create index runs_node on runs (node_id);

-- The live tail: what an answer grew by since its row was written, a row a flush, never a row a token.
-- "offset" counts UTF-8 bytes of the part from its very start.
create table chunks (
    message_id uuid not null,
    run        bigint not null,
    part       text not null check (part in ('content', 'reasoning')),
    "offset"   integer not null,
    text       text not null,
    primary key (message_id, run, part, "offset")
);
