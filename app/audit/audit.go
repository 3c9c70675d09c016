// Package audit records who did what, in the transaction of the change, so
// that there is no change without its record and no record without its
// change; and seals the records one after the other, so that a change behind
// Quillium's back is found.
package audit

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/quillium/quillium/app"
)

// Action names what was done: noun, dot, past participle.
type Action string

// The actions of accounts and of the instance.
const (
	UserRegistered      Action = "user.registered"
	UserCreated         Action = "user.created"
	UserRenamed         Action = "user.renamed"
	UserDeleted         Action = "user.deleted"
	UserDisabled        Action = "user.disabled"
	UserEnabled         Action = "user.enabled"
	UserPromoted        Action = "user.promoted"
	UserDemoted         Action = "user.demoted"
	FirstAdminMade      Action = "user.first_admin"
	PasswordChanged     Action = "password.changed"
	PasswordReset       Action = "password.reset"
	ResetLinkMade       Action = "reset_link.made"
	SetupLinkMade       Action = "setup_link.made"
	SessionStarted      Action = "session.started"
	SessionEnded        Action = "session.ended"
	SessionTokenReused  Action = "session.token_reused"
	SessionRefused      Action = "session.refused"
	LogExported         Action = "audit.exported"
	SettingChanged      Action = "setting.changed"
	ProviderCreated     Action = "provider.created"
	ProviderChanged     Action = "provider.changed"
	SocketEnded         Action = "socket.ended"
	AnswerStopped       Action = "answer.stopped"
	ProviderDeleted     Action = "provider.deleted"
	ProviderTested      Action = "provider.tested"
	ModelAdded          Action = "model.added"
	ModelChanged        Action = "model.changed"
	ModelDeleted        Action = "model.deleted"
	SignupInviteMade    Action = "signup_invite.made"
	SignupInviteDeleted Action = "signup_invite.deleted"
	UsersExported       Action = "users.exported"
	// Targets of these are the number of a job, and the name of a backup.
	JobRetried       Action = "job.retried"
	JobCancelled     Action = "job.cancelled"
	BackupRequested  Action = "backup.requested"
	BackupDownloaded Action = "backup.downloaded"
	BackupDeleted    Action = "backup.deleted"
	// Targets of these are chats of others.
	ChatRetentionSet Action = "chat.retention_set"
	ChatRenamed      Action = "chat.renamed"
	ChatArchived     Action = "chat.archived"
	ChatUnarchived   Action = "chat.unarchived"
	ChatDeleted      Action = "chat.deleted"
	ChatRestored     Action = "chat.restored"
	ChatOwnerChanged Action = "chat.owner_changed"
	ChatJoined       Action = "chat.joined_by_admin"
	ChatContentRead  Action = "chat.content_read"
)

// Key names a detail. There are only these, so that no secret and no text of
// a chat can get in by accident.
type Key string

// What events may tell besides who, what and whom.
const (
	KeyDevice   Key = "device"
	KeySession  Key = "session_id"
	KeySessions Key = "sessions_ended"
	KeyMessages Key = "messages"
	KeyRole     Key = "role"
	KeySetting  Key = "setting"
	KeyFrom     Key = "from"
	KeyTo       Key = "to"
	// KeyReason is why, in the words of who did it.
	KeyReason Key = "reason"
	// KeyField names what was changed of an account, not what it was.
	KeyField Key = "field"
	// KeyKind is what a job does.
	KeyKind Key = "kind"
)

func known(key Key) bool {
	switch key {
	case KeyDevice, KeySession, KeySessions, KeyMessages, KeyRole, KeySetting, KeyFrom, KeyTo, KeyReason, KeyField, KeyKind:
		return true
	}
	return false
}

// maxDetail bounds one detail, in bytes; maxReason a reason, which has 500
// characters.
const (
	maxDetail = 500
	maxReason = 2000
)

func longest(key Key) int {
	if key == KeyReason {
		return maxReason
	}
	return maxDetail
}

// maxHeader bounds what is kept of a header, in bytes.
const maxHeader = 300

// Event is one thing that somebody did. Target is the id of the noun it was
// done to. ID and At are filled in where they are empty.
type Event struct {
	ID      string
	At      time.Time
	Action  Action
	Actor   app.Actor
	Target  string
	Details map[Key]string
}

// Repository keeps events.
type Repository interface {
	Create(ctx context.Context, event Event) error
}

// Recorder records events.
type Recorder struct {
	events Repository
	now    func() time.Time
}

// NewRecorder makes a recorder; now is the clock.
func NewRecorder(events Repository, now func() time.Time) *Recorder {
	return &Recorder{events: events, now: now}
}

// Record stores an event in the transaction of the context. An event without
// an action, or with a detail that is not known or too long, is a mistake in
// the program and an error, so that its transaction fails in the tests.
func (r *Recorder) Record(ctx context.Context, event Event) error {
	if event.Action == "" {
		return fmt.Errorf("audit: an event without an action")
	}
	for key, value := range event.Details {
		if !known(key) || len(value) > longest(key) {
			return fmt.Errorf("audit: %s: the detail %q is not allowed", event.Action, key)
		}
	}
	if event.ID == "" {
		event.ID = app.NewID[string]()
	}
	if event.At.IsZero() {
		event.At = r.now()
	}
	event.Actor.UserAgent = clean(event.Actor.UserAgent)
	event.Actor.RequestID = clean(event.Actor.RequestID)
	return r.events.Create(ctx, event)
}

// clean makes a header fit to be kept: a stranger may send any bytes, and
// PostgreSQL takes only UTF-8 without U+0000.
func clean(header string) string {
	if len(header) > maxHeader {
		header = header[:maxHeader]
	}
	header = strings.ToValidUTF8(header, "")
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return -1
		}
		return c
	}, header)
}
