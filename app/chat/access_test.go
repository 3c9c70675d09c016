package chat

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func ptr[T any](value T) *T { return &value }

// Who may do what, one line a call. Whatever is refused has done nothing.
func TestAccess(t *testing.T) {
	t.Parallel()
	const (
		fine      = app.Code("")
		forbidden = app.CodeForbidden
		hidden    = app.CodeNotFound
	)
	type call func(ctx context.Context, s *Service, actor app.Actor) error
	calls := []struct {
		name string
		// owner, editor, viewer and stranger are what each is told.
		owner, editor, viewer, stranger app.Code
		call                            call
	}{
		{"list chats", fine, fine, fine, fine, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.GetChats(ctx, a, Filter{}, app.PageRequest{Limit: 1})
			return err
		}},
		{"create a chat", fine, fine, fine, fine, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.CreateChat(ctx, a, NewChat{})
			return err
		}},
		{"get a chat", fine, fine, fine, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.GetChat(ctx, a, room)
			return err
		}},
		{"change a chat", fine, forbidden, forbidden, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.UpdateChat(ctx, a, room, Patch{NewChat: NewChat{Title: ptr("New")}})
			return err
		}},
		{"change a chat to what is not valid", app.CodeInvalidInput, forbidden, forbidden, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.UpdateChat(ctx, a, room, Patch{NewChat: NewChat{Title: ptr("")}})
			return err
		}},
		{"change one's own part of a chat", fine, fine, fine, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.UpdateChat(ctx, a, room, Patch{Pinned: ptr(true)})
			return err
		}},
		{"delete a chat", fine, forbidden, forbidden, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			return s.DeleteChat(ctx, a, room)
		}},
		{"restore a chat", fine, hidden, hidden, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.RestoreChat(ctx, a, room)
			return err
		}},
		{"mark as read", fine, fine, fine, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			return s.Read(ctx, a, room, 1)
		}},
		{"mark a place as read that cannot be", app.CodeInvalidInput, app.CodeInvalidInput, app.CodeInvalidInput, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			return s.Read(ctx, a, room, -1)
		}},
		{"list messages", fine, fine, fine, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.GetMessages(ctx, a, room, Range{Limit: 1})
			return err
		}},
		{"get a message", fine, fine, fine, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.GetMessage(ctx, a, room, question)
			return err
		}},
		{"post", fine, fine, forbidden, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.Post(ctx, a, room, Input{Content: "hello"})
			return err
		}},
		{"post nothing", app.CodeInvalidInput, app.CodeInvalidInput, forbidden, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.Post(ctx, a, room, Input{})
			return err
		}},
		{"edit a message", fine, fine, forbidden, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.EditMessage(ctx, a, room, question, EditInput{Content: "better"})
			return err
		}},
		{"edit a message into nothing", app.CodeInvalidInput, app.CodeInvalidInput, forbidden, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.EditMessage(ctx, a, room, question, EditInput{})
			return err
		}},
		{"delete a message", fine, fine, forbidden, hidden, func(ctx context.Context, s *Service, a app.Actor) error {
			_, err := s.DeleteMessage(ctx, a, room, question)
			return err
		}},
	}
	for _, c := range calls {
		for user, want := range map[app.UserID]app.Code{
			owner: c.owner, editor: c.editor, viewer: c.viewer, "stranger": c.stranger, "": app.CodeUnauthorized,
		} {
			t.Run(c.name+" as "+string(user), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				err := c.call(t.Context(), w.service, actorOf(user))
				if want == fine {
					require.NoError(t, err)
					return
				}
				require.Error(t, err)
				require.Equal(t, want, app.AsError(err).Code)
				require.Empty(t, w.signals)
				require.NotContains(t, w.asked, "update chat")
				require.NotContains(t, w.asked, "update message")
			})
		}
	}
	t.Run("what somebody is in a chat is told to him alone", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		role, err := w.service.Access(t.Context(), actorOf(viewer), room)
		require.NoError(t, err)
		require.Equal(t, app.MemberViewer, role)
		_, err = w.service.Access(t.Context(), actorOf("stranger"), room)
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = w.service.Access(t.Context(), app.Actor{}, room)
		require.ErrorIs(t, err, app.ErrUnauthorized)
	})
}
