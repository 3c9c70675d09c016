package repositories

import (
	"context"
	"encoding/json"
	"time"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// AuditLogRepository reads who did what.
type AuditLogRepository struct{ db *DB }

var _ audit.LogRepository = (*AuditLogRepository)(nil)

// NewAuditLogRepository makes one on this database.
func NewAuditLogRepository(db *DB) *AuditLogRepository { return &AuditLogRepository{db: db} }

// Who it was is looked up for the rows of one page, each by the index.
const (
	person      = `(select json_build_object('id', u.id, 'name', u.name, 'email', u.email) from users u where u.id = `
	targetID    = `case when e.target ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then e.target::uuid end`
	entryFields = `e.id, e.seq, e.at, e.action, coalesce(e.actor_id::text, ''), e.ip, e.user_agent, e.request_id, e.target, e.count, e.details::text, ` +
		person + `e.actor_id), ` + person + targetID + `)`
)

func scanEntry(row pgx.CollectableRow) (audit.Entry, error) {
	var e audit.Entry
	var actor, details string
	err := row.Scan(&e.ID, &e.Seq, &e.At, &e.Action, &actor, &e.IP, &e.UserAgent, &e.RequestID, &e.Target, &e.Count, &details, &e.Actor, &e.TargetUser)
	e.At = e.At.UTC()
	if e.Actor == nil && actor != "" {
		e.Actor = &audit.Person{ID: actor}
	}
	// Details that are none of ours are shown as they are.
	if json.Unmarshal([]byte(details), &e.Details) != nil || e.Details == nil {
		e.Details = map[string]string{"details": details}
	}
	return e, err
}

// Get is audit.LogRepository.
func (r *AuditLogRepository) Get(ctx context.Context, id string) (audit.Entry, error) {
	return one(ctx, r.db, "audit: get", sq.Select(entryFields).From("audit_events e").Where("e.id = ?", id), scanEntry)
}

// List is audit.LogRepository.
func (r *AuditLogRepository) List(ctx context.Context, filter audit.Filter, page app.PageRequest) (app.Page[audit.Entry], error) {
	narrow, err := narrowed(filter, page)
	if err != nil {
		return app.Page[audit.Entry]{}, err
	}
	query := sq.Select(entryFields).From("audit_events e").OrderBy("e.at desc", "e.id desc").Limit(uint64(page.Limit) + 1) //nolint:gosec // 1..100
	if filter.Query == "" {
		query = query.Where(narrow)
	} else {
		query = query.Where(squirrel.Expr("e.id = any(array(?))", sought(filter, narrow, page.Limit+1)))
	}
	list, err := many(ctx, r.db, "audit: list", query, scanEntry)
	return pageFrom(list, page, func(e audit.Entry) (time.Time, string) { return e.At, e.ID }), err
}

// narrowed is what every row of a page must be.
func narrowed(f audit.Filter, page app.PageRequest) (squirrel.And, error) {
	all := squirrel.And{squirrel.Expr("true")}
	if f.Action != "" {
		all = append(all, squirrel.Expr("e.action = ?", f.Action))
	}
	if f.Actor != "" {
		all = append(all, squirrel.Expr("e.actor_id = ?", f.Actor))
	}
	if f.Target != "" {
		all = append(all, squirrel.Expr("e.target = ?", f.Target))
	}
	if !f.Since.IsZero() {
		all = append(all, squirrel.Expr("e.at >= ?", f.Since))
	}
	if !f.Until.IsZero() {
		all = append(all, squirrel.Expr("e.at < ?", f.Until))
	}
	if page.Cursor != "" {
		at, id, err := readCursor[app.UserID](page.Cursor)
		if err != nil {
			return nil, err
		}
		all = append(all, squirrel.Expr("(e.at, e.id) < (?, ?)", at, id))
	}
	return all, nil
}

// allActions steps from one action to the next in their index: there are few,
// of any number of rows.
const allActions = `with recursive a(action) as (
	(select action from audit_events order by action limit 1)
	union all select (select e.action from audit_events e where e.action > a.action order by e.action limit 1) from a where a.action is not null
) select action from a where action is not null`

// sought are the newest rows that a search finds, each way by its own index.
func sought(f audit.Filter, narrow squirrel.And, limit int) squirrel.Sqlizer {
	ways := []squirrel.Sqlizer{
		squirrel.Expr("e.action = any(array(select action from ("+allActions+") x where action ilike ?))", "%"+likeEscaper.Replace(f.Query)+"%"),
		squirrel.Expr("e.target = ?", f.Query),
		squirrel.Expr("e.ip = any(?)", []string{f.Query, f.Network}),
		squirrel.Expr("e.request_id = ?", f.Query),
	}
	if id, err := app.ParseID[app.UserID](f.Query); err == nil {
		ways = append(ways, squirrel.Expr("e.actor_id = ?", id))
	}
	if f.Email != "" {
		const whose = "(select u.id from users u where u.email_key = ?)"
		ways = append(ways, squirrel.Expr("e.actor_id = "+whose, f.Email), squirrel.Expr("e.target = "+whose+"::text", f.Email))
	}
	text, args := "", []any{}
	for i, way := range ways {
		if i > 0 {
			text += " union all "
		}
		text += "(?)"
		args = append(args, squirrel.Select("e.id").From("audit_events e").Where(way).Where(narrow).OrderBy("e.at desc", "e.id desc").Limit(uint64(limit))) //nolint:gosec // 1..101
	}
	return squirrel.Expr(text, args...)
}

// Actions is audit.LogRepository.
func (r *AuditLogRepository) Actions(ctx context.Context) ([]audit.Action, error) {
	return many(ctx, r.db, "audit: actions", squirrel.Expr(allActions), pgx.RowTo[audit.Action])
}

// State is audit.LogRepository.
func (r *AuditLogRepository) State(ctx context.Context) (state audit.Integrity, head audit.Head, err error) {
	var at *time.Time
	var seq *int64
	var fault *string
	err = translate("audit: state", r.db.on(ctx).QueryRow(ctx, `
		select coalesce(e.seq, c.seq, 0), coalesce(e.mac, c.mac, ''), coalesce(c.seq, 0),
			(select count(*) from (select from audit_events where seq is null order by at, id limit 1000) w), k.at, k.seq, k.fault
		from (select) as nothing
		left join (select seq, mac from audit_events where seq is not null order by seq desc limit 1) e on true
		left join audit_checkpoints c on true
		left join audit_checks k on true`).Scan(&head.Seq, &head.MAC, &state.Removed, &state.Waiting, &at, &seq, &fault))
	state.Seq = head.Seq
	if at != nil && seq != nil && fault != nil {
		state.Checked = &audit.Check{At: at.UTC(), Seq: *seq, Fault: *fault}
	}
	return state, head, err
}

// PutCheck is audit.LogRepository.
func (r *AuditLogRepository) PutCheck(ctx context.Context, check audit.Check, head audit.Head) error {
	mac := head.MAC
	if mac == nil {
		mac = []byte{}
	}
	_, err := r.db.on(ctx).Exec(ctx, `insert into audit_checks (at, seq, mac, fault) values ($1, $2, $3, $4)
		on conflict (only_row) do update set at = excluded.at, seq = excluded.seq, mac = excluded.mac, fault = excluded.fault`,
		check.At, check.Seq, mac, check.Fault)
	return translate("audit: keep a check", err)
}
