package chat

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// ManagedState chooses which of all chats are listed.
type ManagedState string

// Living chats are those that nobody deleted, the archived ones included;
// archived is what all members have put away.
const (
	StateLiving   ManagedState = "living"
	StateArchived ManagedState = "archived"
	StateDeleted  ManagedState = "deleted"
)

// ManagedSort is the order of all chats, the newest or most first. The last
// two know of what was counted last, which is a minute ago at most.
type ManagedSort string

// The orders: when a chat was made, when somebody wrote last, how much text.
const (
	SortCreated ManagedSort = "created"
	SortActive  ManagedSort = "active"
	SortSize    ManagedSort = "size"
)

// ManagedFilter chooses and orders chats for administrators. Empty values are
// the first ones. Query is looked for in titles; a chat's id finds it.
type ManagedFilter struct {
	Query string
	State ManagedState
	Sort  ManagedSort
}

func (f ManagedFilter) check() (ManagedFilter, error) {
	query, err := rule.Query(f.Query)
	if err != nil {
		return f, err
	}
	f.Query = query
	switch f.State {
	case "":
		f.State = StateLiving
	case StateLiving, StateArchived, StateDeleted:
	default:
		return f, app.Invalid("state", "one of living, archived, deleted")
	}
	switch f.Sort {
	case "":
		f.Sort = SortCreated
	case SortCreated, SortActive, SortSize:
	default:
		return f, app.Invalid("sort", "one of created, active, size")
	}
	return f, nil
}

// ManagedRepository shows all chats there are.
type ManagedRepository interface {
	List(ctx context.Context, filter ManagedFilter, page app.PageRequest) (app.Page[app.ManagedChat], error)
	GetByID(ctx context.Context, id app.ChatID) (app.ManagedChat, error)
	// Hold runs work in one transaction, under the chat's lock, with how it is.
	Hold(ctx context.Context, id app.ChatID, work func(context.Context, app.ManagedChat) error) error
	// GetMembers lists members, longest there first, with their addresses.
	GetMembers(ctx context.Context, id app.ChatID, page app.PageRequest) (app.Page[app.Member], error)
	// GetMessages lists messages ascending by seq for a session that may read
	// the chat at this moment; forbidden for others.
	GetMessages(ctx context.Context, id app.ChatID, session app.SessionID, now time.Time, within Range) ([]app.Message, error)
}

// Retainer says how long messages of a chat are kept.
type Retainer interface {
	// Retain takes days, 0 for good, or nil for as long as on the instance.
	Retain(ctx context.Context, id app.ChatID, days *int) error
}

// Custodian changes chats of others, in the transaction of the context. A
// notice is a message of the server to all members.
type Custodian interface {
	// GetPerson finds an active account by its address.
	GetPerson(ctx context.Context, emailKey string) (app.Person, error)
	// Archive puts a chat away, or back, for all members, and tells who they are.
	Archive(ctx context.Context, id app.ChatID, archived bool) ([]app.UserID, error)
	// Transfer makes somebody the only owner, and tells who owned it before:
	// they are editors then.
	Transfer(ctx context.Context, id app.ChatID, to app.UserID, notice string) ([]app.UserID, app.Changes, error)
	// Enter lets somebody in, or makes a member an owner; conflict where he is
	// that already.
	Enter(ctx context.Context, id app.ChatID, user app.UserID, role app.MemberRole, notice string) (app.Changes, error)
	// Open lets a session read the chat until a moment.
	Open(ctx context.Context, id app.ChatID, session app.SessionID, until time.Time, notice string) (app.Changes, error)
	// Reopen brings a deleted chat back while the grace lasts.
	Reopen(ctx context.Context, id app.ChatID, grace time.Duration) (app.Changes, error)
}

// Keeper changes what every owner may change too.
type Keeper interface {
	Update(ctx context.Context, id app.ChatID, settings Settings) (app.Changes, error)
	Delete(ctx context.Context, id app.ChatID) ([]app.UserID, error)
}

// Recorder keeps who did what.
type Recorder interface {
	Record(ctx context.Context, event audit.Event) error
}

func mayAdminister(actor app.Actor) error {
	switch {
	case actor.Role == app.RoleAdmin:
		return nil
	case !actor.SignedIn():
		return app.ErrUnauthorized
	}
	return app.Errorf(app.CodeForbidden, "Only administrators may do this.")
}
