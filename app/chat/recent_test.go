package chat

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// shelfOfChats finds every chat; its title counts the readings.
type shelfOfChats struct {
	reads  int
	err    error
	during func()
}

func (s *shelfOfChats) GetByID(_ context.Context, _ app.UserID, id app.ChatID) (app.Chat, error) {
	s.reads++
	chat := app.Chat{ID: id, Title: strconv.Itoa(s.reads), Me: &app.Me{Role: app.MemberEditor}}
	if s.during != nil {
		s.during()
	}
	return chat, s.err
}

func TestRecent(t *testing.T) {
	t.Parallel()
	remembering := func(name string, tell func(t *testing.T, r *Recent, s *shelfOfChats, title func(app.UserID, app.ChatID) string)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &shelfOfChats{}
				r := NewRecent(s)
				tell(t, r, s, func(user app.UserID, id app.ChatID) string {
					chat, err := r.GetByID(t.Context(), user, id)
					require.NoError(t, err)
					return chat.Title
				})
			})
		})
	}
	remembering("a chat is read once a second for each who asks", func(t *testing.T, _ *Recent, _ *shelfOfChats, title func(app.UserID, app.ChatID) string) {
		require.Equal(t, "1", title("ada", "c"))
		require.Equal(t, "2", title("bob", "c"))
		time.Sleep(recentFor - time.Nanosecond)
		require.Equal(t, "1", title("ada", "c"))
		time.Sleep(time.Nanosecond)
		require.Equal(t, "3", title("ada", "c"))
	})
	remembering("what was forgotten is read again, for everybody, and nothing else", func(t *testing.T, r *Recent, _ *shelfOfChats, title func(app.UserID, app.ChatID) string) {
		require.Equal(t, "12", title("ada", "c")+title("ada", "d"))
		r.Forget("c", "unknown")
		require.Equal(t, "32", title("ada", "c")+title("ada", "d"))
		r.ForgetAll()
		require.Equal(t, "45", title("ada", "c")+title("ada", "d"))
	})
	remembering("a reading that began before something changed is not kept", func(t *testing.T, r *Recent, s *shelfOfChats, title func(app.UserID, app.ChatID) string) {
		s.during = func() { r.Forget("c") }
		require.Equal(t, "1", title("ada", "c"))
		s.during = r.ForgetAll
		require.Equal(t, "2", title("ada", "c"))
		s.during = nil
		require.Equal(t, "33", title("ada", "c")+title("ada", "c"))
	})
	remembering("a refusal is not kept", func(t *testing.T, r *Recent, s *shelfOfChats, title func(app.UserID, app.ChatID) string) {
		s.err = app.ErrNotFound
		_, err := r.GetByID(t.Context(), "ada", "c")
		require.True(t, errors.Is(err, app.ErrNotFound))
		s.err = nil
		require.Equal(t, "2", title("ada", "c"))
	})
	remembering("who changes what he was given changes nothing here", func(t *testing.T, r *Recent, _ *shelfOfChats, _ func(app.UserID, app.ChatID) string) {
		for range 3 {
			chat, err := r.GetByID(t.Context(), "ada", "c")
			require.NoError(t, err)
			require.Equal(t, app.MemberEditor, chat.Me.Role)
			chat.Me.Role = app.MemberOwner
		}
	})
	remembering("however many ask, what is kept is bounded", func(t *testing.T, r *Recent, _ *shelfOfChats, title func(app.UserID, app.ChatID) string) {
		for i := range maxRecent + 10 {
			title("ada", app.ChatID(strconv.Itoa(i)))
			title(app.UserID(strconv.Itoa(i)), "c")
		}
		require.LessOrEqual(t, len(r.rooms), maxRecent)
		seen := 0
		for _, room := range r.rooms {
			seen += len(room.seen)
		}
		require.LessOrEqual(t, seen, maxRecent)
		require.Equal(t, r.kept, seen)
	})
}
