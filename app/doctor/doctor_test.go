package doctor

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patient is a database of which everything can be chosen.
type patient struct {
	version     int
	behind      time.Duration
	connections Connections
	schema      int64
	jwt, key    string
	fails       error
}

func (p patient) Version(context.Context) (int, error)                 { return p.version, nil }
func (p patient) Echo(context.Context) (time.Duration, error)          { return time.Millisecond, p.fails }
func (p patient) Clock(context.Context) (time.Time, error)             { return time.Now().Add(-p.behind), p.fails }
func (p patient) Connections(context.Context) (Connections, error)     { return p.connections, p.fails }
func (p patient) Schema(context.Context) (int64, error)                { return p.schema, p.fails }
func (p patient) Fingerprints(context.Context) (string, string, error) { return p.jwt, p.key, p.fails }
func well() patient {
	return patient{version: 150004, connections: Connections{Most: 97, Others: 3}, schema: 4, jwt: "j", key: "k"}
}
func wants() Wants                                   { return Wants{OldestMajor: 15, Schema: 4, MaxConns: 10, JWT: "j", Encryption: "k"} }
func (p patient) with(change func(*patient)) patient { change(&p); return p }

func TestDatabase(t *testing.T) {
	t.Parallel()
	look := func(p patient) []Finding {
		var report Report
		report.Database(t.Context(), p, wants())
		return report.Findings
	}
	t.Run("one that is well", func(t *testing.T) {
		t.Parallel()
		for _, finding := range look(well()) {
			require.Equal(t, OK, finding.Mark, finding.Says)
		}
	})
	for name, each := range map[string]struct {
		is   patient
		mark Mark
		says string
	}{
		"too old":              {well().with(func(p *patient) { p.version = 140010 }), Fail, "PostgreSQL 14 is too old; Quillium needs 15 or newer."},
		"a clock a bit behind": {well().with(func(p *patient) { p.behind = 10 * time.Second }), Warn, "The clocks of this machine and of the database are 10s apart."},
		"a clock far ahead": {well().with(func(p *patient) { p.behind = -time.Hour }), Fail,
			"The clocks of this machine and of the database are 1h0m0s apart; sessions and links end too early or too late."},
		"others have the connections": {well().with(func(p *patient) { p.connections.Others = 90 }), Warn,
			"DB_MAX_CONNS is 10, and of the 97 connections that the database takes others have 90."},
		"one that answers nothing": {well().with(func(p *patient) { p.fails = errors.New("broken") }), Fail, "The schema of the database cannot be read."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var said []string
			for _, finding := range look(each.is) {
				if finding.Mark == each.mark {
					said = append(said, finding.Says)
				}
			}
			require.Contains(t, said, each.says)
		})
	}
}

func TestRoom(t *testing.T) {
	t.Parallel()
	for free, want := range map[uint64]Finding{
		2 << 30:   {Check: "disk", Mark: OK, Says: "The disk of /d has 2048 MiB left."},
		500 << 20: {Check: "disk", Mark: Warn, Says: "The disk of /d has only 500 MiB left.", Do: "Make room, or move the folder to a larger disk."},
		9 << 20:   {Check: "disk", Mark: Fail, Says: "The disk of /d has 9 MiB left; PostgreSQL stops when it is full.", Do: "Make room, or move the folder to a larger disk."},
	} {
		var report Report
		report.room("disk", "/d", free)
		require.Equal(t, []Finding{want}, report.Findings)
		require.Equal(t, want.Mark == Fail, report.Failed())
	}
}

func TestExisting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.Equal(t, dir, existing(filepath.Join(dir, "a", "b")))
	require.Equal(t, "/", existing("/nowhere-at-all"))
}
