package repositories

import (
	"context"
	"time"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app/audit"
)

// AuditChainRepository keeps what is sealed of who did what.
type AuditChainRepository struct{ db *DB }

var (
	_ audit.Chain         = (*AuditChainRepository)(nil)
	_ audit.Sealed        = (*AuditChainRepository)(nil)
	_ audit.Shortening    = (*AuditChainRepository)(nil)
	_ audit.KeyRepository = (*AuditChainRepository)(nil)
)

// NewAuditChainRepository makes one on this database.
func NewAuditChainRepository(db *DB) *AuditChainRepository { return &AuditChainRepository{db: db} }

// chainLock is the key of the advisory lock under which the chain is changed.
const chainLock = 0x61756469745f6c6f

// refusedLasts is a minute, in which a refused sign-in is counted up, and what
// nodes may need to write it down.
const refusedLasts = 70 * time.Second

// due are the unsealed rows that nobody will change any more.
func due(now time.Time) squirrel.Sqlizer {
	return squirrel.Expr("seq is null and (action <> ? or at <= ?)", audit.SessionRefused, now.Add(-refusedLasts))
}

// Waiting is audit.Chain.
func (r *AuditChainRepository) Waiting(ctx context.Context, now time.Time) (bool, error) {
	return one(ctx, r.db, "audit: waiting", sq.Select("count(*) > 0").FromSelect(
		squirrel.Select("1").From("audit_events").Where(due(now)).OrderBy("at", "id").Limit(1), "w"), pgx.RowTo[bool])
}

// Alone is audit.Chain.
func (r *AuditChainRepository) Alone(ctx context.Context, wait bool, work func(context.Context) error) (alone bool, err error) {
	lock := "pg_try_advisory_xact_lock(?)"
	if wait {
		lock = "pg_advisory_xact_lock(?) is not null"
	}
	err = r.db.InTx(ctx, func(ctx context.Context) error {
		alone, err = one(ctx, r.db, "audit: lock", sq.Select().Column(lock, chainLock), pgx.RowTo[bool])
		if err != nil || !alone {
			return err
		}
		return work(ctx)
	})
	return alone, err
}

// AtOnce is audit.Sealed.
func (r *AuditChainRepository) AtOnce(ctx context.Context, work func(context.Context) error) error {
	return r.db.atOnce(ctx, work)
}

// Head is audit.Chain: the last row, or where there is none the checkpoint.
func (r *AuditChainRepository) Head(ctx context.Context, keyID string) (head audit.Head, replaced bool, err error) {
	err = translate("audit: head", r.db.on(ctx).QueryRow(ctx, `
		select coalesce(e.seq, c.seq, 0), coalesce(e.mac, c.mac, ''), exists (select from audit_keys where id = $1)
		from (select) as nothing
		left join (select seq, mac from audit_events where seq is not null order by seq desc limit 1) e on true
		left join audit_checkpoints c on true`, keyID).Scan(&head.Seq, &head.MAC, &replaced))
	return head, replaced, err
}

const rowFields = "id, at, action, coalesce(actor_id::text, ''), ip, user_agent, request_id, target, count, details::text, coalesce(seq, 0), key_id, mac"

func scanRow(row pgx.CollectableRow) (r audit.Row, err error) {
	err = row.Scan(&r.ID, &r.At, &r.Action, &r.ActorID, &r.IP, &r.UserAgent, &r.RequestID, &r.Target, &r.Count, &r.Details, &r.Seq, &r.KeyID, &r.MAC)
	return r, err
}

// Unsealed is audit.Chain.
func (r *AuditChainRepository) Unsealed(ctx context.Context, now time.Time, limit int) ([]audit.Row, error) {
	return many(ctx, r.db, "audit: unsealed", sq.Select(rowFields).From("audit_events").Where(due(now)).
		OrderBy("at", "id").Limit(uint64(limit)).Suffix("for update"), scanRow) //nolint:gosec // a constant
}

