package app

// Run is one life of an answer on one node: from the rev its message took
// when it began to stream until it ends.
type Run struct {
	ChatID    ChatID
	MessageID MessageID
	Rev       int64
	// Asker is who pays for it with his limits and permissions.
	Asker UserID
	Model string
	// Content and Reasoning are what the answer has already: a continued one
	// goes on from there.
	Content   string
	Reasoning string
}

// Owner is a node at one epoch of its life. A node that was declared dead
// comes back at another epoch, and what it owned before is not its own.
type Owner struct {
	Node  NodeID
	Epoch int64
}

// MaxWaiting is how many answers of a user and in a chat wait in order, beyond
// those that may run.
const MaxWaiting = 20

// Chunk is a piece of a running answer on its way into the live tail. Offset
// counts UTF-8 bytes from the start of the part.
type Chunk struct {
	MessageID MessageID
	Rev       int64
	Part      Part
	Offset    int
	Text      string
}

// Kept tells how far a part of a running answer is stored, and whether
// somebody wished the run to stop.
type Kept struct {
	MessageID MessageID
	Rev       int64
	Part      Part
	End       int
	Stop      bool
}

// Ending is how a run ends. A nil Content means: with what is stored.
type Ending struct {
	ChatID    ChatID
	MessageID MessageID
	Rev       int64
	Owner     Owner
	Status    MessageStatus
	Failure   *Failure
	Usage     *Usage
	Content   *string
	Reasoning *string
}

// Answer is a place for a model's answer. One with a Failure is stored as
// failed and never asked.
type Answer struct {
	ID      MessageID
	Model   string
	Failure *Failure
}
