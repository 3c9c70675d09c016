package app

import "time"

// SocketNode is a node of this instance that showed life lately, and what it
// told of who is connected to it.
type SocketNode struct {
	ID   NodeID `json:"id"`
	Host string `json:"host"`
	// CountedAt is when it last told; nil where nobody asked for a while, or
	// where it does not answer.
	CountedAt *time.Time `json:"counted_at"`
	Sockets   int        `json:"sockets"`
}

// NamedChat is a chat by its title alone.
type NamedChat struct {
	ID    ChatID `json:"id"`
	Title string `json:"title"`
}

// Socket is somebody's connection to a node: a WebSocket, or a stream that is
// read by HTTP.
type Socket struct {
	ID        string    `json:"id"`
	User      Person    `json:"user"`
	SessionID SessionID `json:"session_id"`
	IP        string    `json:"ip"`
	UserAgent string    `json:"user_agent"`
	Stream    bool      `json:"stream"`
	// Chats are the first ten that it follows, ChatCount is how many it follows.
	Chats     []NamedChat `json:"chats"`
	ChatCount int         `json:"chat_count"`
	// Queued is what waits to be sent, in bytes.
	Queued int       `json:"queued_bytes"`
	Since  time.Time `json:"since"`
	Node   NodeID    `json:"node"`
}

// RunningAnswer is an answer that is being written, or waits for its turn;
// then it is on no node yet.
type RunningAnswer struct {
	ID    MessageID `json:"id"`
	Chat  NamedChat `json:"chat"`
	Model string    `json:"model"`
	// Asker is nil for a person who was deleted.
	Asker   *Person       `json:"asker"`
	Status  MessageStatus `json:"status"`
	Stopped bool          `json:"stopping"`
	// Bytes is what is stored of it so far.
	Bytes int       `json:"bytes"`
	Since time.Time `json:"since"`
	Node  *NodeID   `json:"node"`
}
