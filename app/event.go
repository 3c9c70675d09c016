package app

// Changes is everything in a chat that changed in (From, Rev], in its state
// at Rev. With From equal to Rev and no items it is a notice: subscribe.
type Changes struct {
	ChatID   ChatID    `json:"chat_id"`
	From     int64     `json:"from"`
	Rev      int64     `json:"rev"`
	Messages []Message `json:"messages"`
	Chat     *Chat     `json:"chat,omitempty"`
	Members  []Member  `json:"members,omitempty"`
}

// Part is which text of an answer grows.
type Part string

// The two texts of an answer.
const (
	PartContent   Part = "content"
	PartReasoning Part = "reasoning"
)

// Delta is a piece of a running answer. Offset and End count UTF-8 bytes of
// that part; Rev names the run.
type Delta struct {
	ChatID    ChatID    `json:"chat_id"`
	MessageID MessageID `json:"message_id"`
	Rev       int64     `json:"rev"`
	Part      Part      `json:"part"`
	Offset    int       `json:"offset"`
	End       int       `json:"end"`
	Text      string    `json:"text"`
}

// Signals is how a service tells the world what it has committed. Calls come
// after the commit, never inside a transaction, and do not block.
type Signals interface {
	// ChatChanged carries one commit's changes of a chat.
	ChatChanged(Changes)
	// ChatStale tells that a chat may have changed in ways unknown here: look.
	ChatStale(ChatID)
	// ChatRead tells that a member has read up to a place.
	ChatRead(chat ChatID, user UserID, seq int64)
	// MineChanged tells that a member changed his own part of a chat.
	MineChanged(chat ChatID, user UserID)
	// ChatLost tells that a user is no longer in a chat (or that it is gone).
	ChatLost(chat ChatID, user UserID)
	// SessionEnded tells that sessions ended, and why.
	SessionEnded(why EndReason, sessions ...SessionID)
	// UserChanged tells that an account has another name, role or status.
	UserChanged(UserID)
	// SettingChanged tells that a setting of the instance has a new value.
	SettingChanged(name string)
}

// EndReason is why a session ended; a socket closes with a code that says it.
type EndReason string

// Signed out covers revoking, a new password and running out; disabled also
// covers deletion.
const (
	EndSignedOut EndReason = "signed_out"
	EndDisabled  EndReason = "disabled"
)
