package repositories

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/running"
)

// RosterRepository keeps who is connected to which node, and reads what runs.
type RosterRepository struct{ db *DB }

var (
	_ running.Ledger     = (*RosterRepository)(nil)
	_ running.Repository = (*RosterRepository)(nil)
)

// NewRosterRepository makes one on this database.
func NewRosterRepository(db *DB) *RosterRepository { return &RosterRepository{db: db} }

const (
	countSockets = `insert into rosters as r (node_id, epoch, at, sockets) select id, epoch, now(), $3 from nodes where id = $1 and epoch = $2
		on conflict (node_id) do update set epoch = excluded.epoch, at = excluded.at, sockets = excluded.sockets`
	dropSockets = `delete from sockets where node_id = $1 and (epoch <> $2 or not id = any($3))`
	// A chat is one of a socket's by its place: the lists are cut from one array.
	putSockets = `insert into sockets as s (id, node_id, epoch, user_id, session_id, ip, user_agent, stream, chats, chat_count, queued, since)
		select w.id, $1, $2, w.user_id, w.session_id, w.ip, w.user_agent, w.stream, ($12::uuid[])[w.first:w.last], w.chat_count, w.queued, w.since
		from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::bool[], $9::int[], $10::int[], $11::int[], $13::bigint[], $14::timestamptz[])
			as w(id, user_id, session_id, ip, user_agent, stream, first, last, chat_count, queued, since)
		where exists (select from nodes where id = $1 and epoch = $2)
		on conflict (id) do update set chats = excluded.chats, chat_count = excluded.chat_count, queued = excluded.queued
		where s.chats <> excluded.chats or s.chat_count <> excluded.chat_count or s.queued <> excluded.queued`
	endingSockets = `select id::text from sockets where node_id = $1 and epoch = $2 and ending`
)

