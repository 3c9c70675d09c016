package chat

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// office is where administrators work, in memory.
type office struct {
	*Administration
	w        *world
	chat     app.ManagedChat
	owners   []app.UserID
	unknown  bool
	recorded []audit.Event
	failing  error
	notices  []string
	until    time.Time
	session  app.SessionID
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{w: newWorld(t), chat: app.ManagedChat{ID: room, Title: "Room"}, owners: []app.UserID{owner}}
	o.w.changes.Messages = []app.Message{{ID: question, Role: app.MessageSystem}}
	o.Administration = NewAdministration(AdministrationParts{Chats: o, Custody: o, Keeper: chats{o.w}, Retainer: o, Audit: o, Now: func() time.Time { return noon }},
		told{o.w}, slog.New(slog.DiscardHandler))
	return o
}

func (o *office) List(_ context.Context, filter ManagedFilter, _ app.PageRequest) (app.Page[app.ManagedChat], error) {
	return app.Page[app.ManagedChat]{}, o.w.note(string(filter.State) + " by " + string(filter.Sort) + ": " + filter.Query)
}

func (o *office) GetByID(context.Context, app.ChatID) (app.ManagedChat, error) {
	return o.chat, o.w.note("get")
}

func (o *office) Hold(ctx context.Context, _ app.ChatID, work func(context.Context, app.ManagedChat) error) error {
	return work(ctx, o.chat)
}

func (o *office) GetMembers(context.Context, app.ChatID, app.PageRequest) (app.Page[app.Member], error) {
	return app.Page[app.Member]{}, o.w.note("members")
}

func (o *office) GetMessages(_ context.Context, _ app.ChatID, session app.SessionID, _ time.Time, _ Range) ([]app.Message, error) {
	o.session = session
	secret := "secret"
	return []app.Message{{ID: question, ClientID: &secret}}, o.w.note("messages")
}

func (o *office) GetPerson(context.Context, string) (app.Person, error) {
	if o.unknown {
		return app.Person{}, app.ErrNotFound
	}
	return app.Person{ID: editor, Name: "Cleo"}, nil
}

func (o *office) Retain(_ context.Context, _ app.ChatID, days *int) error {
	o.chat.RetentionDays = days
	return o.w.note("retain")
}

func (o *office) Archive(context.Context, app.ChatID, bool) ([]app.UserID, error) {
	return []app.UserID{owner, editor}, o.w.note("archive")
}

func (o *office) Transfer(_ context.Context, _ app.ChatID, _ app.UserID, notice string) ([]app.UserID, app.Changes, error) {
	o.notices = append(o.notices, notice)
	return o.owners, o.w.changes, o.w.note("transfer")
}

func (o *office) Enter(_ context.Context, _ app.ChatID, _ app.UserID, _ app.MemberRole, notice string) (app.Changes, error) {
	o.notices = append(o.notices, notice)
	return o.w.changes, o.w.note("enter")
}

func (o *office) Open(_ context.Context, _ app.ChatID, session app.SessionID, until time.Time, notice string) (app.Changes, error) {
	o.notices, o.until, o.session = append(o.notices, notice), until, session
	return o.w.changes, o.w.note("open")
}

func (o *office) Reopen(context.Context, app.ChatID, time.Duration) (app.Changes, error) {
	return o.w.changes, o.w.note("reopen")
}

func (o *office) Record(_ context.Context, event audit.Event) error {
	o.recorded = append(o.recorded, event)
	return o.failing
}

func eve() app.Actor {
	return app.Actor{UserID: "eve", SessionID: "laptop", Role: app.RoleAdmin, ConfirmedAt: noon.Add(-time.Minute)}
}

// intrusions get at what is said in a chat of others.
func (o *office) intrusions() map[string]func(actor app.Actor, why string) error {
	ctx := context.Background()
	return map[string]func(app.Actor, string) error{
		"read": func(actor app.Actor, why string) error {
			_, err := o.OpenManagedChat(ctx, actor, room, why)
			return err
		},
		"join": func(actor app.Actor, why string) error { return o.JoinManagedChat(ctx, actor, room, "viewer", why) },
		"transfer": func(actor app.Actor, why string) error {
			return o.TransferManagedChat(ctx, actor, room, "cleo@example.org", why)
		},
	}
}

