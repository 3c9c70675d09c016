-- +goose Up

-- Who is connected to which node, written by the nodes while somebody wants to know; rows of an epoch that is past count for
-- nothing. ending is the wish that a node should close one.
create unlogged table rosters (
    node_id uuid primary key,
    epoch   bigint not null,
    at      timestamptz not null default now(),
    sockets integer not null
);
create unlogged table sockets (
    id         uuid primary key,
    node_id    uuid not null,
    epoch      bigint not null,
    user_id    uuid not null,
    session_id uuid not null,
    ip         text not null,
    user_agent text not null,
    stream     boolean not null,
    chats      uuid[] not null,
    chat_count integer not null,
    queued     bigint not null,
    since      timestamptz not null,
    ending     boolean not null default false
) with (fillfactor = 50);
create index sockets_since on sockets (since desc, id desc);
create index sockets_node on sockets (node_id);
