package auth_test

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
)

type links struct{ *store }

func (s links) Create(ctx context.Context, link auth.Link) error {
	return run(ctx, s.store, func() error {
		s.links[string(link.Hash)] = link
		return nil
	})
}

func (s links) get(purpose auth.Purpose, hash []byte, now time.Time) (auth.Link, error) {
	link, err := find(s.links, string(hash))
	if err != nil || link.Purpose != purpose || !link.ExpiresAt.After(now) {
		return auth.Link{}, app.ErrNotFound
	}
	return link, nil
}

func (s links) GetByHash(ctx context.Context, purpose auth.Purpose, hash []byte, now time.Time) (auth.Link, error) {
	return with(ctx, s.store, func() (auth.Link, error) { return s.get(purpose, hash, now) })
}

func (s links) Take(ctx context.Context, purpose auth.Purpose, hash []byte, now time.Time) (auth.Link, error) {
	return with(ctx, s.store, func() (auth.Link, error) {
		link, err := s.get(purpose, hash, now)
		if err == nil {
			delete(s.links, string(hash))
		}
		return link, err
	})
}

func (s links) DeleteByUserID(ctx context.Context, user app.UserID) error {
	return run(ctx, s.store, func() error {
		maps.DeleteFunc(s.links, func(_ string, link auth.Link) bool { return link.UserID == user })
		return nil
	})
}

type userSettings struct{ *store }

func (s userSettings) GetByUserID(ctx context.Context, user app.UserID) (app.UserSettings, error) {
	return with(ctx, s.store, func() (app.UserSettings, error) { return find(s.settings, user) })
}

func (s userSettings) Put(ctx context.Context, user app.UserID, settings app.UserSettings) error {
	return run(ctx, s.store, func() error {
		s.settings[user] = settings
		return nil
	})
}

type deletions struct{ *store }

func (s deletions) Create(ctx context.Context, deletion auth.Deletion) error {
	return run(ctx, s.store, func() error {
		s.deletions = append(s.deletions, deletion)
		return nil
	})
}

func (s deletions) GetPending(ctx context.Context) ([]auth.Deletion, error) {
	return with(ctx, s.store, func() ([]auth.Deletion, error) { return slices.Clone(s.deletions), nil })
}

func (s deletions) Finish(ctx context.Context, user app.UserID) error {
	return run(ctx, s.store, func() error {
		s.deletions = slices.DeleteFunc(s.deletions, func(d auth.Deletion) bool { return d.UserID == user })
		delete(s.users, user)
		return nil
	})
}

type events struct{ *store }

func (s events) Create(ctx context.Context, event audit.Event) error {
	mustBeInTx(ctx)
	return run(ctx, s.store, func() error {
		s.events = append(s.events, event)
		return nil
	})
}
