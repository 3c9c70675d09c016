package auth

import (
	"context"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// Order is what a list of accounts is sorted by.
type Order string

// The orders.
const (
	ByCreated Order = "created"
	ByName    Order = "name"
	ByEmail   Order = "email"
	BySeen    Order = "seen"
)

// Find narrows and sorts a list of accounts; the zero value is all of them,
// the longest there first. Query is looked for in names and addresses.
type Find struct {
	Query      string
	Role       app.Role
	Status     app.UserStatus
	Order      Order
	Descending bool
}

// Tally is how many accounts there are of a kind; where not Exact, about as
// many, or More than these.
type Tally struct {
	Count int  `json:"count"`
	Exact bool `json:"exact"`
}

// DirectoryRepository lists accounts, for administrators.
type DirectoryRepository interface {
	// List is by keyset; invalid_input for a cursor of another list.
	List(ctx context.Context, find Find, page app.PageRequest) (app.Page[app.ManagedUser], error)
	Get(ctx context.Context, id app.UserID) (app.ManagedUser, error)
	// Count counts up to a bound, and estimates all accounts beyond.
	Count(ctx context.Context, find Find) (Tally, error)
}

// GetUsers lists accounts; forbidden to all but administrators, here as below.
func (s *Service) GetUsers(ctx context.Context, actor app.Actor, find Find, page app.PageRequest) (app.Page[app.ManagedUser], error) {
	none := app.Page[app.ManagedUser]{}
	if err := mayAdminister(actor); err != nil {
		return none, err
	}
	find, err := find.check()
	if err != nil {
		return none, err
	}
	return s.Directory.List(ctx, find, page)
}

// CountUsers tells how many such accounts there are.
func (s *Service) CountUsers(ctx context.Context, actor app.Actor, find Find) (Tally, error) {
	if err := mayAdminister(actor); err != nil {
		return Tally{}, err
	}
	find, err := find.check()
	if err != nil {
		return Tally{}, err
	}
	return s.Directory.Count(ctx, find)
}

// GetUser is one account; not_found where there is none.
func (s *Service) GetUser(ctx context.Context, actor app.Actor, id app.UserID) (app.ManagedUser, error) {
	if err := mayAdminister(actor); err != nil {
		return app.ManagedUser{}, err
	}
	return s.Directory.Get(ctx, id)
}

func (f Find) check() (Find, error) {
	query, first := rule.Query(f.Query)
	f.Query = query
	var second, third, fourth error
	switch f.Role {
	case "", app.RoleUser, app.RoleAdmin:
	default:
		second = app.Invalid("role", "user or admin is expected")
	}
	switch f.Status {
	case "", app.UserActive, app.UserDisabled:
	default:
		third = app.Invalid("status", "active or disabled is expected")
	}
	switch f.Order {
	case "":
		f.Order = ByCreated
	case ByCreated, ByName, ByEmail, BySeen:
	default:
		fourth = app.Invalid("sort", "created, name, email or seen is expected")
	}
	return f, together(first, second, third, fourth)
}