// Seal is audit.Chain.
func (r *AuditChainRepository) Seal(ctx context.Context, rows []audit.Row) error {
	var ids []string
	var places []int64
	var macs [][]byte
	for _, row := range rows {
		ids, places, macs = append(ids, row.ID), append(places, row.Seq), append(macs, row.MAC)
	}
	_, err := r.db.on(ctx).Exec(ctx, `update audit_events e set seq = s.seq, mac = s.mac, key_id = $4
		from unnest($1::uuid[], $2::bigint[], $3::bytea[]) as s(id, seq, mac) where e.id = s.id`, ids, places, macs, rows[0].KeyID)
	return translate("audit: seal", err)
}

// After is audit.Sealed.
func (r *AuditChainRepository) After(ctx context.Context, seq int64, limit int) ([]audit.Row, error) {
	return many(ctx, r.db, "audit: read the chain", sq.Select(rowFields).From("audit_events").Where("seq > ?", seq).
		OrderBy("seq").Limit(uint64(limit)), scanRow) //nolint:gosec // a constant
}

// Stale is audit.Sealed.
func (r *AuditChainRepository) Stale(ctx context.Context, before time.Time) (int64, error) {
	return one(ctx, r.db, "audit: stale", sq.Select("count(*)").From("audit_events").Where(due(before)).Where("at <= ?", before), pgx.RowTo[int64])
}

// Checkpoint is audit.Sealed.
func (r *AuditChainRepository) Checkpoint(ctx context.Context) (audit.Checkpoint, error) {
	return one(ctx, r.db, "audit: checkpoint", sq.Select("seq", "mac", "at", "removed", "key_id", "seal").From("audit_checkpoints"),
		func(row pgx.CollectableRow) (c audit.Checkpoint, err error) {
			err = row.Scan(&c.Seq, &c.MAC, &c.At, &c.Removed, &c.KeyID, &c.Seal)
			return c, err
		})
}

// PutCheckpoint is audit.KeyRepository.
func (r *AuditChainRepository) PutCheckpoint(ctx context.Context, c audit.Checkpoint) error {
	_, err := r.db.on(ctx).Exec(ctx, `insert into audit_checkpoints (seq, mac, at, removed, key_id, seal) values ($1, $2, $3, $4, $5, $6)
		on conflict (only_row) do update set seq = excluded.seq, mac = excluded.mac, at = excluded.at,
			removed = excluded.removed, key_id = excluded.key_id, seal = excluded.seal`,
		c.Seq, c.MAC, c.At, c.Removed, c.KeyID, c.Seal)
	return translate("audit: checkpoint", err)
}

// Cut is audit.Shortening.
func (r *AuditChainRepository) Cut(ctx context.Context, at audit.Checkpoint) error {
	return r.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := r.db.exec(ctx, "audit: cut", sq.Delete("audit_events").Where("seq <= ?", at.Seq)); err != nil {
			return err
		}
		return r.PutCheckpoint(ctx, at)
	})
}

// Keys is audit.KeyRepository.
func (r *AuditChainRepository) Keys(ctx context.Context) ([]audit.ReplacedKey, error) {
	return many(ctx, r.db, "audit: keys", sq.Select("id", "last_seq", "sealed_by", "nonce", "ciphertext").From("audit_keys").OrderBy("last_seq"),
		pgx.RowToStructByPos[audit.ReplacedKey])
}

// PutKeys is audit.KeyRepository.
func (r *AuditChainRepository) PutKeys(ctx context.Context, keys []audit.ReplacedKey) error {
	batch := &pgx.Batch{}
	batch.Queue("delete from audit_keys")
	for _, k := range keys {
		batch.Queue("insert into audit_keys (id, last_seq, sealed_by, nonce, ciphertext) values ($1, $2, $3, $4, $5)",
			k.ID, k.Last, k.SealedBy, k.Nonce, k.Ciphertext)
	}
	return translate("audit: keep keys", r.db.on(ctx).SendBatch(ctx, batch).Close())
}
