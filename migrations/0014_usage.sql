-- +goose Up

-- What was said and answered in an hour, a row a model; messages of people have the model ''.
-- first_token holds how many answers began to come how soon, as app/usage has the bounds, and first_token_ms their sum.
create table usage_hours (
    hour              timestamptz not null,
    model             text not null,
    messages          bigint not null,
    answers           bigint not null,
    failures          bigint not null,
    prompt_tokens     bigint not null,
    completion_tokens bigint not null,
    first_token_ms    bigint not null,
    first_token       bigint[] not null,
    primary key (hour, model)
);

-- What nodes counted since the last rollup, a row a few seconds and model; a job adds it to the hours and takes it away.
create table usage_counts (
    id                uuid primary key,
    hour              timestamptz not null,
    model             text not null,
    messages          bigint not null,
    answers           bigint not null,
    failures          bigint not null,
    prompt_tokens     bigint not null,
    completion_tokens bigint not null,
    first_token_ms    bigint not null,
    first_token       bigint[] not null
);
