package model_test

import (
	"context"
	"slices"
	"sync"

	"github.com/quillium/quillium/app"
)

// crowd are the accounts there are.
type crowd []app.User

func (c crowd) GetByEmail(_ context.Context, keys []string) ([]app.User, error) {
	return c.those(func(u app.User) bool { return slices.Contains(keys, u.Email) }), nil
}

func (c crowd) GetByID(_ context.Context, ids []app.UserID) ([]app.User, error) {
	return c.those(func(u app.User) bool { return slices.Contains(ids, u.ID) }), nil
}

func (c crowd) those(which func(app.User) bool) []app.User {
	found := []app.User{}
	for _, user := range c {
		if which(user) {
			found = append(found, user)
		}
	}
	return found
}

// setting is the default of the instance.
type setting struct {
	mu    sync.Mutex
	model string
	down  error
}

func (s *setting) DefaultModel(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model, s.down
}

func (s *setting) SetDefaultModel(_ context.Context, _ app.Actor, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.model = id
	return s.down
}
