package repositories

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// DirectoryRepository lists accounts for administrators. Each order has an
// index, and a page begins where the one before ended.
type DirectoryRepository struct{ db *DB }

var _ auth.DirectoryRepository = (*DirectoryRepository)(nil)

// NewDirectoryRepository makes one on this database.
func NewDirectoryRepository(db *DB) *DirectoryRepository { return &DirectoryRepository{db: db} }

// directory selects accounts that nobody is deleting, with their living
// sessions counted.
func directory() squirrel.SelectBuilder {
	return sq.Select("u.id", "u.email", "u.name", "u.role", "u.status", "u.created_at", "u.seen_at",
		"(select count(*) from sessions s where s.user_id = u.id and s.ended_at is null and s.expires_at > now())").
		From("users u").Where("not exists (select from deletions d where d.user_id = u.id)")
}

func scanManagedUser(row pgx.CollectableRow) (app.ManagedUser, error) {
	var u app.ManagedUser
	err := row.Scan(&u.ID, &u.Email, &u.Name, &u.Role, &u.Status, &u.CreatedAt, &u.SeenAt, &u.Sessions)
	return u, err
}

// Get reads one account.
func (r *DirectoryRepository) Get(ctx context.Context, id app.UserID) (app.ManagedUser, error) {
	return one(ctx, r.db, "directory: get", directory().Where("u.id = ?", id), scanManagedUser)
}

// sorting is an order: its expression, the same of a place in it, and how an
// account's place is written into a cursor.
type sorting struct {
	column, at string
	place      func(app.ManagedUser) string
}

const asTime = "?::text::timestamptz"

// never stands in the order of last use for those who never came.
const never = "-infinity"

func sortingOf(order auth.Order) sorting {
	switch order {
	case auth.ByName:
		return sorting{`u.name collate "und-x-icu"`, "?::text", func(u app.ManagedUser) string { return u.Name }}
	case auth.ByEmail:
		return sorting{`lower(u.email) collate "C"`, "lower(?::text)", func(u app.ManagedUser) string { return u.Email }}
	case auth.BySeen:
		return sorting{"coalesce(u.seen_at, '" + never + "')", asTime, func(u app.ManagedUser) string {
			if u.SeenAt == nil {
				return never
			}
			return u.SeenAt.Format(time.RFC3339Nano)
		}}
	}
	return sorting{"u.created_at", asTime, func(u app.ManagedUser) string { return u.CreatedAt.Format(time.RFC3339Nano) }}
}

// directoryCursor is where a page ended. It holds for the order it was made in.
type directoryCursor struct {
	Order      auth.Order `json:"o"`
	Descending bool       `json:"d"`
	Place      string     `json:"p"`
	ID         app.UserID `json:"i"`
}

// List is one page of accounts.
func (r *DirectoryRepository) List(ctx context.Context, find auth.Find, asked app.PageRequest) (app.Page[app.ManagedUser], error) {
	page := app.Page[app.ManagedUser]{Data: []app.ManagedUser{}, Pagination: app.Pagination{Limit: asked.Limit}}
	by := sortingOf(find.Order)
	direction, after := "", ">"
	if find.Descending {
		direction, after = " desc", "<"
	}
	query := narrow(directory(), find).OrderBy(by.column+direction, "u.id"+direction).Limit(uint64(asked.Limit) + 1) //nolint:gosec // 1..100
	if asked.Cursor != "" {
		from, err := readDirectoryCursor(asked.Cursor, find)
		if err != nil {
			return page, err
		}
		query = query.Where("("+by.column+", u.id) "+after+" ("+by.at+", ?::uuid)", from.Place, from.ID)
	}
	list, err := many(ctx, r.db, "directory: list", query, scanManagedUser)
	if err != nil {
		return page, err
	}
	if len(list) > asked.Limit {
		list = list[:asked.Limit]
		last := list[len(list)-1]
		next, err := json.Marshal(directoryCursor{find.Order, find.Descending, by.place(last), last.ID})
		if err != nil {
			return page, err
		}
		text := base64.RawURLEncoding.EncodeToString(next)
		page.Pagination.Next = &text
	}
	page.Data = append(page.Data, list...)
	return page, nil
}

func readDirectoryCursor(text string, find auth.Find) (directoryCursor, error) {
	refused := app.Invalid("cursor", "take it from the page before")
	var from directoryCursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(raw, &from) != nil || from.Order != find.Order || from.Descending != find.Descending {
		return from, refused
	}
	if from.ID, err = app.ParseID[app.UserID](string(from.ID)); err != nil || !utf8.ValidString(from.Place) || strings.ContainsRune(from.Place, 0) {
		return from, refused
	}
	if sortingOf(find.Order).at == asTime && from.Place != never {
		at, err := time.Parse(time.RFC3339Nano, from.Place)
		if err != nil || at.Year() < 1970 || at.Year() > 9999 {
			return from, refused
		}
	}
	return from, nil
}

// narrow keeps what is looked for.
func narrow(query squirrel.SelectBuilder, find auth.Find) squirrel.SelectBuilder {
	if find.Query != "" {
		query = query.Where("(lower(u.name) || ' ' || u.email_key) like lower(?)", "%"+likeEscaper.Replace(find.Query)+"%")
	}
	// Written out, so that the planner sees the condition of the small index.
	switch find.Role {
	case app.RoleAdmin:
		query = query.Where("u.role = 'admin'")
	case app.RoleUser:
		query = query.Where("u.role = 'user'")
	}
	switch find.Status {
	case app.UserDisabled:
		query = query.Where("u.status = 'disabled'")
	case app.UserActive:
		query = query.Where("u.status = 'active'")
	}
	return query
}

// mostCounted is how far accounts are counted.
const mostCounted = 1000

// Count counts up to mostCounted; of all accounts beyond that it tells what
// PostgreSQL estimates.
func (r *DirectoryRepository) Count(ctx context.Context, find auth.Find) (auth.Tally, error) {
	some := narrow(squirrel.Select("u.id").From("users u").Where("not exists (select from deletions d where d.user_id = u.id)"), find).
		OrderBy("u.id").Limit(mostCounted + 1)
	counted, err := one(ctx, r.db, "directory: count", sq.Select("count(*)", "(select reltuples::bigint from pg_class where oid = 'users'::regclass)").
		FromSelect(some, "u"), pgx.RowToStructByPos[struct{ Some, About int }])
	switch {
	case err != nil:
		return auth.Tally{}, err
	case counted.Some <= mostCounted:
		return auth.Tally{Count: counted.Some, Exact: true}, nil
	case find.Query == "" && find.Role == "" && find.Status == "":
		return auth.Tally{Count: max(counted.About, counted.Some)}, nil
	}
	return auth.Tally{Count: mostCounted}, nil
}
