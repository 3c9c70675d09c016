package search

import (
	"context"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// Found is one place as the database has it.
type Found struct {
	app.Hit
	Window Window
}

// Repository looks for words in what is kept.
type Repository interface {
	// Find lists where all of a query is in titles and messages of this
	// user's living chats, the best first; in one of them where chat is not
	// empty. invalid_input where the page's cursor is none of such a list.
	Find(ctx context.Context, user app.UserID, chat app.ChatID, query Query, page app.PageRequest) (app.Page[Found], error)
}

// Rooms know who is in which chat.
type Rooms interface {
	// Role tells what a user is in a chat; a stranger gets not_found.
	Role(ctx context.Context, user app.UserID, id app.ChatID) (app.MemberRole, error)
}

// Service answers what people look for.
type Service struct {
	kept  Repository
	rooms Rooms
	turns turns
}

// NewService makes a search over what this repository keeps.
func NewService(kept Repository, rooms Rooms) *Service {
	return &Service{kept: kept, rooms: rooms, turns: turns{users: map[app.UserID]*turn{}}}
}

// Search lists where the words of a text are in the titles and messages of
// the actor's chats, the best first, with an excerpt each. An empty chat means
// all of them. A text that says nothing finds nothing. unauthorized for
// nobody, not_found for a chat that is not his, invalid_input where the text
// breaks its rule, unavailable where his other searches take too long.
func (s *Service) Search(ctx context.Context, actor app.Actor, text string, chat app.ChatID, page app.PageRequest) (app.Page[app.Hit], error) {
	hits := app.Page[app.Hit]{Data: []app.Hit{}, Pagination: app.Pagination{Limit: page.Limit}}
	if !actor.SignedIn() {
		return hits, app.ErrUnauthorized
	}
	if chat != "" {
		if _, err := s.rooms.Role(ctx, actor.UserID, chat); err != nil {
			return hits, err
		}
	}
	text, err := rule.Query(text)
	if err != nil {
		return hits, err
	}
	done, err := s.turns.take(ctx, actor.UserID)
	if err != nil {
		return hits, err
	}
	defer done()
	query := Parse(text)
	found, err := s.kept.Find(ctx, actor.UserID, chat, query, page)
	if err != nil {
		return hits, err
	}
	marks := newMarker(query)
	for _, f := range found.Data {
		f.Excerpt = marks.excerpt(f.Window)
		hits.Data = append(hits.Data, f.Hit)
	}
	hits.Pagination.Next = found.Pagination.Next
	return hits, nil
}
