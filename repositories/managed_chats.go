package repositories

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// ManagedChatRepository shows all chats to administrators.
type ManagedChatRepository struct {
	db      *DB
	members *MembershipRepository
}

var _ chat.ManagedRepository = (*ManagedChatRepository)(nil)

// NewManagedChatRepository makes one on this database.
func NewManagedChatRepository(db *DB) *ManagedChatRepository {
	return &ManagedChatRepository{db: db, members: NewMembershipRepository(db)}
}

// everywhere tells whether all members of a chat c have put it away.
const everywhere = `exists (select from members m where m.chat_id = c.id and m.archived and m.removed_at is null)
	and not exists (select from members m where m.chat_id = c.id and not m.archived and m.removed_at is null)`

// order is what a list of chats goes by: the column, as a number.
type order struct{ from, id, key string }

var orders = map[chat.ManagedSort]order{
	chat.SortCreated: {"chats c", "c.id", ""},
	chat.SortActive:  {"chat_figures f", "f.chat_id", "f.active_at"},
	chat.SortSize:    {"chat_figures f", "f.chat_id", "f.bytes"},
}

// managed is a chat with what it is ordered by, in microseconds where that is
// a time.
type managed struct {
	app.ManagedChat
	key int64
}

// List finds the page by the index of its order, and only then looks at each
// of its chats.
func (r *ManagedChatRepository) List(ctx context.Context, filter chat.ManagedFilter, page app.PageRequest) (app.Page[app.ManagedChat], error) {
	picked, err := pick(filter, page)
	if err != nil {
		return app.Page[app.ManagedChat]{}, err
	}
	// Without the offset a small table would be read whole, and joined.
	each := sq.Select(managedFields, "p.key").FromSelect(picked, "p").
		Join("lateral (select * from chats where id = p.id offset 0) c on true")
	query := withFigures(each).OrderBy("p.key desc", "c.id desc")
	list, err := many(ctx, r.db, "managed chats: list", query, scanManaged)
	found := pageFrom(list, page, func(m managed) (time.Time, string) { return time.UnixMicro(m.key), string(m.ID) })
	shown := app.Page[app.ManagedChat]{Data: make([]app.ManagedChat, len(found.Data)), Pagination: found.Pagination}
	for i, m := range found.Data {
		shown.Data[i] = m.ManagedChat
	}
	return shown, err
}

// pick chooses the ids of a page.
func pick(filter chat.ManagedFilter, page app.PageRequest) (squirrel.SelectBuilder, error) {
	by := orders[filter.Sort]
	// Placeholders are numbered by the statement around it.
	query := squirrel.Select(by.id + " as id").From(by.from).Limit(uint64(page.Limit) + 1) //nolint:gosec // 1 to 100
	switch filter.Sort {
	case chat.SortCreated:
		query = query.Column("0::bigint as key").OrderBy("c.id desc") // ids are made in order of time
	case chat.SortActive:
		query = query.Column("(extract(epoch from f.active_at) * 1000000)::bigint as key")
	default:
		query = query.Column("f.bytes as key")
	}
	if by.key != "" {
		query = query.Join("chats c on c.id = f.chat_id").OrderBy(by.key+" desc", by.id+" desc")
	}
	query = query.Where(chosen(filter))
	if page.Cursor == "" {
		return query, nil
	}
	at, id, err := readCursor[app.ChatID](page.Cursor)
	switch filter.Sort {
	case chat.SortCreated:
		query = query.Where("c.id < ?", id)
	case chat.SortActive:
		query = query.Where("(f.active_at, f.chat_id) < (?, ?)", at, id)
	default:
		query = query.Where("(f.bytes, f.chat_id) < (?, ?)", at.UnixMicro(), id)
	}
	return query, err
}

func chosen(filter chat.ManagedFilter) squirrel.And {
	var all squirrel.And
	switch filter.State {
	case chat.StateDeleted:
		all = append(all, squirrel.Expr("c.deleted_at is not null"))
	case chat.StateArchived:
		all = append(all, squirrel.Expr("c.deleted_at is null and "+everywhere))
	default:
		all = append(all, squirrel.Expr("c.deleted_at is null"))
	}
	if filter.Query == "" {
		return all
	}
	if id, err := app.ParseID[app.ChatID](filter.Query); err == nil {
		return append(all, squirrel.Expr("c.id = ?", id))
	}
	wanted := likeEscaper.Replace(filter.Query)
	// The index has groups of three letters, and two blanks before each word.
	if utf8.RuneCountInString(filter.Query) < 3 {
		return append(all, squirrel.Expr("(c.title ilike ? or c.title ilike ?)", wanted+"%", "% "+wanted+"%"))
	}
	return append(all, squirrel.Expr("c.title ilike ?", "%"+wanted+"%"))
}

