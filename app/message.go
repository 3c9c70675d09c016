package app

import "time"

// MessageRole is who speaks.
type MessageRole string

// The speakers of a chat.
const (
	MessageUser      MessageRole = "user"
	MessageAssistant MessageRole = "assistant"
	MessageSystem    MessageRole = "system"
)

// MessageStatus is where a message is in its life. People's messages are
// complete from the start.
type MessageStatus string

// An answer waits (queued), grows (streaming) and ends in one of the others.
const (
	StatusQueued      MessageStatus = "queued"
	StatusStreaming   MessageStatus = "streaming"
	StatusComplete    MessageStatus = "complete"
	StatusStopped     MessageStatus = "stopped"
	StatusInterrupted MessageStatus = "interrupted"
	StatusFailed      MessageStatus = "failed"
)

// Running tells whether an answer has not ended yet.
func (s MessageStatus) Running() bool { return s == StatusQueued || s == StatusStreaming }

// MayContinue tells whether an answer broke off, so that it can be taken up.
func (s MessageStatus) MayContinue() bool {
	return s == StatusStopped || s == StatusInterrupted || s == StatusFailed
}

// Message is one place in a chat. Seq is that place; Rev is the chat's rev at
// the message's last change. While it streams, Rev names the run.
type Message struct {
	ID        MessageID     `json:"id"`
	ChatID    ChatID        `json:"chat_id"`
	Seq       int64         `json:"seq"`
	Rev       int64         `json:"rev"`
	Role      MessageRole   `json:"role"`
	Author    *Person       `json:"author"`
	Model     *string       `json:"model"`
	Content   string        `json:"content"`
	Reasoning *string       `json:"reasoning"`
	Status    MessageStatus `json:"status"`
	Error     *Failure      `json:"error"`
	ReplyTo   *MessageID    `json:"reply_to"`
	// ClientID is for its author alone: see WithoutClientID.
	ClientID    *string      `json:"client_id"`
	Version     int          `json:"version"`
	Versions    int          `json:"versions"`
	Attachments []Attachment `json:"attachments"`
	Usage       *Usage       `json:"usage"`
	CreatedAt   time.Time    `json:"created_at"`
	UpdatedAt   time.Time    `json:"updated_at"`
	DeletedAt   *time.Time   `json:"deleted_at"`
}

// Attachment is reserved: a message has none yet.
type Attachment struct{}

// Failure is why an answer ended badly, as a person reads it.
type Failure struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// Usage counts the tokens of one run, as the endpoint told them.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
}

// WithoutClientID is the copy of a message that everybody may see.
func (m Message) WithoutClientID() Message {
	m.ClientID = nil
	return m
}

// For is the copy of a message that this user may see.
func (m Message) For(user UserID) Message {
	if m.Author == nil || m.Author.ID != user {
		return m.WithoutClientID()
	}
	return m
}

// Size is how many bytes of text a message has.
func (m Message) Size() int {
	size := len(m.Content)
	if m.Reasoning != nil {
		size += len(*m.Reasoning)
	}
	return size
}