func (o *office) deeds() map[string]func(actor app.Actor) error {
	ctx := context.Background()
	title := "Other"
	all := map[string]func(app.Actor) error{
		"list": func(actor app.Actor) error {
			_, err := o.GetManagedChats(ctx, actor, ManagedFilter{}, app.PageRequest{})
			return err
		},
		"look": func(actor app.Actor) error { _, err := o.GetManagedChat(ctx, actor, room); return err },
		"members": func(actor app.Actor) error {
			_, err := o.GetManagedMembers(ctx, actor, room, app.PageRequest{})
			return err
		},
		"messages": func(actor app.Actor) error { _, err := o.GetManagedMessages(ctx, actor, room, Range{}); return err },
		"change":   func(actor app.Actor) error { return o.ChangeManagedChat(ctx, actor, room, ManagedPatch{Title: &title}) },
		"delete":   func(actor app.Actor) error { return o.DeleteManagedChat(ctx, actor, room) },
		"restore":  func(actor app.Actor) error { return o.RestoreManagedChat(ctx, actor, room) },
	}
	for name, intrude := range o.intrusions() {
		all[name] = func(actor app.Actor) error { return intrude(actor, "because") }
	}
	return all
}

func TestAdministrationIsForAdministrators(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for name, do := range o.deeds() {
		require.ErrorIs(t, do(app.Actor{}), app.ErrUnauthorized, name)
		require.ErrorIs(t, do(app.Actor{UserID: owner, SessionID: "s", Role: app.RoleUser, ConfirmedAt: noon}), app.ErrForbidden, name)
	}
	require.Empty(t, o.w.asked)
	require.Empty(t, o.recorded)
	require.Empty(t, o.w.signals)
}

func TestIntrusions(t *testing.T) {
	t.Parallel()
	t.Run("want the password of the last minutes, and a reason on one line", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		old := eve()
		old.ConfirmedAt = noon.Add(-app.ConfirmLasts)
		for name, do := range o.intrusions() {
			require.Same(t, app.ErrConfirm, do(old, "because"), name)
			for _, why := range []string{"", "  ", "one\ntwo", strings.Repeat("x", 501)} {
				require.ErrorIs(t, do(eve(), why), app.ErrInvalidInput, name)
			}
		}
		require.Empty(t, o.w.asked)
		require.Empty(t, o.w.signals)
	})
	t.Run("are recorded with the reason, and told in the chat", func(t *testing.T) {
		t.Parallel()
		for name, want := range map[string]struct {
			action audit.Action
			notice string
		}{
			"read":     {audit.ChatContentRead, "An administrator read this chat: because"},
			"join":     {audit.ChatJoined, "An administrator joined: because"},
			"transfer": {audit.ChatOwnerChanged, "An administrator made Cleo the owner: because"},
		} {
			o := newOffice(t)
			require.NoError(t, o.intrusions()[name](eve(), " because "))
			require.Equal(t, []string{want.notice}, o.notices)
			require.Len(t, o.recorded, 1)
			require.Equal(t, want.action, o.recorded[0].Action)
			require.Equal(t, string(room), o.recorded[0].Target)
			require.Equal(t, "because", o.recorded[0].Details[audit.KeyReason])
			require.Equal(t, []string{"changed"}, o.w.signals)
		}
	})
	t.Run("that cannot be recorded are told to nobody", func(t *testing.T) {
		t.Parallel()
		for name := range newOffice(t).intrusions() {
			o := newOffice(t)
			o.failing = errors.New("the disk is full")
			require.ErrorIs(t, o.intrusions()[name](eve(), "because"), o.failing)
			require.Empty(t, o.w.signals)
		}
	})
	t.Run("are refused where the chat is deleted", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		o.chat.DeletedAt = &noon
		for name, do := range o.intrusions() {
			require.ErrorIs(t, do(eve(), "because"), app.ErrConflict, name)
		}
		require.Empty(t, o.w.asked)
	})
	t.Run("a leave to read is the session's, as long as a password lasts", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		leave, err := o.OpenManagedChat(t.Context(), eve(), room, "because")
		require.NoError(t, err)
		require.Equal(t, noon.Add(15*time.Minute), leave.Until)
		require.Equal(t, leave.Until, o.until)
		require.Equal(t, app.SessionID("laptop"), o.session)
		list, err := o.GetManagedMessages(t.Context(), eve(), room, Range{})
		require.NoError(t, err)
		require.Nil(t, list[0].ClientID, "it is its author's")
	})
	t.Run("an address that nobody has is a mistake in the form", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		o.unknown = true
		err := o.TransferManagedChat(t.Context(), eve(), room, "nobody@example.org", "because")
		require.ErrorIs(t, err, app.ErrInvalidInput)
		require.Equal(t, "email", app.AsError(err).Details[0].Field)
	})
	t.Run("however many owners there were, their ids fit into an audit row", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		for range 40 {
			o.owners = append(o.owners, app.NewID[app.UserID]())
		}
		require.NoError(t, o.intrusions()["transfer"](eve(), "because"))
		require.LessOrEqual(t, len(o.recorded[0].Details[audit.KeyFrom]), 500)
	})
}

