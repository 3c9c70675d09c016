-- +goose Up

-- The answers to a question, however much was said since. What a message replies to never changes.
create index messages_reply_to on messages (reply_to, role) where reply_to is not null;
