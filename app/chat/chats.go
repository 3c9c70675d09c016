package chat

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// NewChat is what a chat can be made with; nil takes the default.
type NewChat struct {
	Title        *string
	Model        *string
	SystemPrompt *string
	ReplyPolicy  *string
}

// Patch is what may be changed of a chat; nil stays. The first four are for
// owners, the last two each member has for himself.
type Patch struct {
	NewChat
	Pinned   *bool
	Archived *bool
}

// GetChats lists the actor's chats, newest activity first.
func (s *Service) GetChats(ctx context.Context, actor app.Actor, filter Filter, page app.PageRequest) (app.Page[app.Chat], error) {
	if !actor.SignedIn() {
		return app.Page[app.Chat]{}, app.ErrUnauthorized
	}
	query, err := rule.Query(filter.Query)
	if err != nil {
		return app.Page[app.Chat]{}, err
	}
	filter.Query = query
	return s.chats.GetByUserID(ctx, actor.UserID, filter, page)
}

// GetChat finds one of the actor's chats; not_found for all others.
func (s *Service) GetChat(ctx context.Context, actor app.Actor, id app.ChatID) (app.Chat, error) {
	if !actor.SignedIn() {
		return app.Chat{}, app.ErrUnauthorized
	}
	return s.chats.GetByID(ctx, actor.UserID, id)
}

// CreateChat makes a chat with the actor as its owner; invalid_input where a
// value breaks its rule.
func (s *Service) CreateChat(ctx context.Context, actor app.Actor, input NewChat) (app.Chat, error) {
	if !actor.SignedIn() {
		return app.Chat{}, app.ErrUnauthorized
	}
	settings, err := input.check()
	if err != nil {
		return app.Chat{}, err
	}
	chat := app.Chat{ID: app.NewID[app.ChatID](), Title: rule.DefaultTitle, ReplyPolicy: app.ReplyAlways}
	settings.apply(&chat)
	chat, err = s.chats.Create(ctx, actor.UserID, chat, settings.ReplyPolicy != nil)
	if err == nil {
		s.record(actor, "create_chat", chat.ID)
	}
	return chat, err
}

// UpdateChat changes a chat: its shared part for owners (else forbidden), the
// actor's own part for every member.
func (s *Service) UpdateChat(ctx context.Context, actor app.Actor, id app.ChatID, patch Patch) (app.Chat, error) {
	role, err := s.Access(ctx, actor, id)
	if err != nil {
		return app.Chat{}, err
	}
	shared := patch.NewChat != NewChat{}
	if shared && role != app.MemberOwner {
		return app.Chat{}, app.Errorf(app.CodeForbidden, "Only an owner of this chat may change it.")
	}
	settings, err := patch.check()
	if err != nil {
		return app.Chat{}, err
	}
	if shared {
		changes, err := held(ctx, &s.doorway, actor, id, mustOwn, func(ctx context.Context, _ app.MemberRole) (app.Changes, error) {
			return s.chats.Update(ctx, id, settings)
		})
		if err != nil {
			return app.Chat{}, err
		}
		s.tell(actor, "update_chat", changes)
	}
	if patch.Pinned != nil || patch.Archived != nil {
		if err := s.members.SetMine(ctx, actor.UserID, id, Mine{Pinned: patch.Pinned, Archived: patch.Archived}); err != nil {
			return app.Chat{}, err
		}
		s.signals.MineChanged(id, actor.UserID)
	}
	return s.chats.GetByID(ctx, actor.UserID, id)
}

// DeleteChat hides a chat from everybody; an owner may restore it for Grace.
func (s *Service) DeleteChat(ctx context.Context, actor app.Actor, id app.ChatID) error {
	if err := s.requireOwner(ctx, actor, id); err != nil {
		return err
	}
	members, err := held(ctx, &s.doorway, actor, id, mustOwn, func(ctx context.Context, _ app.MemberRole) ([]app.UserID, error) {
		return s.chats.Delete(ctx, id)
	})
	if err != nil {
		return err
	}
	s.record(actor, "delete_chat", id)
	for _, member := range members {
		s.signals.ChatLost(id, member)
	}
	return nil
}

// RestoreChat brings back a chat that one of its owners deleted.
func (s *Service) RestoreChat(ctx context.Context, actor app.Actor, id app.ChatID) (app.Chat, error) {
	if !actor.SignedIn() {
		return app.Chat{}, app.ErrUnauthorized
	}
	changes, err := s.chats.Restore(ctx, actor.UserID, id, Grace)
	if err != nil {
		return app.Chat{}, err
	}
	s.tell(actor, "restore_chat", changes)
	return s.chats.GetByID(ctx, actor.UserID, id)
}

// EraseDeleted removes for good what was deleted longer than Grace ago.
func (s *Service) EraseDeleted(ctx context.Context, janitor Janitor) error {
	n, err := janitor.Erase(ctx, time.Now().Add(-Grace))
	if n > 0 {
		s.log.Info("change", "action", "erase_chats", "count", n)
	}
	return err
}

// Read moves the actor's read mark; never backwards. It is written at once,
// or with others of the same second at its end.
func (s *Service) Read(ctx context.Context, actor app.Actor, id app.ChatID, seq int64) error {
	if _, err := s.Access(ctx, actor, id); err != nil {
		return err
	}
	if seq < 0 {
		return app.Invalid("seq", "it must be 0 or more")
	}
	return s.reads.mark(ctx, reader{id, actor.UserID}, seq)
}

// FlushReads writes the read marks that wait for the end of their second.
func (s *Service) FlushReads(ctx context.Context) error { return s.reads.flush(ctx) }

func (s *Service) writeRead(ctx context.Context, who reader, seq int64) error {
	at, moved, err := s.members.MarkRead(ctx, who.user, who.chat, seq)
	if err == nil && moved {
		s.signals.ChatRead(who.chat, who.user, at)
	}
	return err
}

func (n NewChat) check() (Settings, error) {
	var out Settings
	if err := checked(&out.Title, n.Title, rule.Title); err != nil {
		return out, err
	}
	if err := checked(&out.Model, n.Model, rule.Model); err != nil {
		return out, err
	}
	if err := checked(&out.SystemPrompt, n.SystemPrompt, rule.SystemPrompt); err != nil {
		return out, err
	}
	return out, checked(&out.ReplyPolicy, n.ReplyPolicy, rule.ReplyPolicy)
}

func checked[T any](out **T, in *string, rule func(string) (T, error)) error {
	if in == nil {
		return nil
	}
	value, err := rule(*in)
	*out = &value
	return err
}

func (s Settings) apply(chat *app.Chat) {
	set(&chat.Title, s.Title)
	set(&chat.Model, s.Model)
	set(&chat.SystemPrompt, s.SystemPrompt)
	set(&chat.ReplyPolicy, s.ReplyPolicy)
}

func set[T any](into, from *T) {
	if from != nil {
		*into = *from
	}
}
