package chat

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// Administration is what administrators do with the chats of others. What is
// said in them is not shown: whoever wants to read, own or enter a chat types
// his password, says why, and the members read it in the chat.
type Administration struct {
	doorway
	AdministrationParts
}

// AdministrationParts are what Administration stands on.
type AdministrationParts struct {
	Chats    ManagedRepository
	Custody  Custodian
	Keeper   Keeper
	Retainer Retainer
	Audit    Recorder
	Now      func() time.Time
}

// NewAdministration wires it.
func NewAdministration(parts AdministrationParts, signals app.Signals, log *slog.Logger) *Administration {
	return &Administration{doorway: doorway{signals: signals, log: log}, AdministrationParts: parts}
}

// ManagedPatch is what becomes of a chat; nil stays. Archived is for all
// members.
type ManagedPatch struct {
	Title    *string
	Archived *bool
	// Retention is how long messages are kept.
	Retention *RetentionDays
}

// RetentionDays is how many days messages of a chat are kept, 0 for good; nil
// is as many as on the whole instance.
type RetentionDays struct{ Days *int }

// maxRetentionDays is as long as it may be, ten years.
const maxRetentionDays = 3650

func (r *RetentionDays) check() error {
	if r != nil && r.Days != nil && (*r.Days < 0 || *r.Days > maxRetentionDays) {
		return app.Invalid("retention_days", "0 to %d days are expected", maxRetentionDays)
	}
	return nil
}

func (r RetentionDays) word() string {
	if r.Days == nil {
		return "instance"
	}
	return strconv.Itoa(*r.Days)
}

// GetManagedChats lists all chats. Here as below, forbidden but to
// administrators.
func (a *Administration) GetManagedChats(ctx context.Context, actor app.Actor, filter ManagedFilter, page app.PageRequest) (app.Page[app.ManagedChat], error) {
	if err := mayAdminister(actor); err != nil {
		return app.Page[app.ManagedChat]{}, err
	}
	filter, err := filter.check()
	if err != nil {
		return app.Page[app.ManagedChat]{}, err
	}
	return a.Chats.List(ctx, filter, page)
}

// GetManagedChat is one of them, a deleted one too until it is erased.
func (a *Administration) GetManagedChat(ctx context.Context, actor app.Actor, id app.ChatID) (app.ManagedChat, error) {
	if err := mayAdminister(actor); err != nil {
		return app.ManagedChat{}, err
	}
	return a.Chats.GetByID(ctx, id)
}

// GetManagedMembers lists who is in a chat, with addresses.
func (a *Administration) GetManagedMembers(ctx context.Context, actor app.Actor, id app.ChatID, page app.PageRequest) (app.Page[app.Member], error) {
	if err := mayAdminister(actor); err != nil {
		return app.Page[app.Member]{}, err
	}
	return a.Chats.GetMembers(ctx, id, page)
}

// ChangeManagedChat renames a chat, and puts it away, or back, for all its
// members. Conflict where it is deleted.
func (a *Administration) ChangeManagedChat(ctx context.Context, actor app.Actor, id app.ChatID, patch ManagedPatch) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	var settings Settings
	if err := checked(&settings.Title, patch.Title, rule.Title); err != nil {
		return err
	}
	if err := patch.Retention.check(); err != nil {
		return err
	}
	changes := app.Changes{ChatID: id}
	var members []app.UserID
	err := a.living(ctx, actor, id, func(ctx context.Context, was app.ManagedChat) (events []audit.Event, err error) {
		if settings.Title != nil && *settings.Title != was.Title {
			// Not what it was: browsers take the first title from what was said first.
			events = append(events, audit.Event{Action: audit.ChatRenamed, Details: map[audit.Key]string{audit.KeyTo: cut(*settings.Title)}})
			if changes, err = a.Keeper.Update(ctx, id, settings); err != nil {
				return nil, err
			}
		}
		if patch.Archived != nil && *patch.Archived != was.Archived {
			action := audit.ChatUnarchived
			if *patch.Archived {
				action = audit.ChatArchived
			}
			events = append(events, audit.Event{Action: action})
			if members, err = a.Custody.Archive(ctx, id, *patch.Archived); err != nil {
				return nil, err
			}
		}
		if before := (RetentionDays{was.RetentionDays}); patch.Retention != nil && patch.Retention.word() != before.word() {
			events = append(events, audit.Event{
				Action: audit.ChatRetentionSet, Details: map[audit.Key]string{audit.KeyFrom: before.word(), audit.KeyTo: patch.Retention.word()},
			})
			err = a.Retainer.Retain(ctx, id, patch.Retention.Days)
		}
		return events, err
	})
	if err != nil {
		return err
	}
	a.tell(actor, "administer_chat", changes)
	for _, member := range members {
		a.signals.MineChanged(id, member)
	}
	return nil
}

// DeleteManagedChat hides a chat from everybody; it can be restored for Grace.
// Conflict where it is deleted already.
func (a *Administration) DeleteManagedChat(ctx context.Context, actor app.Actor, id app.ChatID) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	var members []app.UserID
	err := a.living(ctx, actor, id, func(ctx context.Context, _ app.ManagedChat) (events []audit.Event, err error) {
		members, err = a.Keeper.Delete(ctx, id)
		return []audit.Event{{Action: audit.ChatDeleted}}, err
	})
	if err != nil {
		return err
	}
	a.record(actor, "delete_chat", id)
	for _, member := range members {
		a.signals.ChatLost(id, member)
	}
	return nil
}

// RestoreManagedChat brings a deleted chat back. Conflict where it is not
// deleted, or was longer than Grace ago.
func (a *Administration) RestoreManagedChat(ctx context.Context, actor app.Actor, id app.ChatID) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	var changes app.Changes
	err := a.hold(ctx, actor, id, func(ctx context.Context, was app.ManagedChat) (events []audit.Event, err error) {
		if was.DeletedAt == nil {
			return nil, app.Errorf(app.CodeConflict, "This chat is not deleted.")
		}
		if !was.DeletedAt.After(a.Now().Add(-Grace)) {
			return nil, app.Errorf(app.CodeConflict, "This chat was deleted more than 7 days ago and is about to be erased.")
		}
		changes, err = a.Custody.Reopen(ctx, id, Grace)
		return []audit.Event{{Action: audit.ChatRestored}}, err
	})
	if err == nil {
		a.tell(actor, "restore_chat", changes)
	}
	return err
}

// living is hold for chats that are not deleted.
func (a *Administration) living(ctx context.Context, actor app.Actor, id app.ChatID, do func(context.Context, app.ManagedChat) ([]audit.Event, error)) error {
	return a.hold(ctx, actor, id, func(ctx context.Context, was app.ManagedChat) ([]audit.Event, error) {
		if was.DeletedAt != nil {
			return nil, app.Errorf(app.CodeConflict, "This chat is deleted; restore it first.")
		}
		return do(ctx, was)
	})
}

// hold does something to a chat and records it, in one transaction.
func (a *Administration) hold(ctx context.Context, actor app.Actor, id app.ChatID, do func(context.Context, app.ManagedChat) ([]audit.Event, error)) error {
	return a.Chats.Hold(ctx, id, func(ctx context.Context, was app.ManagedChat) error {
		events, err := do(ctx, was)
		if err != nil {
			return err
		}
		for _, event := range events {
			event.Actor, event.Target = actor, string(id)
			if err := a.Audit.Record(ctx, event); err != nil {
				return err
			}
		}
		return nil
	})
}
