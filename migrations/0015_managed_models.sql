-- +goose Up

-- uid names a model for good: its id may be changed. kept says that an
-- administrator has changed it, so that it stays when it is listed no more.
alter table models
    add column uid              uuid not null default gen_random_uuid(),
    add column aliases          text[] not null default '{}',
    add column listed           boolean not null default true,
    add column kept             boolean not null default false,
    add column restricted       boolean not null default false,
    add column context_override integer not null default 0 check (context_override >= 0),
    add column input_price      bigint not null default 0 check (input_price >= 0),
    add column output_price     bigint not null default 0 check (output_price >= 0),
    add column system_prompt    text not null default '';
create unique index models_uid on models (uid);
update models set kept = true where not enabled;

-- Who may ask a restricted model.
create table model_users (
    model_uid uuid not null references models (uid) on delete cascade,
    user_id   uuid not null references users on delete cascade,
    primary key (model_uid, user_id)
);
create index model_users_user on model_users (user_id);
