package auth_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
)

func TestPeopleAreForAdministrators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ada := w.signUp(t, "ada@example.org")
	for _, actor := range []app.Actor{{}, ada} {
		for name, refused := range map[string]error{
			"list":     second(w.GetUsers(t.Context(), actor, auth.Find{}, app.PageRequest{})),
			"count":    second(w.CountUsers(t.Context(), actor, auth.Find{})),
			"get":      second(w.GetUser(t.Context(), actor, ada.UserID)),
			"change":   second(w.ChangeUser(t.Context(), actor, ada.UserID, auth.UserChange{})),
			"delete":   w.DeleteUser(t.Context(), actor, ada.UserID, false),
			"link":     second(w.MakeResetLink(t.Context(), actor, ada.UserID, "why")),
			"sessions": second(w.GetSessionsOf(t.Context(), actor, ada.UserID, app.PageRequest{})),
			"end":      w.EndSessionOf(t.Context(), actor, ada.UserID, ada.SessionID),
			"end all":  w.EndSessionsOf(t.Context(), actor, ada.UserID),
			"many":     second(w.DoToUsers(t.Context(), actor, []app.UserID{ada.UserID}, auth.DeedDisable, false)),
			"export":   second(w.ExportUsers(t.Context(), actor, auth.Find{}, "why")),
			"invites":  second(w.GetSignupInvites(t.Context(), actor, app.PageRequest{})),
			"uninvite": w.DeleteSignupInvite(t.Context(), actor, "i"),
		} {
			require.ErrorIs(t, refused, app.ErrForbidden, name)
		}
	}
	require.Empty(t, w.ended)
}

func second[T any](_ T, err error) error { return err }

func TestCreateUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, root := w.admin(t, "root@example.org")
	made, token, err := w.CreateUser(t.Context(), root, auth.NewUser{Email: "ada@example.org", Name: "Ada"})
	require.NoError(t, err)
	require.Equal(t, app.RoleUser, made.Role)
	require.NoError(t, w.ResetPassword(t.Context(), stranger(), token, fresh), "the link sets the first password")
	_, err = w.LogIn(t.Context(), stranger(), auth.Credentials{Email: "ada@example.org", Password: fresh})
	require.NoError(t, err)
	_, token, err = w.CreateUser(t.Context(), root, auth.NewUser{Email: "bob@example.org", Name: "Bob", Password: password})
	require.NoError(t, err)
	require.Empty(t, token)
	_, _, err = w.CreateUser(t.Context(), root, auth.NewUser{Email: "BOB@example.org", Name: "Bob"})
	requireCode(t, err, app.CodeConflict, "email")
	require.Equal(t, 2, w.did(audit.UserCreated))
	require.NotContains(t, w.log.String(), "example.org", "addresses are not for the log")
}

func TestChangeUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, root := w.admin(t, "root@example.org")
	tokens, ada := w.signUp(t, "ada@example.org")
	name, email, admin, disabled := "Ada L.", "ada.l@example.org", app.RoleAdmin, app.UserDisabled
	got, err := w.ChangeUser(t.Context(), root, ada.UserID, auth.UserChange{Name: &name, Email: &email, Role: &admin})
	require.NoError(t, err)
	require.Equal(t, []any{name, email, app.RoleAdmin}, []any{got.Name, got.Email, got.Role})
	event := w.last(audit.UserRenamed)
	require.Equal(t, "name, email", event.Details[audit.KeyField])
	require.NotContains(t, event.Details, audit.KeyTo, "what it was goes with the account")
	_, err = w.ChangeUser(t.Context(), root, ada.UserID, auth.UserChange{Status: &disabled})
	require.NoError(t, err)
	require.False(t, w.isIn(t, tokens))

	w.later(app.ConfirmLasts)
	_, err = w.ChangeUser(t.Context(), root, ada.UserID, auth.UserChange{Role: &admin})
	require.Same(t, app.ErrConfirm, err)
	user := app.RoleUser
	_, err = w.ChangeUser(t.Context(), root, ada.UserID, auth.UserChange{Role: &user})
	require.NoError(t, err, "to take rights away is not dangerous")
	_, err = w.ChangeUser(t.Context(), root, root.UserID, auth.UserChange{Role: &user})
	requireCode(t, err, app.CodeConflict)
}

func TestAChangeIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, root := w.admin(t, "root@example.org")
	name, user := "Other", app.RoleUser
	_, err := w.ChangeUser(t.Context(), root, root.UserID, auth.UserChange{Name: &name, Role: &user})
	requireCode(t, err, app.CodeConflict)
	got, err := w.GetUser(t.Context(), root, root.UserID)
	require.NoError(t, err)
	require.Equal(t, "Root", got.Name)
	require.Zero(t, w.did(audit.UserRenamed))
	same := "Root"
	_, err = w.ChangeUser(t.Context(), root, root.UserID, auth.UserChange{Name: &same})
	require.NoError(t, err)
	require.Zero(t, w.did(audit.UserRenamed), "what is so already is no change")
}

func (w *world) last(action audit.Action) (last audit.Event) {
	for _, event := range w.store.events {
		if event.Action == action {
			last = event
		}
	}
	return last
}

func TestDangerousDeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, root := w.admin(t, "root@example.org")
	_, ada := w.signUp(t, "ada@example.org")
	w.later(app.ConfirmLasts)
	for name, refused := range map[string]error{
		"delete": w.DeleteUser(t.Context(), root, ada.UserID, true),
		"link":   second(w.MakeResetLink(t.Context(), root, ada.UserID, "why")),
		"many":   second(w.DoToUsers(t.Context(), root, []app.UserID{ada.UserID}, auth.DeedDelete, false)),
		"export": second(w.ExportUsers(t.Context(), root, auth.Find{}, "why")),
	} {
		require.Same(t, app.ErrConfirm, refused, name)
	}
	root, err := w.Confirm(t.Context(), root, password)
	require.NoError(t, err)
	_, err = w.MakeResetLink(t.Context(), root, ada.UserID, " ")
	requireCode(t, err, app.CodeInvalidInput, "reason")
	_, err = w.MakeResetLink(t.Context(), root, ada.UserID, "she asked")
	require.NoError(t, err)
	require.Equal(t, "she asked", w.last(audit.ResetLinkMade).Details[audit.KeyReason])
	export, err := w.ExportUsers(t.Context(), root, auth.Find{}, "a report")
	require.NoError(t, err)
	require.Equal(t, 1, w.did(audit.UsersExported), "recorded before anything is read")
	n := 0
	for user, err := range export(t.Context()) {
		require.NoError(t, err)
		require.NotEmpty(t, user.ID)
		n++
	}
	require.Equal(t, 2, n)
}

func TestNotices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, root := w.admin(t, "root@example.org")
	_, ada := w.signUp(t, "ada@example.org")
	token, err := w.MakeResetLink(t.Context(), root, ada.UserID, "she asked")
	require.NoError(t, err)
	require.NoError(t, w.ResetPassword(t.Context(), stranger(), token, fresh))
	list, err := w.GetNotices(t.Context(), ada)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Contains(t, list[0].Text, "made a link with which your password can be set anew: she asked")
	require.Contains(t, list[1].Text, "was set anew")
	require.ErrorIs(t, w.ReadNotice(t.Context(), root, list[0].ID), app.ErrNotFound, "it is hers")
	require.NoError(t, w.ReadNotice(t.Context(), ada, list[0].ID))
	require.ErrorIs(t, second(w.GetNotices(t.Context(), app.Actor{})), app.ErrUnauthorized)
	require.ErrorIs(t, w.ReadNotice(t.Context(), app.Actor{}, list[1].ID), app.ErrUnauthorized)
}

func TestDoToUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, root := w.admin(t, "root@example.org")
	_, ada := w.signUp(t, "ada@example.org")
	outcomes, err := w.DoToUsers(t.Context(), root, []app.UserID{ada.UserID, "nobody", root.UserID}, auth.DeedDisable, false)
	require.NoError(t, err)
	require.Nil(t, outcomes[0].Problem)
	require.Equal(t, app.CodeNotFound, outcomes[1].Problem.Code)
	require.Equal(t, app.CodeConflict, outcomes[2].Problem.Code, "the last administrator stays")
	_, err = w.DoToUsers(t.Context(), root, nil, auth.DeedEnable, false)
	requireCode(t, err, app.CodeInvalidInput, "ids")
	_, err = w.DoToUsers(t.Context(), root, []app.UserID{ada.UserID}, "burn", false)
	requireCode(t, err, app.CodeInvalidInput, "action")
}

// noRooms knows no invite into a chat.
type noRooms struct{}

func (noRooms) PreviewInvite(context.Context, string) (app.Invitation, error) {
	return app.Invitation{}, app.ErrNotFound
}
func (noRooms) Join(context.Context, app.Actor, string) (func(), error) { return nil, app.ErrNotFound }

func TestSignupInvites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, root := w.admin(t, "root@example.org")
	w.signups = app.SignupsClosed
	w.parts.Invites = noRooms{}
	w.Service = auth.NewService(w.parts, w.options)
	invite, token, err := w.CreateSignupInvite(t.Context(), root, auth.NewSignupInvite{})
	require.NoError(t, err)
	require.Equal(t, 7*24*time.Hour, invite.ExpiresAt.Sub(invite.CreatedAt))
	register := func(email string) error {
		return second(w.Register(t.Context(), stranger(), auth.Registration{Email: email, Password: password, Name: "Ada", Invite: &token}))
	}
	require.Error(t, register("no address"))
	require.NoError(t, register("ada@example.org"), "what failed used nothing up")
	requireCode(t, register("bob@example.org"), app.CodeForbidden)
	for _, wrong := range []auth.NewSignupInvite{{MaxUses: ptr(0)}, {MaxUses: ptr(101)}, {ExpiresIn: ptr(int64(59))}, {ExpiresIn: ptr(int64(31 * 86400))}} {
		_, _, err := w.CreateSignupInvite(t.Context(), root, wrong)
		requireCode(t, err, app.CodeInvalidInput)
	}
	require.Equal(t, 1, w.did(audit.SignupInviteMade))
}

func ptr[T any](value T) *T { return &value }
