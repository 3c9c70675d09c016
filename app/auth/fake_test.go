package auth_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
)

// state is all that a database would hold.
type state struct {
	users     map[app.UserID]auth.Account
	sessions  map[app.SessionID]auth.Session
	tokens    map[string]auth.RefreshToken
	links     map[string]auth.Link
	settings  map[app.UserID]app.UserSettings
	deletions []auth.Deletion
	events    []audit.Event
}

func (s state) copy() state {
	return state{
		maps.Clone(s.users), maps.Clone(s.sessions), maps.Clone(s.tokens), maps.Clone(s.links), maps.Clone(s.settings),
		slices.Clone(s.deletions), slices.Clone(s.events),
	}
}

// store is a database in memory: transactions come one after the other, and
// are rolled back when they fail.
type store struct {
	mu sync.Mutex
	state
	// fail makes every statement answer an error.
	fail error
	// queries counts calls of GetActor.
	queries int
}

func newStore() *store {
	return &store{state: state{
		users: map[app.UserID]auth.Account{}, sessions: map[app.SessionID]auth.Session{},
		tokens: map[string]auth.RefreshToken{}, links: map[string]auth.Link{}, settings: map[app.UserID]app.UserSettings{},
	}}
}

type inTx struct{}

func (s *store) InTx(ctx context.Context, work func(context.Context) error) error {
	if ctx.Value(inTx{}) != nil {
		return work(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.copy()
	err := work(context.WithValue(ctx, inTx{}, true))
	if err != nil {
		s.state = before
	}
	return err
}

// with runs one statement.
func with[T any](ctx context.Context, s *store, do func() (T, error)) (T, error) {
	if ctx.Value(inTx{}) == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	if s.fail != nil {
		var none T
		return none, s.fail
	}
	return do()
}

func run(ctx context.Context, s *store, do func() error) error {
	_, err := with(ctx, s, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

func find[K comparable, V any](all map[K]V, key K) (V, error) {
	value, ok := all[key]
	if !ok {
		return value, app.ErrNotFound
	}
	return value, nil
}

type users struct{ *store }

func (s users) leaving(id app.UserID) bool {
	return slices.ContainsFunc(s.deletions, func(d auth.Deletion) bool { return d.UserID == id })
}

func (s users) byKey(key string) (auth.Account, error) {
	for _, account := range s.users {
		if account.EmailKey == key {
			return account, nil
		}
	}
	return auth.Account{}, app.ErrNotFound
}

func (s users) Create(ctx context.Context, account auth.Account) error {
	return run(ctx, s.store, func() error {
		if _, err := s.byKey(account.EmailKey); err == nil {
			return app.ErrConflict
		}
		s.users[account.ID] = account
		return nil
	})
}

func (s users) GetByID(ctx context.Context, id app.UserID) (auth.Account, error) {
	return with(ctx, s.store, func() (auth.Account, error) {
		if s.leaving(id) {
			return auth.Account{}, app.ErrNotFound
		}
		return find(s.users, id)
	})
}

func (s users) GetByEmail(ctx context.Context, key string) (auth.Account, error) {
	return with(ctx, s.store, func() (auth.Account, error) { return s.byKey(key) })
}

func (s users) Lock(ctx context.Context, id app.UserID) (auth.Account, error) {
	mustBeInTx(ctx)
	return s.GetByID(ctx, id)
}

func (s users) Update(ctx context.Context, account auth.Account) error {
	mustBeInTx(ctx)
	return run(ctx, s.store, func() error {
		s.users[account.ID] = account
		return nil
	})
}

func (s users) LockAdmins(ctx context.Context) (int, error) {
	mustBeInTx(ctx)
	return with(ctx, s.store, func() (int, error) {
		n := 0
		for _, account := range s.users {
			if account.Role == app.RoleAdmin && account.Status == app.UserActive {
				n++
			}
		}
		return n, nil
	})
}

func mustBeInTx(ctx context.Context) {
	if ctx.Value(inTx{}) == nil {
		panic("a lock outside a transaction holds nothing")
	}
}

type sessions struct{ *store }

func alive(s auth.Session, now time.Time) bool { return s.EndedAt == nil && s.ExpiresAt.After(now) }

func (s sessions) get(id app.SessionID) (auth.Session, error) {
	session, err := find(s.sessions, id)
	session.User = s.users[session.User.ID].User
	return session, err
}

func (s sessions) Create(ctx context.Context, session auth.Session) error {
	return run(ctx, s.store, func() error {
		s.sessions[session.ID] = session
		return nil
	})
}

func (s sessions) GetByUserID(ctx context.Context, user app.UserID, after app.SessionID, limit int, now time.Time) ([]auth.Session, error) {
	return with(ctx, s.store, func() ([]auth.Session, error) {
		var list []auth.Session
		for _, session := range s.sessions {
			if session.User.ID == user && alive(session, now) && (after == "" || session.ID < after) {
				list = append(list, session)
			}
		}
		slices.SortFunc(list, func(a, b auth.Session) int { return strings.Compare(string(b.ID), string(a.ID)) })
		return list[:min(limit, len(list))], nil
	})
}

func (s sessions) GetActor(ctx context.Context, user app.UserID, id app.SessionID, now time.Time) (app.Actor, error) {
	return with(ctx, s.store, func() (app.Actor, error) {
		s.queries++
		session, err := s.get(id)
		if err != nil || session.User.ID != user || !alive(session, now) || session.User.Status != app.UserActive {
			return app.Actor{}, app.ErrNotFound
		}
		return app.Actor{UserID: user, SessionID: id, Name: session.User.Name, Role: session.User.Role, ConfirmedAt: zeroOr(session.ConfirmedAt)}, nil
	})
}

func (s sessions) Lock(ctx context.Context, id app.SessionID) (auth.Session, error) {
	mustBeInTx(ctx)
	return with(ctx, s.store, func() (auth.Session, error) { return s.get(id) })
}

func (s sessions) Touch(ctx context.Context, session auth.Session) error {
	return s.Create(ctx, session)
}

func (s sessions) End(ctx context.Context, user app.UserID, id app.SessionID, now time.Time) error {
	return run(ctx, s.store, func() error {
		session, err := find(s.sessions, id)
		if err != nil || session.User.ID != user || !alive(session, now) {
			return app.ErrNotFound
		}
		session.EndedAt = &now
		s.sessions[id] = session
		return nil
	})
}

func (s sessions) EndByUserID(ctx context.Context, user app.UserID, but app.SessionID, now time.Time) ([]app.SessionID, error) {
	return with(ctx, s.store, func() ([]app.SessionID, error) {
		var over []app.SessionID
		for id, session := range s.sessions {
			if session.User.ID == user && id != but && session.EndedAt == nil {
				session.EndedAt = &now
				s.sessions[id] = session
				over = append(over, id)
			}
		}
		return over, nil
	})
}

type tokens struct{ *store }

func (s tokens) Create(ctx context.Context, token auth.RefreshToken) error {
	return run(ctx, s.store, func() error {
		if _, there := s.tokens[string(token.Hash)]; there {
			return app.ErrConflict
		}
		s.tokens[string(token.Hash)] = token
		return nil
	})
}

func (s tokens) GetByHash(ctx context.Context, hash []byte) (auth.RefreshToken, error) {
	return with(ctx, s.store, func() (auth.RefreshToken, error) { return find(s.tokens, string(hash)) })
}

func (s tokens) MarkUsed(ctx context.Context, hash []byte, at time.Time) error {
	return run(ctx, s.store, func() error {
		token, err := find(s.tokens, string(hash))
		token.UsedAt = &at
		s.tokens[string(hash)] = token
		return err
	})
}

func zeroOr(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}
