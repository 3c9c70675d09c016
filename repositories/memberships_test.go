package repositories_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories"
)

// circle is who must be in a chat, whatever is asked.
type circle struct {
	w     *rooms
	kept  *repositories.MembershipRepository
	chat  app.ChatID
	who   []app.UserID
	mails map[app.UserID]string
	roles map[app.UserID]app.MemberRole
	rev   int64
	gone  bool
}

// Whatever comes and goes: somebody owns the chat, its count is right, and
// every change takes the next rev.
func TestSomebodyAlwaysOwnsAChat(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	kept := repositories.NewMembershipRepository(w.db)
	mails := map[app.UserID]string{}
	var who []app.UserID
	for range 4 {
		user := w.user("Somebody")
		who = append(who, user)
		mails[user] = w.mail(user)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := &circle{w: w, kept: kept, chat: w.room(who[0]), who: who, mails: mails, roles: map[app.UserID]app.MemberRole{who[0]: app.MemberOwner}, rev: 1}
		t.Repeat(map[string]func(*rapid.T){"": c.check, "add": c.add, "change": c.change, "remove": c.remove})
	})
}

func (w *rooms) mail(user app.UserID) (key string) {
	w.t.Helper()
	require.NoError(w.t, w.raw.QueryRow(context.Background(), `select email_key from users where id = $1`, user).Scan(&key))
	return key
}

func (c *circle) somebody(t *rapid.T) app.UserID { return rapid.SampledFrom(c.who).Draw(t, "who") }

func (*circle) role(t *rapid.T) app.MemberRole {
	return rapid.SampledFrom([]app.MemberRole{app.MemberOwner, app.MemberEditor, app.MemberViewer}).Draw(t, "role")
}

func (c *circle) owners() (n int) {
	for _, role := range c.roles {
		if role == app.MemberOwner {
			n++
		}
	}
	return n
}

func (c *circle) add(t *rapid.T) {
	who, role := c.somebody(t), c.role(t)
	user, changes, err := c.kept.Add(context.Background(), c.chat, c.mails[who], role)
	switch {
	case c.gone, c.roles[who] != "":
		require.ErrorIs(t, err, app.ErrConflict)
	default:
		require.NoError(t, err)
		require.Equal(t, who, user)
		c.changed(t, changes)
		c.roles[who] = role
	}
}

func (c *circle) change(t *rapid.T) {
	who, role := c.somebody(t), c.role(t)
	changes, err := c.kept.SetRole(context.Background(), c.chat, who, role)
	switch {
	case c.gone, c.roles[who] == "":
		require.ErrorIs(t, err, app.ErrNotFound)
	case c.roles[who] == app.MemberOwner && role != app.MemberOwner && c.owners() == 1:
		require.ErrorIs(t, err, app.ErrConflict)
	default:
		require.NoError(t, err)
		c.changed(t, changes)
		c.roles[who] = role
	}
}

func (c *circle) remove(t *rapid.T) {
	who := c.somebody(t)
	changes, err := c.kept.Remove(context.Background(), c.chat, who)
	switch {
	case c.gone, c.roles[who] == "":
		require.ErrorIs(t, err, app.ErrNotFound)
	case len(c.roles) == 1:
		require.NoError(t, err)
		c.gone = true
	case c.roles[who] == app.MemberOwner && c.owners() == 1:
		require.ErrorIs(t, err, app.ErrConflict)
	default:
		require.NoError(t, err)
		c.changed(t, changes)
		delete(c.roles, who)
	}
}

func (c *circle) changed(t *rapid.T, changes app.Changes) {
	require.Equal(t, c.rev, changes.From)
	c.rev++
	require.Equal(t, c.rev, changes.Rev)
	require.Len(t, changes.Members, 1)
	require.Equal(t, c.rev, changes.Members[0].Rev)
}

func (c *circle) check(t *rapid.T) {
	require.EqualValues(t, c.rev, c.w.count(`select rev from chats where id = $1`, c.chat))
	require.Equal(t, len(c.roles), c.w.count(`select member_count from chats where id = $1`, c.chat))
	page, err := c.kept.GetByChatID(context.Background(), c.chat, app.PageRequest{Limit: 100})
	require.NoError(t, err)
	there := map[app.UserID]app.MemberRole{}
	for _, m := range page.Data {
		there[m.User.ID] = m.Role
	}
	require.Equal(t, c.roles, there)
	require.Positive(t, c.owners())
}
