package repositories_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

var sealing = audit.NewKeyring(audit.SealKey{ID: "k", Secret: []byte("a secret")})

// journal is an audit log in a database of its own.
type journal struct {
	*testing.T
	db     *repositories.DB
	raw    *pgxpool.Pool
	events *repositories.AuditRepository
	chain  *repositories.AuditChainRepository
	now    time.Time
}

func newJournal(t *testing.T) *journal {
	t.Helper()
	url := pgtest.URL(t)
	db, err := repositories.Open(t.Context(), url, 6)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	raw, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(raw.Close)
	return &journal{
		T: t, db: db, raw: raw, events: repositories.NewAuditRepository(db), chain: repositories.NewAuditChainRepository(db),
		now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
	}
}

func (j *journal) do(sql string, args ...any) {
	j.Helper()
	_, err := j.raw.Exec(j.Context(), sql, args...)
	require.NoError(j, err)
}

// event is one that happens a second after the one before.
func (j *journal) event() audit.Event {
	j.now = j.now.Add(time.Second)
	return audit.Event{
		ID: app.NewID[string](), At: j.now, Action: audit.UserRenamed, Target: "t",
		Actor:   app.Actor{UserID: app.NewID[app.UserID](), IP: "192.0.2.1", UserAgent: "Grüße", RequestID: "r"},
		Details: map[audit.Key]string{audit.KeyFrom: "Ä\n\"", audit.KeyTo: "<é>"},
	}
}

func (j *journal) write(count int) {
	j.Helper()
	for range count {
		require.NoError(j, j.events.Create(j.Context(), j.event()))
	}
}

func (j *journal) sealer() *audit.Sealer {
	now := j.now
	return audit.NewSealer(j.chain, sealing, slog.New(slog.DiscardHandler), func() time.Time { return now })
}

func (j *journal) seal() {
	j.Helper()
	require.NoError(j, j.sealer().Seal(j.Context()))
}

func (j *journal) verify(known audit.Head) audit.Report {
	j.Helper()
	report, err := audit.NewVerifier(j.chain, sealing, func() time.Time { return j.now }).Verify(j.Context(), known)
	require.NoError(j, err)
	return report
}

func (j *journal) right(rows int64) audit.Head {
	j.Helper()
	report := j.verify(audit.Head{})
	require.Nil(j, report.Fault)
	require.Equal(j, rows, report.Rows)
	return report.Head
}