func TestManagedChanges(t *testing.T) {
	t.Parallel()
	yes, same, long := true, "Room", strings.Repeat("ü", 255)
	t.Run("only what changes is done and recorded", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		no := false
		require.NoError(t, o.ChangeManagedChat(t.Context(), eve(), room, ManagedPatch{Title: &same, Archived: &no}))
		require.Empty(t, o.w.asked)
		require.Empty(t, o.recorded)
		require.Empty(t, o.w.signals)
	})
	t.Run("each change is recorded for itself, and told to whom it concerns", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		require.NoError(t, o.ChangeManagedChat(t.Context(), eve(), room, ManagedPatch{Title: &long, Archived: &yes}))
		require.Equal(t, []string{"update chat", "archive"}, o.w.asked)
		require.Equal(t, audit.ChatRenamed, o.recorded[0].Action)
		require.Equal(t, audit.ChatArchived, o.recorded[1].Action)
		require.Equal(t, []string{"changed", "own part of owner", "own part of editor"}, o.w.signals)
		require.NotContains(t, o.recorded[0].Details, audit.KeyFrom, "the title before may be what somebody said")
		to := o.recorded[0].Details[audit.KeyTo]
		require.LessOrEqual(t, len(to), 500, "an audit row has no room for more")
		require.True(t, utf8.ValidString(to))
	})
	t.Run("deleting is told to all who were there", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		require.NoError(t, o.DeleteManagedChat(t.Context(), eve(), room))
		require.Equal(t, []string{"lost by owner", "lost by editor"}, o.w.signals)
	})
	t.Run("a deleted chat is restored for a week, and not changed before", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		require.ErrorIs(t, o.RestoreManagedChat(t.Context(), eve(), room), app.ErrConflict)
		then := noon.Add(-Grace)
		o.chat.DeletedAt = &then
		require.ErrorIs(t, o.RestoreManagedChat(t.Context(), eve(), room), app.ErrConflict)
		require.ErrorIs(t, o.ChangeManagedChat(t.Context(), eve(), room, ManagedPatch{Title: &long}), app.ErrConflict)
		require.ErrorIs(t, o.DeleteManagedChat(t.Context(), eve(), room), app.ErrConflict)
		then = then.Add(time.Second)
		require.NoError(t, o.RestoreManagedChat(t.Context(), eve(), room))
		require.Equal(t, []string{"reopen"}, o.w.asked)
	})
	t.Run("a list has an order and a state, whatever was asked", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		for _, filter := range []ManagedFilter{{}, {Query: " x ", State: StateDeleted, Sort: SortSize}} {
			_, err := o.GetManagedChats(t.Context(), eve(), filter, app.PageRequest{})
			require.NoError(t, err)
		}
		require.Equal(t, []string{"living by created: ", "deleted by size: x"}, o.w.asked)
		for _, filter := range []ManagedFilter{{State: "x"}, {Sort: "x"}, {Query: strings.Repeat("x", 201)}} {
			_, err := o.GetManagedChats(t.Context(), eve(), filter, app.PageRequest{})
			require.ErrorIs(t, err, app.ErrInvalidInput)
		}
	})
}

func TestRetentionOfAChat(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	admin := app.Actor{UserID: "root", Role: app.RoleAdmin}
	set := func(days *int) error {
		return o.ChangeManagedChat(t.Context(), admin, room, ManagedPatch{Retention: &RetentionDays{days}})
	}
	thirty, forever, wrong, long := 30, 0, -1, 3651
	require.NoError(t, set(&thirty))
	require.NoError(t, set(&forever))
	require.NoError(t, set(&forever), "what is so already is no change")
	require.NoError(t, set(nil))
	require.Len(t, o.recorded, 3)
	require.Equal(t, map[audit.Key]string{audit.KeyFrom: "0", audit.KeyTo: "instance"}, o.recorded[2].Details)
	require.ErrorIs(t, set(&wrong), app.ErrInvalidInput)
	require.ErrorIs(t, set(&long), app.ErrInvalidInput)
}