// Put is running.Ledger, in one pipelined transaction.
func (r *RosterRepository) Put(ctx context.Context, owner app.Owner, total int, list []app.Socket) (ending []string, err error) {
	var (
		ids, users, sessions, ips, agents []string
		streams                           []bool
		first, last, counts               []int32
		chats                             = []app.ChatID{}
		queued                            []int64
		since                             []time.Time
	)
	for _, s := range list {
		ids, users, sessions = append(ids, s.ID), append(users, string(s.User.ID)), append(sessions, string(s.SessionID))
		ips, agents, streams = append(ips, s.IP), append(agents, storable(s.UserAgent)), append(streams, s.Stream)
		first = append(first, int32(len(chats)+1)) //nolint:gosec // ten a socket
		for _, chat := range s.Chats {
			chats = append(chats, chat.ID)
		}
		last, counts = append(last, int32(len(chats))), append(counts, int32(s.ChatCount)) //nolint:gosec // see above
		queued, since = append(queued, int64(s.Queued)), append(since, s.Since)
	}
	batch := &pgx.Batch{}
	batch.Queue(countSockets, owner.Node, owner.Epoch, total)
	batch.Queue(dropSockets, owner.Node, owner.Epoch, append([]string{}, ids...))
	batch.Queue(putSockets, owner.Node, owner.Epoch, ids, users, sessions, ips, agents, streams, first, last, counts, chats, queued, since)
	batch.Queue(endingSockets, owner.Node, owner.Epoch).Query(func(rows pgx.Rows) (err error) {
		ending, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	err = r.db.on(ctx).SendBatch(ctx, batch).Close()
	return ending, translate("sockets: put", err)
}

// storable makes a header fit for PostgreSQL: a stranger may send any bytes.
func storable(header string) string {
	const most = 300
	return strings.ReplaceAll(strings.ToValidUTF8(header[:min(most, len(header))], ""), "\x00", "")
}

// Clear is running.Ledger.
func (r *RosterRepository) Clear(ctx context.Context, node app.NodeID) error {
	batch := &pgx.Batch{}
	batch.Queue(`delete from sockets where node_id = $1`, node)
	batch.Queue(`delete from rosters where node_id = $1`, node)
	return translate("sockets: clear", r.db.on(ctx).SendBatch(ctx, batch).Close())
}

// toldLately is true of what a node told at its present epoch, and lately.
const toldLately = `r.epoch = n.epoch and r.at > now() - interval '15 seconds'`

// Nodes is running.Repository.
func (r *RosterRepository) Nodes(ctx context.Context) ([]app.SocketNode, error) {
	return many(ctx, r.db, "nodes: list", sq.Select("n.id", "n.host", "r.at", "coalesce(r.sockets, 0)").
		From("nodes n").LeftJoin("rosters r on r.node_id = n.id and "+toldLately).Where("n.seen_at > now() - interval '10 seconds'").OrderBy("n.started_at", "n.id"),
		func(row pgx.CollectableRow) (n app.SocketNode, err error) {
			err = row.Scan(&n.ID, &n.Host, &n.CountedAt, &n.Sockets)
			return n, err
		})
}

// Sockets is running.Repository.
func (r *RosterRepository) Sockets(ctx context.Context, filter running.Filter, page app.PageRequest) (app.Page[app.Socket], error) {
	query := sq.Select("s.id", "s.user_id", "coalesce(u.name, '')", "s.session_id", "s.ip", "s.user_agent", "s.stream", chatsOfSocket, "s.chat_count", "s.queued", "s.since", "s.node_id").
		From("sockets s").Join("nodes n on n.id = s.node_id and n.epoch = s.epoch").Join("rosters r on r.node_id = n.id and "+toldLately).
		LeftJoin("users u on u.id = s.user_id").OrderBy("s.since desc", "s.id desc").Limit(uint64(page.Limit) + 1) //nolint:gosec // 1..100
	if filter.Query != "" {
		like := "%" + likeEscaper.Replace(filter.Query) + "%"
		query = query.Where("(u.name ilike ? or u.email ilike ? or s.ip ilike ?)", like, like, like)
	}
	if filter.Node != "" {
		query = query.Where("s.node_id = ?", filter.Node)
	}
	if page.Cursor != "" {
		at, id, err := readCursor[string](page.Cursor)
		if err != nil {
			return app.Page[app.Socket]{}, err
		}
		query = query.Where("(s.since, s.id) < (?, ?)", at, id)
	}
	list, err := many(ctx, r.db, "sockets: list", query, scanSocket)
	return pageFrom(list, page, func(s app.Socket) (time.Time, string) { return s.Since, s.ID }), err
}

const chatsOfSocket = `array(select jsonb_build_object('id', c.id, 'title', c.title)
	from unnest(s.chats) with ordinality as f(id, place) join chats c on c.id = f.id order by f.place)`

func scanSocket(row pgx.CollectableRow) (s app.Socket, err error) {
	s.Chats = []app.NamedChat{}
	err = row.Scan(&s.ID, &s.User.ID, &s.User.Name, &s.SessionID, &s.IP, &s.UserAgent, &s.Stream, &s.Chats, &s.ChatCount, &s.Queued, &s.Since, &s.Node)
	return s, err
}

// EndSocket is running.Repository.
func (r *RosterRepository) EndSocket(ctx context.Context, id string) (s app.Socket, err error) {
	s.ID = id
	err = r.db.on(ctx).QueryRow(ctx, `update sockets set ending = true where id = $1 returning user_id, session_id, node_id`, id).
		Scan(&s.User.ID, &s.SessionID, &s.Node)
	return s, translate("sockets: end", err)
}

// lengthSoFar is what is stored of a running answer, in bytes.
const lengthSoFar = `octet_length(m.content) + coalesce(octet_length(m.reasoning), 0) +
	coalesce((select sum(octet_length(k.text)) from chunks k where k.message_id = r.message_id and k.run = r.run), 0)`

// Answers is running.Repository.
func (r *RosterRepository) Answers(ctx context.Context, page app.PageRequest) (app.Page[app.RunningAnswer], error) {
	query := sq.Select("r.message_id", "r.chat_id", "c.title", "coalesce(m.model, '')", "u.id", "coalesce(u.name, '')", "m.status", "r.stop", lengthSoFar, "r.created_at", "r.node_id").
		From("runs r").Join("messages m on m.id = r.message_id").Join("chats c on c.id = r.chat_id").LeftJoin("users u on u.id = r.asker_id").
		OrderBy("r.created_at desc", "r.message_id desc").Limit(uint64(page.Limit) + 1) //nolint:gosec // 1..100
	if page.Cursor != "" {
		at, id, err := readCursor[app.MessageID](page.Cursor)
		if err != nil {
			return app.Page[app.RunningAnswer]{}, err
		}
		query = query.Where("(r.created_at, r.message_id) < (?, ?)", at, id)
	}
	list, err := many(ctx, r.db, "runs: list", query, scanRunning)
	return pageFrom(list, page, func(a app.RunningAnswer) (time.Time, string) { return a.Since, string(a.ID) }), err
}

func scanRunning(row pgx.CollectableRow) (a app.RunningAnswer, err error) {
	var asker *app.UserID
	var name string
	err = row.Scan(&a.ID, &a.Chat.ID, &a.Chat.Title, &a.Model, &asker, &name, &a.Status, &a.Stopped, &a.Bytes, &a.Since, &a.Node)
	if asker != nil {
		a.Asker = &app.Person{ID: *asker, Name: name}
	}
	return a, err
}

// ChatOf is running.Repository.
func (r *RosterRepository) ChatOf(ctx context.Context, answer app.MessageID) (app.ChatID, error) {
	return one(ctx, r.db, "runs: chat of", sq.Select("chat_id").From("runs").Where("message_id = ?", answer), pgx.RowTo[app.ChatID])
}
