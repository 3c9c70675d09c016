package chat

import (
	"context"
	"log/slog"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// MembershipRepository keeps who is in a chat. Each change is one transaction
// under the chat's row lock and takes a rev a member.
type MembershipRepository interface {
	// GetByChatID lists members, longest there first, with their addresses.
	GetByChatID(ctx context.Context, id app.ChatID, page app.PageRequest) (app.Page[app.Member], error)
	// Add lets the account with this address in and names it; not_found where
	// there is none, conflict where it is in already or the chat is full.
	Add(ctx context.Context, id app.ChatID, emailKey string, role app.MemberRole) (app.UserID, app.Changes, error)
	// SetRole is a conflict where the last owner would go.
	SetRole(ctx context.Context, id app.ChatID, user app.UserID, role app.MemberRole) (app.Changes, error)
	// Remove takes somebody out; the last owner of others is a conflict. Who
	// is alone there deletes the chat: Restore brings it back.
	Remove(ctx context.Context, id app.ChatID, user app.UserID) (app.Changes, error)
}

// Members is what people do with who is in a chat.
type Members struct {
	doorway
	kept MembershipRepository
}

// NewMembers wires the rules of membership to what they need.
func NewMembers(kept MembershipRepository, members MemberRepository, signals app.Signals, log *slog.Logger) *Members {
	return &Members{doorway: doorway{members, signals, log}, kept: kept}
}

// GetMembers lists the people in a chat, for its members; addresses are for
// its owners.
func (m *Members) GetMembers(ctx context.Context, actor app.Actor, id app.ChatID, page app.PageRequest) (app.Page[app.Member], error) {
	role, err := m.Access(ctx, actor, id)
	if err != nil {
		return app.Page[app.Member]{}, err
	}
	list, err := m.kept.GetByChatID(ctx, id, page)
	if err == nil && role != app.MemberOwner {
		for i := range list.Data {
			list.Data[i].Email = ""
		}
	}
	return list, err
}

// AddMember lets an account in by its address. Owners only; not_found where
// nobody has the address, conflict where he is in already.
func (m *Members) AddMember(ctx context.Context, actor app.Actor, id app.ChatID, email, as string) (app.Member, error) {
	if err := m.requireOwner(ctx, actor, id); err != nil {
		return app.Member{}, err
	}
	email, err := rule.Email(email)
	if err != nil {
		return app.Member{}, err
	}
	role, err := rule.MemberRole(as)
	if err != nil {
		return app.Member{}, err
	}
	var user app.UserID
	changes, err := held(ctx, &m.doorway, actor, id, mustOwn, func(ctx context.Context, _ app.MemberRole) (changes app.Changes, err error) {
		user, changes, err = m.kept.Add(ctx, id, rule.EmailKey(email), role)
		return changes, err
	})
	if err != nil {
		return app.Member{}, err
	}
	m.tell(actor, "add_member", changes)
	member := memberOf(changes.Members, user)
	member.Email = email
	return member, nil
}

// SetRole makes a member something else. Owners only; conflict where nobody
// would own the chat.
func (m *Members) SetRole(ctx context.Context, actor app.Actor, id app.ChatID, user app.UserID, as string) (app.Member, error) {
	if err := m.requireOwner(ctx, actor, id); err != nil {
		return app.Member{}, err
	}
	role, err := rule.MemberRole(as)
	if err != nil {
		return app.Member{}, err
	}
	changes, err := held(ctx, &m.doorway, actor, id, mustOwn, func(ctx context.Context, _ app.MemberRole) (app.Changes, error) {
		return m.kept.SetRole(ctx, id, user, role)
	})
	if err != nil {
		return app.Member{}, err
	}
	m.tell(actor, "change_role", changes)
	return memberOf(changes.Members, user), nil
}

// RemoveMember takes somebody out of a chat: owners anybody, everybody
// himself. Conflict where others would be left without an owner; who is alone
// deletes the chat.
func (m *Members) RemoveMember(ctx context.Context, actor app.Actor, id app.ChatID, user app.UserID) error {
	role, err := m.Access(ctx, actor, id)
	if err != nil {
		return err
	}
	action, may := "leave_chat", func(app.MemberRole) error { return nil }
	if user != actor.UserID {
		action, may = "remove_member", mustOwn
	}
	if err := may(role); err != nil {
		return err
	}
	changes, err := held(ctx, &m.doorway, actor, id, may, func(ctx context.Context, _ app.MemberRole) (app.Changes, error) {
		return m.kept.Remove(ctx, id, user)
	})
	if err != nil {
		return err
	}
	m.signals.ChatLost(id, user)
	m.tell(actor, action, changes)
	return nil
}

func memberOf(members []app.Member, user app.UserID) app.Member {
	for _, m := range members {
		if m.User.ID == user {
			return m
		}
	}
	return app.Member{}
}
