package audit

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
)

// memory is a chain in memory.
type memory struct {
	rows       []Row
	checkpoint *Checkpoint
	keys       []ReplacedKey
	now        time.Time
}

func (m *memory) Waiting(context.Context, time.Time) (bool, error) {
	return slices.ContainsFunc(m.rows, func(r Row) bool { return r.Seq == 0 }), nil
}

func (m *memory) Alone(ctx context.Context, _ bool, work func(context.Context) error) (bool, error) {
	return true, work(ctx)
}

func (m *memory) AtOnce(ctx context.Context, work func(context.Context) error) error {
	return work(ctx)
}

func (m *memory) Head(_ context.Context, keyID string) (Head, bool, error) {
	var head Head
	if m.checkpoint != nil {
		head = m.checkpoint.Head
	}
	for _, r := range m.rows {
		if r.Seq > head.Seq {
			head = Head{r.Seq, r.MAC}
		}
	}
	return head, slices.ContainsFunc(m.keys, func(k ReplacedKey) bool { return k.ID == keyID }), nil
}

func (m *memory) Unsealed(_ context.Context, _ time.Time, limit int) (list []Row, _ error) {
	for _, r := range m.rows {
		if r.Seq == 0 && len(list) < limit {
			list = append(list, r)
		}
	}
	return list, nil
}

func (m *memory) Seal(_ context.Context, rows []Row) error {
	for _, sealed := range rows {
		for i := range m.rows {
			if m.rows[i].ID == sealed.ID {
				m.rows[i] = sealed
			}
		}
	}
	return nil
}

func (m *memory) Checkpoint(context.Context) (Checkpoint, error) {
	if m.checkpoint == nil {
		return Checkpoint{}, app.ErrNotFound
	}
	return *m.checkpoint, nil
}

func (m *memory) After(_ context.Context, seq int64, limit int) (list []Row, _ error) {
	for _, r := range m.rows {
		if r.Seq > seq {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b Row) int { return int(a.Seq - b.Seq) })
	return list[:min(limit, len(list))], nil
}

func (m *memory) Stale(context.Context, time.Time) (count int64, _ error) {
	for _, r := range m.rows {
		if r.Seq == 0 {
			count++
		}
	}
	return count, nil
}

func (m *memory) Cut(ctx context.Context, at Checkpoint) error {
	m.rows = slices.DeleteFunc(m.rows, func(r Row) bool { return r.Seq != 0 && r.Seq <= at.Seq })
	return m.PutCheckpoint(ctx, at)
}

func (m *memory) PutCheckpoint(_ context.Context, at Checkpoint) error {
	m.checkpoint = &at
	return nil
}

func (m *memory) Keys(context.Context) ([]ReplacedKey, error)         { return m.keys, nil }
func (m *memory) PutKeys(_ context.Context, keys []ReplacedKey) error { m.keys = keys; return nil }

