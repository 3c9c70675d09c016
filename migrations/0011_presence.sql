-- +goose Up

-- Who is connected to which node; rows of an epoch that is past count for
-- nothing. What a crash takes is written anew by those who are connected.
create unlogged table presence (
    node_id uuid not null,
    epoch   bigint not null,
    user_id uuid not null,
    primary key (node_id, epoch, user_id)
);
create index presence_user on presence (user_id);
