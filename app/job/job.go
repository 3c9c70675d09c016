// Package job says which work is done in the background, and lets
// administrators see and steer it. How jobs are kept and run is the business of
// whoever implements Queue. It imports app, app/audit and the standard library
// only.
package job

import (
	"context"
	"encoding/json"
	"time"

	"github.com/quillium/quillium/app"
)

// Kind is what a job does.
type Kind string

// The kinds there are.
const (
	RollUpUsage    Kind = "roll_up_usage"
	EndSessions    Kind = "end_sessions"
	DeleteAccounts Kind = "delete_accounts"
	EraseChats     Kind = "erase_chats"
	ExpireMessages Kind = "expire_messages"
	RetireAudit    Kind = "retire_audit"
	Backup         Kind = "backup"
	ForgetLogs     Kind = "forget_logs"
	CountChats     Kind = "count_chats"
)

// Definition is what is true of all jobs of a kind. Every job may run twice,
// at once or again after half of it was done, and does no harm by it.
type Definition struct {
	Kind Kind
	// Title says in words what it does.
	Title string
	// Every is how often it is done by itself; 0 is when somebody asks.
	Every time.Duration
	// Longest bounds one try.
	Longest time.Duration
	// Here binds it to the node that asked: what it makes is there.
	Here bool
}

// Table is every kind, in the order in which they are shown.
func Table() []Definition {
	return []Definition{
		{Kind: Backup, Title: "Make a backup", Longest: 6 * time.Hour, Here: true},
		{Kind: RollUpUsage, Title: "Roll up usage by hours", Every: 10 * time.Minute, Longest: time.Minute},
		{Kind: CountChats, Title: "Count how large chats are", Every: time.Minute, Longest: 10 * time.Minute},
		{Kind: EndSessions, Title: "End sessions that ran out", Every: time.Minute, Longest: time.Minute},
		{Kind: DeleteAccounts, Title: "Delete accounts", Every: time.Minute, Longest: time.Hour},
		{Kind: ExpireMessages, Title: "Erase messages that are too old", Every: time.Hour, Longest: time.Hour},
		{Kind: EraseChats, Title: "Erase chats that were deleted", Every: time.Hour, Longest: 10 * time.Minute},
		{Kind: RetireAudit, Title: "Remove old rows of the audit log", Every: time.Hour, Longest: 10 * time.Minute},
		{Kind: ForgetLogs, Title: "Forget what was logged over 7 days ago", Every: time.Hour, Longest: 10 * time.Minute},
	}
}

// define finds the definition of a kind.
func define(kind Kind) (Definition, bool) {
	for _, d := range Table() {
		if d.Kind == kind {
			return d, true
		}
	}
	return Definition{}, false
}

// TitleOf says in words what jobs of a kind do; of one that there is no longer
// it is the kind.
func TitleOf(kind Kind) string {
	if d, known := define(kind); known {
		return d.Title
	}
	return string(kind)
}

// SharedQueue has what any node may do, and QueueOf what one has to do itself.
const SharedQueue = "default"

// QueueOf is the queue of jobs that are bound to a node.
func QueueOf(node app.NodeID) string { return "node-" + string(node) }

// Task is one try of a job, for whoever does it.
type Task struct {
	ID   int64
	Made time.Time
	Args json.RawMessage
	// Report tells how far it is, in a few words. It never fails: who watches
	// is of no weight to the work.
	Report func(ctx context.Context, progress string)
}

// Run does one try of a job. The context ends when the job is cancelled, when
// it takes too long, and when the server has to go; an error has it tried
// again.
type Run func(ctx context.Context, task Task) error
