package chat

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// intrude is how an administrator gets at what is said in a chat of others:
// with his password of the last minutes, for a reason, recorded, and told to
// the members by what do leaves in the chat.
func (a *Administration) intrude(ctx context.Context, actor app.Actor, id app.ChatID, action audit.Action, why string,
	do func(ctx context.Context, why string) (audit.Event, app.Changes, error),
) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	if err := actor.Confirmed(a.Now()); err != nil {
		return err
	}
	why, err := rule.Reason(why)
	if err != nil {
		return err
	}
	var changes app.Changes
	err = a.living(ctx, actor, id, func(ctx context.Context, _ app.ManagedChat) ([]audit.Event, error) {
		event, made, err := do(ctx, why)
		changes, event.Action = made, action
		if event.Details == nil {
			event.Details = map[audit.Key]string{}
		}
		event.Details[audit.KeyReason] = why
		return []audit.Event{event}, err
	})
	if err == nil {
		a.tell(actor, string(action), public(changes))
	}
	return err
}

// OpenManagedChat lets the actor's session read a chat for as long as a
// password lasts. Conflict where it is deleted.
func (a *Administration) OpenManagedChat(ctx context.Context, actor app.Actor, id app.ChatID, why string) (app.Reading, error) {
	leave := app.Reading{ChatID: id, Until: a.Now().Add(app.ConfirmLasts).UTC().Truncate(time.Microsecond)} // as the database keeps it
	err := a.intrude(ctx, actor, id, audit.ChatContentRead, why, func(ctx context.Context, why string) (event audit.Event, changes app.Changes, err error) {
		changes, err = a.Custody.Open(ctx, id, actor.SessionID, leave.Until, "An administrator read this chat: "+why)
		return event, changes, err
	})
	return leave, err
}

// GetManagedMessages lists messages ascending by seq while the actor's session
// may read the chat; else forbidden.
func (a *Administration) GetManagedMessages(ctx context.Context, actor app.Actor, id app.ChatID, within Range) ([]app.Message, error) {
	if err := mayAdminister(actor); err != nil {
		return nil, err
	}
	list, err := a.Chats.GetMessages(ctx, id, actor.SessionID, a.Now(), within)
	for i := range list {
		list[i] = list[i].WithoutClientID()
	}
	return list, err
}

// JoinManagedChat makes the actor a member of a chat, or, where he is one, its
// owner beside those who are. Conflict where he is that already.
func (a *Administration) JoinManagedChat(ctx context.Context, actor app.Actor, id app.ChatID, as, why string) error {
	return a.intrude(ctx, actor, id, audit.ChatJoined, why, func(ctx context.Context, why string) (event audit.Event, changes app.Changes, err error) {
		role, err := rule.MemberRole(as)
		if err != nil {
			return event, changes, err
		}
		event.Details = map[audit.Key]string{audit.KeyRole: string(role)}
		changes, err = a.Custody.Enter(ctx, id, actor.UserID, role, "An administrator joined: "+why)
		return event, changes, err
	})
}

// TransferManagedChat makes the account of this address the only owner of a
// chat; whoever owned it is an editor then. Invalid_input where nobody has the
// address, conflict where he owns it alone already or the chat is full.
func (a *Administration) TransferManagedChat(ctx context.Context, actor app.Actor, id app.ChatID, email, why string) error {
	return a.intrude(ctx, actor, id, audit.ChatOwnerChanged, why, func(ctx context.Context, why string) (event audit.Event, changes app.Changes, err error) {
		email, err := rule.Email(email)
		if err != nil {
			return event, changes, err
		}
		person, err := a.Custody.GetPerson(ctx, rule.EmailKey(email))
		if err != nil {
			if errors.Is(err, app.ErrNotFound) {
				err = app.Invalid("email", "nobody here has this address")
			}
			return event, changes, err
		}
		owners, changes, err := a.Custody.Transfer(ctx, id, person.ID, "An administrator made "+person.Name+" the owner: "+why)
		event.Details = map[audit.Key]string{audit.KeyFrom: named(owners), audit.KeyTo: string(person.ID)}
		return event, changes, err
	})
}

// An audit row has room for this many bytes, and owners.
const (
	mostBytes  = 480
	mostOwners = 12
)

func cut(text string) string {
	if len(text) <= mostBytes {
		return text
	}
	end := mostBytes
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

func named(owners []app.UserID) string {
	list := make([]string, 0, mostOwners)
	for _, owner := range owners[:min(len(owners), mostOwners)] {
		list = append(list, string(owner))
	}
	return strings.Join(list, ", ")
}
