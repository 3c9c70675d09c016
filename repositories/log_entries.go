package repositories

import (
	"context"
	"slices"
	"time"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/logbook"
)

// LogRepository keeps warnings and errors of all nodes.
type LogRepository struct{ db *DB }

var (
	_ logbook.Store  = (*LogRepository)(nil)
	_ logbook.Reader = (*LogRepository)(nil)
)

// NewLogRepository makes one on this database.
func NewLogRepository(db *DB) *LogRepository { return &LogRepository{db: db} }

// levels are how levels are stored, by their place.
var levels = []string{"debug", "info", "warn", "error"}

const addEntry = `insert into log_entries (id, at, level, node_id, message, request_id, user_id, route, details)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`

// Add is logbook.Store.
func (r *LogRepository) Add(ctx context.Context, entries []app.LogEntry) error {
	batch := &pgx.Batch{}
	for _, e := range entries {
		details := e.Details
		if details == nil {
			details = map[string]string{}
		}
		batch.Queue(addEntry, e.ID, e.At, slices.Index(levels, e.Level), e.Node, e.Message, e.RequestID, e.UserID, e.Route, details)
	}
	return translate("log entries: add", r.db.on(ctx).SendBatch(ctx, batch).Close())
}

// Purge is logbook.Store.
func (r *LogRepository) Purge(ctx context.Context, before time.Time) error {
	_, err := r.db.exec(ctx, "log entries: purge", sq.Delete("log_entries").Where("at < ?", before))
	return err
}

// List is logbook.Reader.
func (r *LogRepository) List(ctx context.Context, filter logbook.Filter, page app.PageRequest) (app.Page[app.LogEntry], error) {
	query := sq.Select("id", "at", "level", "node_id", "message", "request_id", "user_id", "route", "details").From("log_entries").
		Where(among(filter)).OrderBy("at desc", "id desc").Limit(uint64(page.Limit) + 1) //nolint:gosec // 1..100
	if page.Cursor != "" {
		at, id, err := readCursor[string](page.Cursor)
		if err != nil {
			return app.Page[app.LogEntry]{}, err
		}
		query = query.Where("(at, id) < (?, ?)", at, id)
	}
	list, err := many(ctx, r.db, "log entries: list", query, func(row pgx.CollectableRow) (e app.LogEntry, err error) {
		var level int
		err = row.Scan(&e.ID, &e.At, &level, &e.Node, &e.Message, &e.RequestID, &e.UserID, &e.Route, &e.Details)
		e.Level = levels[min(max(level, 0), len(levels)-1)]
		return e, err
	})
	return pageFrom(list, page, func(e app.LogEntry) (time.Time, string) { return e.At, e.ID }), err
}

// Count is logbook.Reader.
func (r *LogRepository) Count(ctx context.Context, filter logbook.Filter) ([]app.LogStep, error) {
	return many(ctx, r.db, "log entries: count", sq.Select().
		Column("date_bin(make_interval(secs => ?), at, ?) as step", filter.Step().Seconds(), filter.Since).
		Columns("count(*) filter (where level < 2)", "count(*) filter (where level = 2)", "count(*) filter (where level > 2)").
		From("log_entries").Where(among(filter)).GroupBy("step").OrderBy("step"),
		func(row pgx.CollectableRow) (s app.LogStep, err error) {
			err = row.Scan(&s.At, &s.Infos, &s.Warns, &s.Errors)
			return s, err
		})
}

// among is true of the entries that a filter wants.
func among(filter logbook.Filter) squirrel.And {
	where := squirrel.And{squirrel.Expr("at >= ? and at < ?", filter.Since, filter.Until)}
	if least := slices.Index(levels, filter.Level); least > 0 {
		where = append(where, squirrel.Expr("level >= ?", least))
	}
	if filter.Node != "" {
		where = append(where, squirrel.Expr("node_id = ?", filter.Node))
	}
	// An index is there for what is not empty, and has to be told so.
	if filter.RequestID != "" {
		where = append(where, squirrel.Expr("request_id = ? and request_id <> ''", filter.RequestID))
	}
	if filter.UserID != "" {
		where = append(where, squirrel.Expr("user_id = ? and user_id <> ''", filter.UserID))
	}
	if filter.Text != "" {
		like := "%" + likeEscaper.Replace(filter.Text) + "%"
		where = append(where, squirrel.Expr(`(message ilike ? or route ilike ? or exists (select from jsonb_each_text(details) d where d.value ilike ?))`, like, like, like))
	}
	return where
}
