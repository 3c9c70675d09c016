package auth_test

import (
	"bytes"
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

// directory lists what users holds, in no order: how it is sorted is the
// database's part.
type directory struct{ *store }

func (d directory) List(ctx context.Context, find auth.Find, page app.PageRequest) (app.Page[app.ManagedUser], error) {
	return with(ctx, d.store, func() (app.Page[app.ManagedUser], error) {
		list := app.Page[app.ManagedUser]{Data: []app.ManagedUser{}}
		for _, account := range d.users {
			if find.Role == "" || find.Role == account.Role {
				list.Data = append(list.Data, app.ManagedUser{User: account.User})
			}
		}
		return list, nil
	})
}

func (d directory) Get(ctx context.Context, id app.UserID) (app.ManagedUser, error) {
	account, err := users(d).GetByID(ctx, id)
	return app.ManagedUser{User: account.User}, err
}

func (d directory) Count(ctx context.Context, find auth.Find) (auth.Tally, error) {
	list, err := d.List(ctx, find, app.PageRequest{})
	return auth.Tally{Count: len(list.Data), Exact: true}, err
}

// signupInvites holds one link.
type signupInvites struct {
	*store
	link *auth.Link
	uses *int
}

func (s signupInvites) Create(_ context.Context, invite app.SignupInvite, _ app.UserID, hash []byte) error {
	*s.link, *s.uses = auth.Link{Hash: hash, ExpiresAt: invite.ExpiresAt}, invite.MaxUses
	return nil
}

func (s signupInvites) List(context.Context, time.Time, app.PageRequest) (app.Page[app.SignupInvite], error) {
	return app.Page[app.SignupInvite]{Data: []app.SignupInvite{}}, nil
}

func (s signupInvites) Delete(context.Context, app.InviteID) error {
	*s.link = auth.Link{}
	return nil
}

func (s signupInvites) Lives(_ context.Context, hash []byte, now time.Time) (bool, error) {
	return bytes.Equal(hash, s.link.Hash) && *s.uses > 0 && now.Before(s.link.ExpiresAt), nil
}

func (s signupInvites) Use(ctx context.Context, hash []byte, now time.Time) error {
	if lives, _ := s.Lives(ctx, hash, now); !lives {
		return app.ErrNotFound
	}
	*s.uses--
	return nil
}

// notices keeps what people have to be told.
type notices struct {
	*store
	told map[app.UserID][]app.Notice
}

func (n notices) Create(_ context.Context, user app.UserID, notice app.Notice) error {
	n.told[user] = append(n.told[user], notice)
	return nil
}

func (n notices) List(_ context.Context, user app.UserID, limit int) ([]app.Notice, error) {
	return n.told[user][:min(limit, len(n.told[user]))], nil
}

func (n notices) Delete(_ context.Context, user app.UserID, id app.NoticeID) error {
	before := len(n.told[user])
	n.told[user] = slices.DeleteFunc(n.told[user], func(notice app.Notice) bool { return notice.ID == id })
	if len(n.told[user]) == before {
		return app.ErrNotFound
	}
	return nil
}
