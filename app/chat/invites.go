package chat

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// Bounds of an invite link.
const (
	InviteLasts = 7 * 24 * time.Hour
	// MaxInviteLasts and MaxInviteUses bound one link, MaxInvites a chat.
	MaxInviteLasts = 30 * 24 * time.Hour
	MaxInviteUses  = 100
	MaxInvites     = 100
)

// NewInvite is what a link is made with; nil takes the default: 7 days, once.
type NewInvite struct {
	Role string
	// ExpiresIn is in seconds.
	ExpiresIn *int64
	MaxUses   *int
}

// InviteRepository keeps invite links, under the SHA-256 of their tokens. A
// link lets people in while it lives: not expired, not used up, its chat there
// and its maker an owner of it.
type InviteRepository interface {
	// Create stores a link; conflict where the chat has MaxInvites.
	Create(ctx context.Context, id app.ChatID, invite app.Invite, hash []byte) (app.Invite, error)
	// GetByChatID lists the links of a chat that live, newest first.
	GetByChatID(ctx context.Context, id app.ChatID, page app.PageRequest) (app.Page[app.Invite], error)
	Delete(ctx context.Context, id app.ChatID, invite app.InviteID) error
	// GetByHash tells of a living link; any other is not_found.
	GetByHash(ctx context.Context, hash []byte) (app.Invitation, error)
	// Accept lets somebody in and counts the use, in one transaction. Who is
	// in already stays what he is, and nothing is counted.
	Accept(ctx context.Context, hash []byte, user app.UserID) (app.Changes, error)
}

// Invites is what people do with invite links.
type Invites struct {
	doorway
	kept  InviteRepository
	chats ChatRepository
	// url is where the link of a token leads.
	url func(token string) string
}

// NewInvites wires invite links to what they need.
func NewInvites(kept InviteRepository, chats ChatRepository, members MemberRepository, signals app.Signals, log *slog.Logger, url func(string) string) *Invites {
	return &Invites{doorway: doorway{members, signals, log}, kept: kept, chats: chats, url: url}
}

// GetInvites lists the links of a chat that live, for its owners.
func (v *Invites) GetInvites(ctx context.Context, actor app.Actor, id app.ChatID, page app.PageRequest) (app.Page[app.Invite], error) {
	if err := v.requireOwner(ctx, actor, id); err != nil {
		return app.Page[app.Invite]{}, err
	}
	return v.kept.GetByChatID(ctx, id, page)
}

// CreateInvite makes a link, for owners. Its URL is told here and never again.
func (v *Invites) CreateInvite(ctx context.Context, actor app.Actor, id app.ChatID, input NewInvite) (app.Invite, error) {
	if err := v.requireOwner(ctx, actor, id); err != nil {
		return app.Invite{}, err
	}
	invite, err := input.check()
	if err != nil {
		return app.Invite{}, err
	}
	token := make([]byte, 32)
	_, _ = rand.Read(token) // it never fails
	text := base64.RawURLEncoding.EncodeToString(token)
	invite.CreatedBy = app.Person{ID: actor.UserID, Name: actor.Name}
	invite, err = held(ctx, &v.doorway, actor, id, mustOwn, func(ctx context.Context, _ app.MemberRole) (app.Invite, error) {
		return v.kept.Create(ctx, id, invite, hashOf(text))
	})
	if err != nil {
		return app.Invite{}, err
	}
	v.record(actor, "create_invite", id)
	invite.URL = v.url(text)
	return invite, nil
}

// DeleteInvite revokes a link, for owners; who came in by it stays.
func (v *Invites) DeleteInvite(ctx context.Context, actor app.Actor, id app.ChatID, invite app.InviteID) error {
	if err := v.requireOwner(ctx, actor, id); err != nil {
		return err
	}
	err := v.kept.Delete(ctx, id, invite)
	if err == nil {
		v.record(actor, "delete_invite", id)
	}
	return err
}

// PreviewInvite tells whoever has a link what it opens.
func (v *Invites) PreviewInvite(ctx context.Context, token string) (app.Invitation, error) {
	if _, err := rule.Token(rule.FieldToken, token); err != nil {
		return app.Invitation{}, err
	}
	invitation, err := v.kept.GetByHash(ctx, hashOf(token))
	return invitation, noInvite(err)
}

// AcceptInvite lets the actor into the chat of a link and shows it to him.
func (v *Invites) AcceptInvite(ctx context.Context, actor app.Actor, token string) (app.Chat, error) {
	if !actor.SignedIn() {
		return app.Chat{}, app.ErrUnauthorized
	}
	if _, err := rule.Token(rule.FieldToken, token); err != nil {
		return app.Chat{}, err
	}
	changes, err := v.kept.Accept(ctx, hashOf(token), actor.UserID)
	if err != nil {
		return app.Chat{}, noInvite(err)
	}
	v.joined(actor, changes)
	return v.chats.GetByID(ctx, actor.UserID, changes.ChatID)
}

// Join lets a new account into the chat of a link, in the transaction of the
// context; tell is for after its commit.
func (v *Invites) Join(ctx context.Context, actor app.Actor, token string) (tell func(), err error) {
	changes, err := v.kept.Accept(ctx, hashOf(token), actor.UserID)
	return func() { v.joined(actor, changes) }, noInvite(err)
}

func (v *Invites) joined(actor app.Actor, changes app.Changes) {
	if changes.Rev > changes.From {
		v.tell(actor, "accept_invite", changes)
	}
}

// noInvite says one thing of every link that lets nobody in, whatever the
// reason: it is nobody's business which tokens there were.
func noInvite(err error) error {
	if errors.Is(err, app.ErrNotFound) {
		return app.Errorf(app.CodeNotFound, "This invite link does not work: it was used up, taken back, or it ran out. Ask for a new one.")
	}
	return err
}

func (n NewInvite) check() (app.Invite, error) {
	invite := app.Invite{ID: app.NewID[app.InviteID](), MaxUses: 1}
	lasts := InviteLasts
	var err error
	if invite.Role, err = rule.MemberRole(n.Role); err != nil {
		return invite, err
	}
	if invite.Role == app.MemberOwner {
		return invite, app.Invalid("role", "a link makes editors and viewers; make somebody an owner once he is in")
	}
	if n.MaxUses != nil {
		if invite.MaxUses = *n.MaxUses; invite.MaxUses < 1 || invite.MaxUses > MaxInviteUses {
			return invite, app.Invalid("max_uses", "a whole number from 1 to %d is expected", MaxInviteUses)
		}
	}
	if n.ExpiresIn != nil {
		if *n.ExpiresIn < 60 || *n.ExpiresIn > int64(MaxInviteLasts/time.Second) {
			return invite, app.Invalid("expires_in", "seconds, from 60 to %d (30 days), are expected", int64(MaxInviteLasts/time.Second))
		}
		lasts = time.Duration(*n.ExpiresIn) * time.Second
	}
	invite.ExpiresAt = time.Now().Add(lasts).UTC().Truncate(time.Microsecond)
	return invite, nil
}

// hashOf is what is kept of a token. Being 256 random bits it needs neither
// salt nor stretching.
func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