// managedFields are the columns of scanManaged, but for the key.
const managedFields = `c.id, c.title, c.model, c.member_count, c.last_seq, f.bytes, (` + everywhere + `), c.retention_days, c.created_at, c.updated_at, c.deleted_at,
	o.id, o.email, o.name, o.role, o.status, o.created_at`

// withFigures adds to chats c their figures f, and as o the owner who is
// longest there.
func withFigures(chats squirrel.SelectBuilder) squirrel.SelectBuilder {
	return chats.LeftJoin("chat_figures f on f.chat_id = c.id").
		LeftJoin(`lateral (select u.id, u.email, u.name, u.role, u.status, u.created_at from members m join users u on u.id = m.user_id
			where m.chat_id = c.id and m.role = 'owner' and m.removed_at is null order by m.joined_at, m.user_id limit 1) o on true`)
}

func scanManaged(row pgx.CollectableRow) (managed, error) {
	var (
		m                 managed
		owner             *app.UserID
		email, name, role *string
		status            *string
		since             *time.Time
	)
	err := row.Scan(&m.ID, &m.Title, &m.Model, &m.MemberCount, &m.Messages, &m.Bytes, &m.Archived, &m.RetentionDays, &m.CreatedAt, &m.UpdatedAt, &m.DeletedAt,
		&owner, &email, &name, &role, &status, &since, &m.key)
	if err == nil && owner != nil {
		m.Owner = &app.User{ID: *owner, Email: *email, Name: *name, Role: app.Role(*role), Status: app.UserStatus(*status), CreatedAt: *since}
	}
	return m, err
}

// GetByID finds any chat that is not erased yet.
func (r *ManagedChatRepository) GetByID(ctx context.Context, id app.ChatID) (app.ManagedChat, error) {
	m, err := one(ctx, r.db, "managed chats: get", withFigures(sq.Select(managedFields, "0::bigint").From("chats c")).Where("c.id = ?", id), scanManaged)
	return m.ManagedChat, err
}

// Hold runs work in one transaction, under the chat's lock, with how it is.
func (r *ManagedChatRepository) Hold(ctx context.Context, id app.ChatID, work func(context.Context, app.ManagedChat) error) error {
	return r.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := r.db.exec(ctx, "managed chats: lock", squirrel.Expr(`select from chats where id = $1 for no key update`, id)); err != nil {
			return err
		}
		was, err := r.GetByID(ctx, id)
		if err != nil {
			return err
		}
		return work(ctx, was)
	})
}

// GetMembers lists members, longest there first.
func (r *ManagedChatRepository) GetMembers(ctx context.Context, id app.ChatID, page app.PageRequest) (app.Page[app.Member], error) {
	return r.members.GetByChatID(ctx, id, page)
}

// mayRead is the one question of whether a session may read a living chat.
const mayRead = `select r.until from chat_readings r join chats c on c.id = r.chat_id and c.deleted_at is null
	where r.chat_id = $1 and r.session_id = $2 and r.until > $3`

// GetMessages lists messages for a session that may read the chat now. Two
// statements, one round trip.
func (r *ManagedChatRepository) GetMessages(ctx context.Context, id app.ChatID, session app.SessionID, now time.Time, within chat.Range) ([]app.Message, error) {
	text, args, err := page(id, within).ToSql()
	if err != nil {
		return nil, err
	}
	batch := &pgx.Batch{}
	var (
		list []app.Message
		open bool
	)
	batch.Queue(mayRead, id, session, now).Query(func(rows pgx.Rows) error { open = rows.Next(); rows.Close(); return rows.Err() })
	batch.Queue(text, args...).Query(func(rows pgx.Rows) (err error) {
		if open {
			list, err = untilTooMuch(rows, scanMessage)
		}
		return err
	})
	if err := r.db.on(ctx).SendBatch(ctx, batch).Close(); err != nil {
		return nil, translate("managed chats: read", err)
	}
	if !open {
		return nil, app.Errorf(app.CodeForbidden, "Say first why you want to read this chat.")
	}
	if within.After == nil {
		slices.Reverse(list)
	}
	return list, nil
}
