package repositories

import (
	"context"
	"slices"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/realtime"
)

// MessageRepository keeps messages in PostgreSQL.
type MessageRepository struct{ db *DB }

var _ chat.MessageRepository = (*MessageRepository)(nil)

// NewMessageRepository makes a repository of messages on this database.
func NewMessageRepository(db *DB) *MessageRepository { return &MessageRepository{db: db} }

// messageFields are the columns of scanMessage, of messages m with its author
// u, but for the two texts.
const messageFields = `m.id, m.chat_id, m.seq, m.rev, m.role, m.author_id, u.name, m.model, m.status,
	m.error_code, m.error_message, m.reply_to, m.client_id, m.version, m.versions,
	m.prompt_tokens, m.completion_tokens, m.created_at, m.updated_at, m.deleted_at`

// textsSoFar are the texts of a message with its live tail: row and chunks in
// one statement, and so of one moment.
var textsSoFar = soFar("content", "m.content") + ", nullif(" + soFar("reasoning", "coalesce(m.reasoning, '')") + ", '')"

// soFar is a part's text in the row and, while it streams, its chunks up to
// the first hole: behind a hole every offset is above the sum of what is
// there.
func soFar(part, stored string) string {
	return `case when m.status <> 'streaming' then ` + stored + ` else ` + stored + ` || coalesce((
		select string_agg(k.text, '' order by k."offset") from (
			select c.text, c."offset", octet_length(` + stored + `) + coalesce(sum(octet_length(c.text))
				over (order by c."offset" rows between unbounded preceding and 1 preceding), 0) as due
			from chunks c where c.message_id = m.id and c.run = m.rev and c.part = '` + part + `') k
		where k."offset" = k.due), '') end`
}

// selectMessages reads messages with their authors and the text so far.
func selectMessages() squirrel.SelectBuilder {
	return sq.Select(messageFields, textsSoFar).From("messages m").LeftJoin("users u on u.id = m.author_id")
}

func scanMessage(row pgx.CollectableRow) (app.Message, error) {
	var (
		m                  app.Message
		author             *app.UserID
		name               *string
		errCode, errText   *string
		prompt, completion *int
	)
	err := row.Scan(&m.ID, &m.ChatID, &m.Seq, &m.Rev, &m.Role, &author, &name, &m.Model, &m.Status,
		&errCode, &errText, &m.ReplyTo, &m.ClientID, &m.Version, &m.Versions,
		&prompt, &completion, &m.CreatedAt, &m.UpdatedAt, &m.DeletedAt, &m.Content, &m.Reasoning)
	if author != nil && name != nil {
		m.Author = &app.Person{ID: *author, Name: *name}
	}
	if errCode != nil && errText != nil {
		m.Error = &app.Failure{Code: app.Code(*errCode), Message: *errText}
	}
	if prompt != nil && completion != nil {
		m.Usage = &app.Usage{PromptTokens: *prompt, CompletionTokens: *completion}
	}
	m.Attachments = []app.Attachment{}
	return m, err
}

// GetByID finds one message in a chat of this user, with its text so far.
func (r *MessageRepository) GetByID(ctx context.Context, user app.UserID, id app.ChatID, message app.MessageID) (app.Message, error) {
	return one(ctx, r.db, "messages: get", selectMessages().
		Join("members me on me.chat_id = m.chat_id and me.user_id = ? and me.removed_at is null", user).
		Join("chats c on c.id = m.chat_id and c.deleted_at is null").
		Where(squirrel.Eq{"m.id": message, "m.chat_id": id}), scanMessage)
}

// GetByChatID lists messages of a chat of this user, ascending by seq: the
// newest, or those before or after a place, and no more of them once their
// texts have passed MaxBytes. Two statements, one round trip.
func (r *MessageRepository) GetByChatID(ctx context.Context, user app.UserID, id app.ChatID, within chat.Range) ([]app.Message, error) {
	text, args, err := page(id, within).ToSql()
	if err != nil {
		return nil, err
	}
	batch := &pgx.Batch{}
	var list []app.Message
	batch.Queue(memberRole, id, user).QueryRow(func(row pgx.Row) error {
		var role app.MemberRole
		return row.Scan(&role)
	})
	batch.Queue(text, args...).Query(func(rows pgx.Rows) (err error) {
		list, err = untilTooMuch(rows, scanMessage)
		return err
	})
	if err := r.db.on(ctx).SendBatch(ctx, batch).Close(); err != nil {
		return nil, translate("messages: list", err)
	}
	if within.After == nil {
		slices.Reverse(list)
	}
	return list, nil
}

// untilTooMuch reads texts up to the one with which they pass MaxBytes: a
// hundred of the longest would be tens of megabytes for one caller. Two at
// least, so that whoever cuts off what is too much sees that there is more.
func untilTooMuch[T interface{ Size() int }](rows pgx.Rows, scan pgx.RowToFunc[T]) ([]T, error) {
	defer rows.Close()
	var list []T
	for bytes := 0; (len(list) < 2 || bytes <= realtime.MaxBytes) && rows.Next(); {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
		bytes += item.Size()
	}
	rows.Close()
	return list, rows.Err()
}

func page(id app.ChatID, within chat.Range) squirrel.SelectBuilder {
	query := selectMessages().Where(squirrel.Eq{"m.chat_id": id}).Limit(uint64(within.Limit)) //nolint:gosec // 1..200
	switch {
	case within.After != nil:
		return query.Where("m.seq > ?", *within.After).OrderBy("m.seq")
	case within.Before != nil:
		return query.Where("m.seq < ?", *within.Before).OrderBy("m.seq desc")
	default:
		return query.OrderBy("m.seq desc")
	}
}
