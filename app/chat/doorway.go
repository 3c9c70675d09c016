package chat

import (
	"context"
	"log/slog"

	"github.com/quillium/quillium/app"
)

// doorway is where everything that is done in a room begins and ends: who may,
// and telling what changed.
type doorway struct {
	members MemberRepository
	signals app.Signals
	log     *slog.Logger
}

// Access tells what an actor is in a chat: not_found for strangers,
// unauthorized for nobody.
func (d *doorway) Access(ctx context.Context, actor app.Actor, id app.ChatID) (app.MemberRole, error) {
	if !actor.SignedIn() {
		return "", app.ErrUnauthorized
	}
	return d.members.Role(ctx, actor.UserID, id)
}

func (d *doorway) requireOwner(ctx context.Context, actor app.Actor, id app.ChatID) error {
	role, err := d.Access(ctx, actor, id)
	if err != nil {
		return err
	}
	return mustOwn(role)
}

func mustOwn(role app.MemberRole) error {
	if role != app.MemberOwner {
		return app.Errorf(app.CodeForbidden, "Only an owner of this chat may do this.")
	}
	return nil
}

func (d *doorway) requireEditor(ctx context.Context, actor app.Actor, id app.ChatID) (app.MemberRole, error) {
	role, err := d.Access(ctx, actor, id)
	if err == nil {
		err = mustWrite(role)
	}
	return role, err
}

func mustWrite(role app.MemberRole) error {
	if !role.MayWrite() {
		return readOnly()
	}
	return nil
}

// held does something to a chat if what the actor is there, once the chat is
// locked, lets him. Whoever may not is refused before without waiting for
// anybody; this is for what was taken from him while he waited.
func held[T any](ctx context.Context, d *doorway, actor app.Actor, id app.ChatID, may func(app.MemberRole) error,
	do func(context.Context, app.MemberRole) (T, error),
) (done T, err error) {
	err = d.members.Hold(ctx, actor.UserID, id, func(ctx context.Context, role app.MemberRole) error {
		if err := may(role); err != nil {
			return err
		}
		done, err = do(ctx, role)
		return err
	})
	return done, err
}

func readOnly() *app.Error {
	return app.Errorf(app.CodeForbidden, "You may read in this chat, but not write.")
}

// tell logs a change, one line each, and sends it to all who listen.
func (d *doorway) tell(actor app.Actor, action string, changes app.Changes) {
	d.record(actor, action, changes.ChatID)
	if changes.Rev > changes.From {
		d.signals.ChatChanged(changes)
	}
}

func (d *doorway) record(actor app.Actor, action string, id app.ChatID) {
	d.log.Info("change", "action", action, "user_id", actor.UserID, "chat_id", id, "request_id", actor.RequestID)
}