var (
	first  = SealKey{ID: "first", Secret: []byte("first key")}
	second = SealKey{ID: "second", Secret: []byte("second key")}
	start  = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

// write adds rows, a minute apart, and seals them.
func (m *memory) write(t require.TestingT, key SealKey, count int) {
	for range count {
		if m.now.IsZero() {
			m.now = start
		}
		m.now = m.now.Add(time.Minute)
		m.rows = append(m.rows, Row{
			ID: app.NewID[string](), At: m.now, Action: UserRenamed, ActorID: "a", IP: "192.0.2.1", UserAgent: "x", RequestID: "r",
			Target: "t", Count: 1, Details: `{"from": "A", "to": "B"}`,
		})
	}
	require.NoError(t, NewSealer(m, NewKeyring(key), slog.New(slog.DiscardHandler), time.Now).Seal(context.Background()))
}

func (m *memory) verify(t require.TestingT, known Head, keys Keyring) Report {
	report, err := NewVerifier(m, keys, time.Now).Verify(context.Background(), known)
	require.NoError(t, err)
	return report
}

func (m *memory) head(t require.TestingT) Head {
	head, _, err := m.Head(context.Background(), "")
	require.NoError(t, err)
	return head
}

func (m *memory) retire(t require.TestingT, key SealKey, rows int) int64 {
	before := start.Add(time.Duration(rows)*time.Minute + time.Second)
	removed, err := NewRetirement(m, NewKeyring(key), slog.New(slog.DiscardHandler), time.Now).Retire(context.Background(), before)
	require.NoError(t, err)
	return removed
}

// changes are what somebody with the database and without the key can make of
// one sealed row.
var changes = map[string]func(*Row){
	"id":         func(r *Row) { r.ID = app.NewID[string]() },
	"time":       func(r *Row) { r.At = r.At.Add(time.Microsecond) },
	"action":     func(r *Row) { r.Action = UserDeleted },
	"actor":      func(r *Row) { r.ActorID = "" },
	"address":    func(r *Row) { r.IP = "192.0.2.2" },
	"program":    func(r *Row) { r.UserAgent += "y" },
	"request":    func(r *Row) { r.RequestID, r.UserAgent = r.RequestID[:0], r.UserAgent+r.RequestID },
	"target":     func(r *Row) { r.Target = "u" },
	"count":      func(r *Row) { r.Count++ },
	"detail":     func(r *Row) { r.Details = `{"from": "A", "to": "C"}` },
	"less":       func(r *Row) { r.Details = `{"from": "A"}` },
	"none":       func(r *Row) { r.Details = `{}` },
	"null":       func(r *Row) { r.Details = `{"from": "A", "to": null}` },
	"other JSON": func(r *Row) { r.Details = `["from", "A", "to", "B"]` },
	"MAC":        func(r *Row) { r.MAC = slices.Clone(r.MAC); r.MAC[0] ^= 1 },
	"key":        func(r *Row) { r.KeyID = "second" },
	"no key":     func(r *Row) { r.KeyID = "" },
}

func TestChain(t *testing.T) {
	t.Parallel()
	keys := NewKeyring(first, second)
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(2, 30).Draw(t, "rows")
		m := &memory{}
		m.write(t, first, count)
		report := m.verify(t, Head{}, keys)
		require.True(t, report.Right())
		require.Equal(t, int64(count), report.Rows)
		retired := rapid.IntRange(0, count-2).Draw(t, "retired")
		require.Equal(t, int64(retired), m.retire(t, first, retired))
		head := m.head(t)
		require.True(t, m.verify(t, head, keys).Right())
		at := rapid.IntRange(0, len(m.rows)-1).Draw(t, "at")
		wrong := int64(retired + at + 1)
		cut := false
		switch rapid.SampledFrom([]string{"change", "remove", "swap", "insert", "unsealed", "cut"}).Draw(t, "what") {
		case "change":
			name := rapid.SampledFrom(sortedNames()).Draw(t, "change")
			changes[name](&m.rows[at])
		case "remove":
			cut = at == len(m.rows)-1
			m.rows = slices.Delete(m.rows, at, at+1)
		case "swap":
			other := rapid.IntRange(0, len(m.rows)-1).Filter(func(i int) bool { return i != at }).Draw(t, "with")
			a, b := &m.rows[at], &m.rows[other]
			a.Seq, b.Seq = b.Seq, a.Seq
			wrong = min(a.Seq, b.Seq)
		case "insert":
			row := m.rows[at]
			row.ID, row.Target = app.NewID[string](), "another"
			for i := at; i < len(m.rows); i++ {
				m.rows[i].Seq++
			}
			m.rows = append(m.rows, row)
		case "unsealed":
			cut = at == len(m.rows)-1
			m.rows[at].Seq, m.rows[at].MAC = 0, nil
			require.Equal(t, int64(1), m.verify(t, Head{}, keys).Stale)
		case "cut":
			cut = true
			m.rows = m.rows[:at]
		}
		if !cut {
			report = m.verify(t, Head{}, keys)
			require.NotNil(t, report.Fault)
			require.Equal(t, wrong, report.Fault.Seq, report.Fault.Why)
		}
		report = m.verify(t, head, keys)
		require.NotNil(t, report.Fault, "with a head nothing is hidden")
		require.Equal(t, wrong, report.Fault.Seq, report.Fault.Why)
	})
}

