package assistant

import (
	"context"

	"github.com/quillium/quillium/app"
)

// Restart asks for a new run of an answer that has ended. Keep goes on from
// its text (continue); otherwise the text becomes a version (regenerate).
type Restart struct {
	ChatID    app.ChatID
	MessageID app.MessageID
	Asker     app.UserID
	Model     string
	Keep      bool
	Owner     app.Owner
}

// RunRepository keeps answers that run, from their start to their end.
type RunRepository interface {
	// Restart begins a new run; conflict where one is under way, or where
	// there is nothing to continue.
	Restart(ctx context.Context, restart Restart) (app.Changes, error)
	// Stop stores the wish to stop and tells which run it holds for; 0 where
	// the answer has ended. A waiting answer becomes stopped at once.
	Stop(ctx context.Context, chat app.ChatID, id app.MessageID) (app.Changes, int64, error)
	// End ends a run. Where it has ended already nothing happens, and the
	// changes have no rev of their own.
	End(ctx context.Context, ending app.Ending) (app.Changes, error)
	// Waiting lists answers whose turn it is, oldest first; a claim takes one.
	Waiting(ctx context.Context, limit int) ([]app.Run, error)
	Claim(ctx context.Context, owner app.Owner, run app.Run) (app.Changes, error)
	// Held lists the runs that are stored as this owner's.
	Held(ctx context.Context, owner app.Owner) ([]app.Run, error)
}

// Beat is a sign of life of a node.
type Beat struct {
	Node  app.NodeID
	Epoch int64
	Beat  int64
}

// NodeRepository keeps which nodes live, and the live tail of what they run.
type NodeRepository interface {
	// Register brings a node to life at its next epoch.
	Register(ctx context.Context, id app.NodeID) (app.Owner, error)
	// Flush raises the node's beat and appends chunks, in one transaction of
	// two statements. alive is false where the node was declared dead; kept
	// tells of every part of the runs asked about that still stream.
	Flush(ctx context.Context, owner app.Owner, runs []app.Run, chunks []app.Chunk) (alive bool, kept []app.Kept, err error)
	// Beats lists the nodes that own running answers.
	Beats(ctx context.Context) ([]Beat, error)
	// Bury commits the next epoch of a node that shows no life, unless it
	// moved meanwhile.
	Bury(ctx context.Context, beat Beat) (bool, error)
	// Orphans lists runs whose owner is gone.
	Orphans(ctx context.Context) ([]app.Ending, error)
	// Forget removes nodes that have owned nothing for long.
	Forget(ctx context.Context, self app.NodeID) error
}

// Turn is a message of the past, as a model is told of it.
type Turn struct {
	ID      app.MessageID
	Role    app.MessageRole
	Author  string
	Content string
}

// Past is what an answer is based on: the system prompt of its chat, and the
// turns before it, newest first.
type Past struct {
	System  string
	Members int
	Turns   []Turn
}

// PastRepository reads what an answer is based on.
type PastRepository interface {
	// Past reads the turns before an answer, newest first, as many as fit
	// into this many bytes. Other answers to the same question are left out.
	Past(ctx context.Context, chat app.ChatID, answer app.MessageID, bytes int) (Past, error)
}
