package auth

import (
	"context"
	"iter"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// Export gives accounts one after the other, as they are read.
type Export func(ctx context.Context) iter.Seq2[*app.ManagedUser, error]

// ExportUsers lets an administrator take accounts away. It wants the password
// of the last minutes and a reason, and is recorded before anything is read.
func (s *Service) ExportUsers(ctx context.Context, actor app.Actor, find Find, reason string) (Export, error) {
	if err := mayAdminister(actor); err != nil {
		return nil, err
	}
	if err := actor.Confirmed(s.now()); err != nil {
		return nil, err
	}
	reason, first := rule.Reason(reason)
	find, second := find.check()
	if err := together(first, second); err != nil {
		return nil, err
	}
	event := audit.Event{Action: audit.UsersExported, Actor: actor, Details: map[audit.Key]string{audit.KeyReason: reason}}
	if err := s.change(ctx, &event, func(context.Context) error { return nil }); err != nil {
		return nil, err
	}
	return func(ctx context.Context) iter.Seq2[*app.ManagedUser, error] {
		return func(yield func(*app.ManagedUser, error) bool) { s.each(ctx, find, yield) }
	}, nil
}

// each reads page by page, until there are no more or nobody wants any.
func (s *Service) each(ctx context.Context, find Find, yield func(*app.ManagedUser, error) bool) {
	page := app.PageRequest{Limit: app.MaxPageSize}
	for {
		list, err := s.Directory.List(ctx, find, page)
		if err != nil {
			yield(nil, err)
			return
		}
		for i := range list.Data {
			if !yield(&list.Data[i], nil) {
				return
			}
		}
		if list.Pagination.Next == nil {
			return
		}
		page.Cursor = *list.Pagination.Next
	}
}
