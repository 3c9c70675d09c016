package repositories

import (
	"context"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
)

// NodeRepository keeps the processes of this instance, and the live tail.
type NodeRepository struct{ db *DB }

var _ assistant.NodeRepository = (*NodeRepository)(nil)

// NewNodeRepository makes a repository of nodes on this database.
func NewNodeRepository(db *DB) *NodeRepository { return &NodeRepository{db: db} }

// Register brings a node to life at its next epoch.
func (r *NodeRepository) Register(ctx context.Context, id app.NodeID) (app.Owner, error) {
	owner := app.Owner{Node: id}
	err := r.db.on(ctx).QueryRow(ctx, `insert into nodes (id) values ($1)
		on conflict (id) do update set epoch = nodes.epoch + 1, started_at = now(), seen_at = now() returning epoch`, id).Scan(&owner.Epoch)
	return owner, translate("nodes: register", err)
}

// raiseBeat is the first statement of a flush. It locks the node's row until
// the chunks are committed, so that an end waits for them.
const raiseBeat = `update nodes set beat = beat + 1, seen_at = now() where id = $1 and epoch = $2 returning beat`

// appendTail is the second one, in a snapshot of its own: what has ended
// meanwhile, or belongs to an epoch that is past, takes nothing. A chunk is
// stored only where it begins at the stored end, so that a repeated flush
// stores nothing twice and a lost one leaves no hole.
const appendTail = `
with live as (
	select m.id, m.rev, r.stop, octet_length(m.content) as content_end, coalesce(octet_length(m.reasoning), 0) as reasoning_end
	from unnest($3::uuid[], $4::bigint[]) as a(id, rev)
	join messages m on m.id = a.id and m.rev = a.rev and m.status = 'streaming'
	join runs r on r.message_id = m.id and r.node_id = $1 and r.node_epoch = $2
	where exists (select from nodes n where n.id = $1 and n.epoch = $2)
), ends as (
	select l.id, l.rev, l.stop, p.part, coalesce(
		(select k."offset" + octet_length(k.text) from chunks k where k.message_id = l.id and k.run = l.rev and k.part = p.part order by k."offset" desc limit 1),
		case p.part when 'content' then l.content_end else l.reasoning_end end) as stored
	from live l cross join (values ('content'), ('reasoning')) as p(part)
), added as (
	insert into chunks (message_id, run, part, "offset", text)
	select w.id, w.run, w.part, w."offset", w.text
	from unnest($5::uuid[], $6::bigint[], $7::text[], $8::int[], $9::text[]) as w(id, run, part, "offset", text)
	join ends e on e.id = w.id and e.rev = w.run and e.part = w.part and e.stored = w."offset"
	on conflict do nothing
	returning message_id, part, "offset" + octet_length(text) as stored
)
select e.id, e.rev, e.part, coalesce(a.stored, e.stored), e.stop
from ends e left join added a on a.message_id = e.id and a.part = e.part`

// Flush raises the beat and appends chunks in one pipelined transaction.
func (r *NodeRepository) Flush(ctx context.Context, owner app.Owner, runs []app.Run, chunks []app.Chunk) (bool, []app.Kept, error) {
	var alive bool
	var kept []app.Kept
	batch := &pgx.Batch{}
	batch.Queue(raiseBeat, owner.Node, owner.Epoch).Query(func(rows pgx.Rows) error {
		alive = rows.Next()
		rows.Close()
		return rows.Err()
	})
	if len(runs) > 0 {
		batch.Queue(appendTail, flushArgs(owner, runs, chunks)...).Query(func(rows pgx.Rows) (err error) {
			kept, err = pgx.CollectRows(rows, pgx.RowToStructByPos[app.Kept])
			return err
		})
	}
	err := r.db.on(ctx).SendBatch(ctx, batch).Close()
	return alive, kept, translate("nodes: flush", err)
}

func flushArgs(owner app.Owner, runs []app.Run, chunks []app.Chunk) []any {
	var (
		ids, messages []app.MessageID
		revs, of      []int64
		parts, texts  []string
		offsets       []int32
	)
	for _, run := range runs {
		ids, revs = append(ids, run.MessageID), append(revs, run.Rev)
	}
	for _, k := range chunks {
		messages, of, parts = append(messages, k.MessageID), append(of, k.Rev), append(parts, string(k.Part))
		offsets, texts = append(offsets, int32(k.Offset)), append(texts, k.Text) //nolint:gosec // below MAX_ANSWER_BYTES
	}
	return []any{owner.Node, owner.Epoch, ids, revs, messages, of, parts, offsets, texts}
}

// hasPresence is true of a node to which somebody is connected.
const hasPresence = `exists (select from presence p where p.node_id = nodes.id and p.epoch = nodes.epoch)`

// Beats lists the nodes that own running answers or have somebody connected, at the epoch they are at.
func (r *NodeRepository) Beats(ctx context.Context) ([]assistant.Beat, error) {
	return many(ctx, r.db, "nodes: beats", sq.Select("id as node", "epoch", "beat").From("nodes").
		Where("id in (select node_id from runs where node_id is not null) or "+hasPresence), pgx.RowToStructByName[assistant.Beat])
}

// Bury commits the next epoch of a node whose beat has not moved.
func (r *NodeRepository) Bury(ctx context.Context, beat assistant.Beat) (bool, error) {
	n, err := r.db.exec(ctx, "nodes: bury", squirrel.Expr(`with buried as (
			update nodes set epoch = epoch + 1 where id = $1 and epoch = $2 and beat = $3 returning id
		), gone as (delete from presence where node_id in (select id from buried))
		select from buried`, beat.Node, beat.Epoch, beat.Beat))
	return n > 0, err
}

// Orphans lists runs whose epoch is not their node's present one.
func (r *NodeRepository) Orphans(ctx context.Context) ([]app.Ending, error) {
	return many(ctx, r.db, "runs: orphans", sq.Select("r.chat_id", "r.message_id", "r.run").From("runs r").
		LeftJoin("nodes n on n.id = r.node_id").Where("r.run > 0 and (n.id is null or n.epoch <> r.node_epoch)"),
		func(row pgx.CollectableRow) (app.Ending, error) {
			e := app.Ending{Status: app.StatusInterrupted}
			err := row.Scan(&e.ChatID, &e.MessageID, &e.Rev)
			return e, err
		})
}

// Forget removes nodes that started over a day ago and own nothing; one that
// lives after all finds no row and registers again.
func (r *NodeRepository) Forget(ctx context.Context, self app.NodeID) error {
	_, err := r.db.exec(ctx, "nodes: forget", sq.Delete("nodes").Where("id <> ? and started_at < now() - interval '1 day'", self).
		Where("not exists (select from runs where runs.node_id = nodes.id) and not "+hasPresence))
	return err
}
