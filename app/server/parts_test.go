package server

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/secret"
	"github.com/quillium/quillium/app/settings"
)

func TestClosers(t *testing.T) {
	t.Parallel()
	t.Run("the newest goes first, and a failing one does not keep the others", func(t *testing.T) {
		t.Parallel()
		var order []string
		c := &closers{log: slog.New(slog.DiscardHandler)}
		broken := errors.New("stuck")
		for _, name := range []string{"ground", "wall", "roof"} {
			c.later(name, func(context.Context) error {
				order = append(order, name)
				if name == "wall" {
					return broken
				}
				return nil
			})
		}
		err := c.closeAll()
		require.ErrorIs(t, err, broken)
		require.ErrorContains(t, err, "closing the wall")
		require.Equal(t, []string{"roof", "wall", "ground"}, order)
		require.NoError(t, c.closeAll(), "once is enough")
	})
	t.Run("a loop is told to end and waited for", func(t *testing.T) {
		t.Parallel()
		c := &closers{log: slog.New(slog.DiscardHandler)}
		ended := false
		c.loop("loop", func(ctx context.Context) {
			<-ctx.Done()
			ended = true
		})
		require.NoError(t, c.closeAll())
		require.True(t, ended)
	})
}

// patient is a database that is asked, and counts.
type patient struct {
	err   error
	asked int
}

func (p *patient) Ping(context.Context) error {
	p.asked++
	return p.err
}

func TestHealth(t *testing.T) {
	t.Parallel()
	says := func(t *testing.T, h *health, status, database string) {
		t.Helper()
		gotStatus, gotDatabase := h.Status(t.Context())
		require.Equal(t, []string{status, database}, []string{gotStatus, gotDatabase})
	}
	t.Run("from starting to ready to draining", func(t *testing.T) {
		t.Parallel()
		h := newHealth()
		says(t, h, "starting", "starting")
		h.watch(&patient{})
		says(t, h, "starting", "ok")
		h.become(stateReady)
		says(t, h, "ok", "ok")
		require.False(t, h.draining())
		h.become(stateDraining)
		says(t, h, "draining", "ok")
		require.True(t, h.draining())
	})
	t.Run("a database that is away is what is missing", func(t *testing.T) {
		t.Parallel()
		h := newHealth()
		h.watch(&patient{err: errors.New("away")})
		h.become(stateReady)
		says(t, h, "database unreachable", "database unreachable")
		h.become(stateDraining)
		says(t, h, "draining", "database unreachable")
	})
	t.Run("however often it is asked, the database is asked seldom", func(t *testing.T) {
		t.Parallel()
		h, database := newHealth(), &patient{}
		h.watch(database)
		for range 1000 {
			h.Status(t.Context())
		}
		require.Less(t, database.asked, 10)
		database.err = errors.New("away")
		h.looked = time.Now().Add(-2 * believeFor)
		h.become(stateReady)
		says(t, h, "database unreachable", "database unreachable")
	})
}

func TestClaimNode(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	first, release, err := claimNode(folder)
	require.NoError(t, err)
	_, err = app.ParseID[app.NodeID](string(first))
	require.NoError(t, err)

	second, releaseSecond, err := claimNode(folder)
	require.NoError(t, err)
	require.NotEqual(t, first, second, "two that run at once are two nodes")
	require.NoError(t, releaseSecond(t.Context()))
	require.NoError(t, release(t.Context()))

	again, release, err := claimNode(folder)
	require.NoError(t, err)
	require.Equal(t, first, again, "a restart is the same node")
	require.NoError(t, release(t.Context()))

	require.NoError(t, os.WriteFile(filepath.Join(folder, nodeFile), []byte("rubbish"), 0o600))
	fresh, release, err := claimNode(folder)
	require.NoError(t, err)
	require.NotEqual(t, first, fresh)
	require.NoError(t, release(t.Context()))

	_, _, err = claimNode(filepath.Join(folder, nodeFile))
	require.Error(t, err)
}

func TestGather(t *testing.T) {
	t.Parallel()
	t.Run("a database of our own has secrets made, and the operator's win", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		made, err := gather(config.Config{DataDir: folder})
		require.NoError(t, err)
		require.NotEmpty(t, made.databasePassword)
		require.NotEqual(t, made.jwt, made.encryption)
		set, err := gather(config.Config{DataDir: folder, JWTSecret: "mine", EncryptionKeyPrevious: "before"})
		require.NoError(t, err)
		require.Equal(t, []string{"mine", made.encryption, "before", made.databasePassword}, []string{set.jwt, set.encryption, set.encryptionPrevious, set.databasePassword})
	})
	t.Run("with a database that is shared nothing is made", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		_, err := gather(config.Config{DataDir: folder, DatabaseURL: "postgres://x/y", JWTSecret: "a", EncryptionKey: "b"})
		require.NoError(t, err)
		require.NoFileExists(t, filepath.Join(folder, secret.FileName))
	})
}

func TestDraw(t *testing.T) {
	t.Parallel()
	drawn, err := draw(secrets{jwt: "one", jwtPrevious: "two", encryption: "three"})
	require.NoError(t, err)
	before, err := draw(secrets{jwt: "two", encryption: "three"})
	require.NoError(t, err)
	require.NotEqual(t, drawn.refresh, drawn.refreshPrevious)
	require.Equal(t, before.refresh, drawn.refreshPrevious)
	token, err := before.signer.Sign(app.NewID[app.UserID](), app.NewID[app.SessionID](), time.Now(), time.Minute)
	require.NoError(t, err)
	_, err = drawn.signer.Parse(token)
	require.NoError(t, err, "a token of the secret before is still good")
	_, err = draw(secrets{jwt: "one"})
	require.Error(t, err, "without an encryption key there are no keys")
}

func TestNewLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := NewLog(&out, Level("warn"), "json")
	log.Info("not told")
	log.Warn("told")
	require.NotContains(t, out.String(), "not told")
	require.Contains(t, out.String(), `"msg":"told"`)
	out.Reset()
	NewLog(&out, Level("debug"), "text").Debug("all")
	require.Contains(t, out.String(), "msg=all")
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]config.Config{
		"http://127.0.0.1:81":    {Host: "127.0.0.1"},
		"http://[::1]:81":        {Host: "::1"},
		"http://localhost:81":    {Host: "0.0.0.0"},
		"https://a.example":      {Host: "0.0.0.0", PublicURL: "https://a.example"},
		"http://chat.example:81": {Host: "chat.example"},
	} {
		require.Equal(t, want, publicURL(c, 81))
	}
}

func TestVariablesOfTheConsole(t *testing.T) {
	t.Parallel()
	var set, marked []string
	for _, d := range settings.Table() {
		if d.Variable != "" {
			set = append(set, d.Variable)
		}
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[config.Config]()) {
		if field.Tag.Get("console") == "true" {
			marked = append(marked, field.Tag.Get("env"))
		}
	}
	require.ElementsMatch(t, set, marked)
}

func TestMaxBody(t *testing.T) {
	t.Parallel()
	require.Equal(t, 6*131072+4096, maxBody(131072))
	require.Equal(t, 6*32768+4096, maxBody(1024), "a system prompt fits in any case")
}

func TestSentence(t *testing.T) {
	t.Parallel()
	require.EqualError(t, sentence(app.Errorf(app.CodeConflict, "There is one already.")), "There is one already.")
	cause := &app.Error{Code: app.CodeUnavailable, Message: "Not ready.", Cause: errors.New("dial")}
	require.ErrorContains(t, sentence(cause), "dial")
	require.NoError(t, sentence(nil))
}
