package auth_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// seed begins a session without hashing a password, and gives its first token.
func (w *world) seed() (app.SessionID, string) {
	user := app.User{ID: app.NewID[app.UserID](), Status: app.UserActive, Role: app.RoleUser}
	session := auth.Session{
		ID: app.NewID[app.SessionID](), User: user, CreatedAt: w.now(), SeenAt: w.now(), ExpiresAt: w.now().Add(w.idle),
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	token := base64.RawURLEncoding.EncodeToString(secret)
	hash := sha256.Sum256([]byte(token))
	w.store.users[user.ID] = auth.Account{User: user, EmailKey: string(user.ID) + "@"}
	w.store.sessions[session.ID] = session
	w.store.tokens[string(hash[:])] = auth.RefreshToken{Hash: hash[:], SessionID: session.ID, IssuedAt: w.now()}
	return session.ID, token
}

// unused are the tokens of a session that could still be rotated.
func (w *world) unused(id app.SessionID) int {
	n := 0
	for _, token := range w.store.tokens {
		if token.SessionID == id && token.UsedAt == nil {
			n++
		}
	}
	return n
}

// tabs is a model of one browser: a chain of tokens, of which any may be
// presented at any time, by cookie or not.
type tabs struct {
	w       *world
	session app.SessionID
	chain   []string
	usedAt  []time.Time
	over    bool
}

func (m *tabs) present(t *rapid.T) {
	i := rapid.IntRange(0, len(m.chain)-1).Draw(t, "which")
	byCookie := rapid.Bool().Draw(t, "by cookie")
	got, err := m.w.Refresh(context.Background(), stranger(), auth.Presented{Token: m.chain[i], ByCookie: byCookie})
	newest := i == len(m.chain)-1
	grace := byCookie && i == len(m.chain)-2 && m.w.now().Sub(m.usedAt[i]) <= 20*time.Second
	switch {
	case m.over:
		require.ErrorIs(t, err, app.ErrUnauthorized)
	case newest:
		require.NoError(t, err)
		require.NotContains(t, m.chain, got.RefreshToken)
		m.chain = append(m.chain, got.RefreshToken)
		m.usedAt = append(m.usedAt, m.w.now())
	case grace:
		require.NoError(t, err)
		require.Equal(t, m.chain[i+1], got.RefreshToken)
	default:
		require.ErrorIs(t, err, app.ErrUnauthorized)
		m.over = true
	}
}

func (m *tabs) wait(t *rapid.T) {
	m.w.later(time.Duration(rapid.IntRange(1, 15).Draw(t, "seconds")) * time.Second)
}

func (m *tabs) check(t *rapid.T) {
	require.Equal(t, 1, m.w.unused(m.session), "there is never more than one live successor")
	require.Equal(t, m.over, m.w.store.sessions[m.session].EndedAt != nil)
	require.Equal(t, m.over, m.w.ended[m.session] != "")
}

// Whatever tabs present in whatever order: one chain, one living end of it,
// and a reuse outside the grace ends the session for good.
func TestRotationKeepsOneChain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		id, first := w.seed()
		m := &tabs{w: w, session: id, chain: []string{first}}
		t.Repeat(map[string]func(*rapid.T){"present": m.present, "wait": m.wait, "": m.check})
	})
}

// Many tabs at the very same moment get the same successor, and nobody is
// signed out.
func TestTabsAtTheSameMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, token := w.seed()
	for range 20 {
		const many = 8
		got := make([]string, many)
		var all sync.WaitGroup
		for i := range many {
			all.Go(func() {
				tokens, err := w.Refresh(context.Background(), stranger(), auth.Presented{Token: token, ByCookie: true})
				if err == nil {
					got[i] = tokens.RefreshToken
				}
			})
		}
		all.Wait()
		require.NotEmpty(t, got[0])
		for _, next := range got {
			require.Equal(t, got[0], next)
		}
		token = got[0]
	}
	require.Equal(t, 1, w.unused(id))
	require.Nil(t, w.store.sessions[id].EndedAt)
}
