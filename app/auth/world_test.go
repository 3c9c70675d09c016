package auth_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
)

const (
	password = "correct horse battery"
	browser  = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)

// stranger is somebody at a computer.
func stranger() app.Actor {
	return app.Actor{IP: "192.0.2.7", UserAgent: browser, RequestID: "r1"}
}

// world is the service on a database in memory, with a clock that stands.
type world struct {
	*auth.Service
	store   *store
	parts   auth.Parts
	options auth.Options
	signups app.Signups
	domain  string
	// idle and longest are how long sessions live.
	idle    time.Duration
	longest time.Duration

	mu      sync.Mutex
	present time.Time
	ended   map[app.SessionID]app.EndReason
	woken   int
	log     bytes.Buffer
}

// quiet are the signals that accounts do not send.
type quiet struct{}

func (quiet) ChatChanged(app.Changes)                {}
func (quiet) ChatStale(app.ChatID)                   {}
func (quiet) ChatRead(app.ChatID, app.UserID, int64) {}
func (quiet) ChatLost(app.ChatID, app.UserID)        {}
func (quiet) MineChanged(app.ChatID, app.UserID)     {}
func (quiet) UserChanged(app.UserID)                 {}
func (quiet) SettingChanged(string)                  {}

type signals struct {
	quiet
	w *world
}

func (s signals) SessionEnded(why app.EndReason, ids ...app.SessionID) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	for _, id := range ids {
		s.w.ended[id] = why
	}
}

func (w *world) Signups() app.Signups          { return w.signups }
func (w *world) SessionUnused() time.Duration  { return w.idle }
func (w *world) SessionLongest() time.Duration { return w.longest }

func (w *world) Admits(email string) ([]string, bool) {
	return []string{w.domain}, strings.HasSuffix(email, w.domain)
}

func (w *world) Wake() { w.woken++ }

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.present
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.present = w.present.Add(d)
}

func (w *world) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(line)
}

type cleaner interface{ Cleanup(func()) }

func newWorld(t cleaner) *world {
	s := newStore()
	w := &world{store: s, signups: app.SignupsOpen, idle: 7 * 24 * time.Hour, longest: 90 * 24 * time.Hour, present: time.Now().Truncate(time.Second), ended: map[app.SessionID]app.EndReason{}}
	hasher := auth.NewHasher()
	t.Cleanup(hasher.Close)
	w.parts = auth.Parts{
		Tx: s, Users: users{s}, Sessions: sessions{s}, Presence: sessions{s}, Tokens: tokens{s}, Links: links{s},
		Settings: userSettings{s}, Directory: directory{s}, Notices: notices{s, map[app.UserID][]app.Notice{}}, SignupInvites: signupInvites{s, &auth.Link{}, new(int)}, Deletions: deletions{s}, Audit: audit.NewRecorder(events{s}, w.now),
		Policy: w, Signals: signals{w: w}, Waker: w, Hasher: hasher,
		Signer: auth.NewSigner([]byte("the key that signs access tokens"), nil),
		Log:    slog.New(slog.NewTextHandler(w, nil)), Now: w.now,
	}
	w.options = auth.Options{AccessLasts: 15 * time.Minute, RefreshKey: []byte("the key of successors")}
	w.Service = auth.NewService(w.parts, w.options)
	return w
}

// signUp makes an account and gives its tokens and its actor.
func (w *world) signUp(t *testing.T, email string) (auth.Tokens, app.Actor) {
	t.Helper()
	got, err := w.Register(t.Context(), stranger(), auth.Registration{Email: email, Password: password, Name: "Ada"})
	require.NoError(t, err)
	return got, w.actor(t, got)
}

// logIn is another device of somebody.
func (w *world) logIn(t *testing.T, email string) (auth.Tokens, app.Actor) {
	t.Helper()
	got, err := w.LogIn(t.Context(), stranger(), auth.Credentials{Email: email, Password: password})
	require.NoError(t, err)
	return got, w.actor(t, got)
}

// actor goes the way of a request: from the access token.
func (w *world) actor(t *testing.T, tokens auth.Tokens) app.Actor {
	t.Helper()
	claims, err := w.parts.Signer.Parse(tokens.AccessToken)
	require.NoError(t, err)
	actor, err := w.Authenticate(t.Context(), claims)
	require.NoError(t, err)
	actor.IP, actor.UserAgent, actor.RequestID = "192.0.2.7", browser, "r2"
	return actor
}

// isIn tells whether an access token still opens anything.
func (w *world) isIn(t *testing.T, tokens auth.Tokens) bool {
	t.Helper()
	claims, err := w.parts.Signer.Parse(tokens.AccessToken)
	if err == nil {
		_, err = w.Authenticate(t.Context(), claims)
	}
	if err != nil {
		require.ErrorIs(t, err, app.ErrUnauthorized)
	}
	return err == nil
}

// admin makes the first administrator.
func (w *world) admin(t *testing.T, email string) (auth.Tokens, app.Actor) {
	t.Helper()
	token, err := w.MakeSetupLink(t.Context())
	require.NoError(t, err)
	got, err := w.Register(t.Context(), stranger(), auth.Registration{Email: email, Password: password, Name: "Root", SetupToken: &token})
	require.NoError(t, err)
	return got, w.actor(t, got)
}

func (w *world) did(action audit.Action) int {
	n := 0
	for _, event := range w.store.events {
		if event.Action == action {
			n++
		}
	}
	return n
}

func requireCode(t *testing.T, err error, code app.Code, fields ...string) {
	t.Helper()
	var refused *app.Error
	require.True(t, errors.As(err, &refused), "%v", err)
	require.Equal(t, code, refused.Code, refused.Message)
	require.NotEmpty(t, refused.Message)
	var got []string
	for _, detail := range refused.Details {
		got = append(got, detail.Field)
	}
	if len(fields) > 0 {
		require.Equal(t, fields, got)
	}
}