func sortedNames() (names []string) {
	for name := range changes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestCheckpoint(t *testing.T) {
	t.Parallel()
	keys := NewKeyring(first)
	shortened := func(t *testing.T) *memory {
		m := &memory{}
		m.write(t, first, 9)
		require.Equal(t, int64(4), m.retire(t, first, 4))
		require.Zero(t, m.retire(t, first, 4), "done again, nothing is removed twice")
		return m
	}
	t.Run("checking goes on from there", func(t *testing.T) {
		t.Parallel()
		m := shortened(t)
		m.write(t, first, 3)
		report := m.verify(t, Head{}, keys)
		require.True(t, report.Right())
		require.Equal(t, int64(5), report.From)
		require.Equal(t, int64(8), report.Rows)
		require.Equal(t, int64(12), report.Head.Seq)
	})
	t.Run("everything may go, and it goes on", func(t *testing.T) {
		t.Parallel()
		m := shortened(t)
		require.Equal(t, int64(5), m.retire(t, first, 100))
		require.Empty(t, m.rows)
		m.write(t, first, 1)
		require.Equal(t, int64(10), m.verify(t, Head{}, keys).Head.Seq)
	})
	t.Run("nobody without the key shortens the log", func(t *testing.T) {
		t.Parallel()
		m := shortened(t)
		next := m.rows[0]
		m.rows = m.rows[1:]
		m.checkpoint.Head = Head{next.Seq, next.MAC}
		require.Equal(t, next.Seq, m.verify(t, Head{}, keys).Fault.Seq)
		m.checkpoint = nil
		require.Equal(t, &Fault{1, "is missing"}, m.verify(t, Head{}, keys).Fault)
	})
	t.Run("what is wrong is not removed, which would hide it", func(t *testing.T) {
		t.Parallel()
		m := shortened(t)
		m.rows[1].At = start
		_, err := NewRetirement(m, keys, slog.New(slog.DiscardHandler), time.Now).Retire(t.Context(), start.Add(time.Hour))
		require.ErrorIs(t, err, app.ErrConflict)
		require.Len(t, m.rows, 5)
	})
	t.Run("a head of before is told apart from a cut", func(t *testing.T) {
		t.Parallel()
		m := shortened(t)
		require.Contains(t, m.verify(t, Head{Seq: 2, MAC: make([]byte, 32)}, keys).Fault.Why, "retention")
		require.True(t, m.verify(t, m.checkpoint.Head, keys).Right())
	})
	t.Run("an end that was cut and has grown again is found", func(t *testing.T) {
		t.Parallel()
		m := shortened(t)
		head := m.head(t)
		m.rows = m.rows[:3]
		m.write(t, first, 5)
		require.True(t, m.verify(t, Head{}, keys).Right())
		require.Contains(t, m.verify(t, head, keys).Fault.Why, "grown again")
	})
}

func TestSealerNotices(t *testing.T) {
	t.Parallel()
	m := &memory{}
	m.write(t, first, 5)
	var log strings.Builder
	now := start
	s := NewSealer(m, NewKeyring(first), slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
	require.NoError(t, s.tell(t.Context()))
	require.Contains(t, log.String(), "head="+m.head(t).String())
	t.Run("the head is logged once an hour", func(t *testing.T) {
		log.Reset()
		require.NoError(t, s.tell(t.Context()))
		require.Empty(t, log.String())
		now = now.Add(tellEvery)
		require.NoError(t, s.tell(t.Context()))
		require.Contains(t, log.String(), "head=5:")
	})
	t.Run("an end that is gone is an error", func(t *testing.T) {
		log.Reset()
		m.rows = m.rows[:3]
		now = now.Add(tellEvery)
		require.NoError(t, s.tell(t.Context()))
		require.Contains(t, log.String(), "level=ERROR")
		require.Contains(t, log.String(), "cut off")
	})
}

func TestHead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		head := Head{rapid.Int64Min(1).Draw(t, "seq"), rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "mac")}
		read, err := ParseHead(head.String())
		require.NoError(t, err)
		require.Equal(t, head, read)
		short := rapid.IntRange(0, len(head.String())-1).Draw(t, "short")
		_, err = ParseHead(head.String()[:short])
		require.ErrorIs(t, err, app.ErrInvalidInput)
	})
}
