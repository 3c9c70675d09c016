package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// HistoryRepository keeps in PostgreSQL what messages were.
type HistoryRepository struct{ db *DB }

var _ chat.HistoryRepository = (*HistoryRepository)(nil)

// NewHistoryRepository makes a repository of the past on this database.
func NewHistoryRepository(db *DB) *HistoryRepository { return &HistoryRepository{db: db} }

const livingMessage = `select 1 from messages where id = $1 and chat_id = $2 and deleted_at is null`

var versionsOf = `
select v.version, v.content, v.reasoning, v.model, v.author_id, u.name, v.status, v.created_at from (
	select m.version, ` + textsSoFar + `, m.model, m.author_id, m.status, m.version_at
	from messages m where m.id = $1 and m.deleted_at is null and m.version > $2
	union all
	select version, content, reasoning, model, author_id, status, created_at
	from message_versions where message_id = $1 and version > $2
) v(version, content, reasoning, model, author_id, status, created_at)
left join users u on u.id = v.author_id order by v.version limit $3`

// GetByMessageID lists versions of a message in a chat of this user,
// ascending, and no more of them once their texts have passed MaxBytes.
// Three statements, one round trip.
func (r *HistoryRepository) GetByMessageID(ctx context.Context, user app.UserID, id app.ChatID, message app.MessageID, after, limit int) ([]app.Version, error) {
	batch := &pgx.Batch{}
	var list []app.Version
	batch.Queue(memberRole, id, user).QueryRow(func(row pgx.Row) error {
		var role app.MemberRole
		return row.Scan(&role)
	})
	batch.Queue(livingMessage, message, id).QueryRow(func(row pgx.Row) error {
		var found int
		return row.Scan(&found)
	})
	batch.Queue(versionsOf, message, after, limit).Query(func(rows pgx.Rows) (err error) {
		list, err = untilTooMuch(rows, scanVersion)
		return err
	})
	return list, translate("versions: list", r.db.on(ctx).SendBatch(ctx, batch).Close())
}

func scanVersion(row pgx.CollectableRow) (app.Version, error) {
	var (
		v      app.Version
		author *app.UserID
		name   *string
	)
	err := row.Scan(&v.Version, &v.Content, &v.Reasoning, &v.Model, &author, &name, &v.Status, &v.CreatedAt)
	if author != nil && name != nil {
		v.Author = &app.Person{ID: *author, Name: *name}
	}
	return v, err
}

// Choose shows another version of a message that is at rest.
func (r *HistoryRepository) Choose(ctx context.Context, choice chat.Choice) (app.Changes, error) {
	return r.db.changeChat(ctx, choice.ChatID, func(ctx context.Context, c *change) error {
		m, err := c.holdOne(ctx, choice.MessageID)
		switch {
		case err != nil:
			return err
		case m.Role != app.MessageAssistant && (m.Author == nil || *m.Author != choice.By):
			return app.Errorf(app.CodeForbidden, "Only its author may choose a version of this message.")
		case choice.Version < 1 || choice.Version > m.Versions:
			return app.Invalid("version", "a number from 1 to %d is expected", m.Versions)
		case m.Status.Running():
			return app.Errorf(app.CodeConflict, "This answer is still running; stop it first.")
		}
		if _, err := c.answersAtRest(ctx, m.ID); err != nil || choice.Version == m.Version {
			return err
		}
		if err := c.keepVersion(ctx, m.ID); err != nil {
			return err
		}
		return c.takeVersion(ctx, m.ID, choice.Version)
	})
}

// addVersion makes room for one more version of a message.
func (c *change) addVersion(ctx context.Context, m held) error {
	if m.Versions >= chat.MaxVersions {
		return app.Errorf(app.CodeConflict, "There are %d versions of this message, which is as many as there may be; write a new one.", chat.MaxVersions)
	}
	return c.keepVersion(ctx, m.ID)
}

// keepVersion puts a message's present text with its versions. Each version
// is in one place: the present one in the message, the others there.
func (c *change) keepVersion(ctx context.Context, id app.MessageID) error {
	_, err := c.db.on(ctx).Exec(ctx, `
		insert into message_versions (message_id, version, content, reasoning, model, author_id, status, error_code, error_message, prompt_tokens, completion_tokens, created_at)
		select id, version, content, reasoning, model, author_id, status, error_code, error_message, prompt_tokens, completion_tokens, version_at
		from messages where id = $1`, id)
	return translate("versions: keep", err)
}

// takeVersion makes one of the kept versions the present one, with the way it
// ended and what it cost.
func (c *change) takeVersion(ctx context.Context, id app.MessageID, version int) error {
	_, err := c.db.on(ctx).Exec(ctx, `
		with taken as (delete from message_versions where message_id = $1 and version = $2 returning *)
		update messages m set version = t.version, content = t.content, reasoning = t.reasoning, model = t.model, status = t.status,
			error_code = t.error_code, error_message = t.error_message, prompt_tokens = t.prompt_tokens,
			completion_tokens = t.completion_tokens, version_at = t.created_at, rev = $3, updated_at = now()
		from taken t where m.id = $1`, id, version, c.touch(id))
	return translate("versions: take", err)
}