func TestAuditChain(t *testing.T) {
	t.Parallel()
	t.Run("what was committed is sealed in its order, in batches", func(t *testing.T) {
		t.Parallel()
		j := newJournal(t)
		j.do(`insert into audit_events (id, at, action) select gen_random_uuid(), '2026-03-01'::timestamptz + n * interval '1 ms', 'user.renamed' from generate_series(1, 1203) n order by random()`)
		j.write(2)
		j.seal()
		head := j.right(1205)
		require.True(t, j.verify(head).Right())
		var ordered bool
		require.NoError(t, j.raw.QueryRow(t.Context(), `select array_agg(seq order by at, id) = array_agg(seq order by seq) from audit_events`).Scan(&ordered))
		require.True(t, ordered)
	})
	t.Run("several at once leave no hole and seal nothing twice", func(t *testing.T) {
		t.Parallel()
		j := newJournal(t)
		stop, cancel := context.WithCancel(t.Context())
		var nodes sync.WaitGroup
		for range 3 {
			sealer := j.sealer()
			nodes.Go(func() {
				for stop.Err() == nil {
					if err := sealer.Seal(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		j.write(300)
		cancel()
		nodes.Wait()
		j.seal()
		j.right(300)
	})
	t.Run("what is committed late comes later in the chain, whatever its time", func(t *testing.T) {
		t.Parallel()
		j := newJournal(t)
		late := j.event()
		written, sealed := make(chan struct{}), make(chan struct{})
		done := make(chan error)
		go func() {
			done <- j.db.InTx(t.Context(), func(ctx context.Context) error {
				err := j.events.Create(ctx, late)
				close(written)
				<-sealed
				return err
			})
		}()
		<-written
		j.write(3)
		j.seal()
		j.right(3)
		close(sealed)
		require.NoError(t, <-done)
		j.seal()
		j.right(4)
		var seq int64
		require.NoError(t, j.raw.QueryRow(t.Context(), `select seq from audit_events where id = $1`, late.ID).Scan(&seq))
		require.Equal(t, int64(4), seq)
	})
	t.Run("a change by hand is found", func(t *testing.T) {
		t.Parallel()
		j := newJournal(t)
		j.write(9)
		j.seal()
		head := j.right(9)
		for i, change := range []string{
			`update audit_events set details = '{"from": "x"}' where seq = 7`,
			`update audit_events set at = at + interval '1 microsecond' where seq = 6`,
			`update audit_events set actor_id = null where seq = 5`,
			`update audit_events set details = '[1]' where seq = 4`,
			`update audit_events set count = 2 where seq = 3`,
			`delete from audit_events where seq = 2`,
			`update audit_events set seq = seq + 100 where seq = 1`,
		} {
			j.do(change)
			require.Equal(t, int64(7-i), j.verify(audit.Head{}).Fault.Seq, change)
		}
		j.do(`delete from audit_events`)
		require.Nil(t, j.verify(audit.Head{}).Fault)
		require.Equal(t, int64(1), j.verify(head).Fault.Seq)
	})
	t.Run("whatever somebody wrote into the table is sealed and keeps nobody from sealing", func(t *testing.T) {
		t.Parallel()
		j := newJournal(t)
		j.do(`insert into audit_events (id, action, details) values (gen_random_uuid(), 'x', '[{"a": null}]'), (gen_random_uuid(), 'x', 'null'), (gen_random_uuid(), 'x', '"\u00e9"')`)
		j.seal()
		j.right(3)
	})
	t.Run("rows that nobody seals are told after a minute", func(t *testing.T) {
		t.Parallel()
		j := newJournal(t)
		j.write(2)
		require.Zero(t, j.verify(audit.Head{}).Stale)
		j.now = j.now.Add(61 * time.Second)
		report := j.verify(audit.Head{})
		require.Equal(t, int64(2), report.Stale)
		require.False(t, report.Right())
	})
}

func TestAuditRetirement(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	j.do(fmt.Sprintf(`insert into audit_events (id, at, action) select gen_random_uuid(), '%s'::timestamptz + n * interval '1 second', 'user.renamed' from generate_series(1, 2500) n`, j.now.Format(time.RFC3339)))
	j.seal()
	old := j.right(2500)
	retirement := audit.NewRetirement(j.chain, sealing, slog.New(slog.DiscardHandler), time.Now)
	t.Run("several at once remove the old ones once", func(t *testing.T) {
		var all sync.WaitGroup
		var removed [3]int64
		for i := range removed {
			all.Go(func() {
				var err error
				if removed[i], err = retirement.Retire(t.Context(), j.now.Add(2101*time.Second)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.Equal(t, int64(2100), removed[0]+removed[1]+removed[2])
	})
	t.Run("what is left is right, and grows", func(t *testing.T) {
		j.right(400)
		require.True(t, j.verify(old).Right())
		j.now = j.now.Add(time.Hour)
		j.write(3)
		j.seal()
		require.Equal(t, int64(2503), j.right(403).Seq)
	})
	t.Run("everything may go", func(t *testing.T) {
		_, err := retirement.Retire(t.Context(), j.now.Add(time.Hour))
		require.NoError(t, err)
		require.Equal(t, int64(2503), j.right(0).Seq)
		j.write(1)
		j.seal()
		require.Equal(t, int64(2504), j.right(1).Seq)
	})
}

func TestAuditRefusals(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	minute := j.now
	refused := func(count int64) {
		t.Helper()
		require.NoError(t, j.events.CountUp(t.Context(), []audit.Refusal{{At: minute, IP: "192.0.2.1", Count: count}, {At: minute, Target: "ada", IP: "192.0.2.1", Count: count}}))
	}
	counts := func() (list []int64) {
		rows, err := j.raw.Query(t.Context(), "select count from audit_events where target = 'ada' order by id")
		require.NoError(t, err)
		list, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		require.NoError(t, err)
		return list
	}
	t.Run("several nodes count up one row", func(t *testing.T) {
		var nodes sync.WaitGroup
		for range 4 {
			nodes.Go(func() { refused(3) })
		}
		nodes.Wait()
		require.Equal(t, []int64{12}, counts())
	})
	t.Run("it is not sealed before its minute is over", func(t *testing.T) {
		j.now = minute.Add(69 * time.Second)
		j.seal()
		j.right(0)
		require.Zero(t, j.verify(audit.Head{}).Stale)
		j.now = minute.Add(70 * time.Second)
		j.seal()
		j.right(2)
	})
	t.Run("what is sealed is counted up no more", func(t *testing.T) {
		refused(1)
		require.Equal(t, []int64{12, 1}, counts())
		j.right(2)
		j.seal()
		j.right(4)
	})
	t.Run("who counts up while it is sealed spoils no seal", func(t *testing.T) {
		minute = minute.Add(time.Hour)
		j.now = minute.Add(time.Hour)
		var both sync.WaitGroup
		for range 4 {
			both.Go(func() {
				for range 20 {
					refused(1)
				}
			})
			both.Go(func() {
				for range 20 {
					j.seal()
				}
			})
		}
		both.Wait()
		j.seal()
		require.Nil(t, j.verify(audit.Head{}).Fault)
		var all int64
		require.NoError(t, j.raw.QueryRow(t.Context(), "select sum(count) from audit_events where target = 'ada'").Scan(&all))
		require.Equal(t, int64(13+80), all)
	})
}
