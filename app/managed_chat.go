package app

import "time"

// ManagedChat is a chat as administrators see it: how large it is and whose,
// and nothing of what is said in it.
type ManagedChat struct {
	ID    ChatID `json:"id"`
	Title string `json:"title"`
	// Model is empty for whatever is the default.
	Model string `json:"model"`
	// Owner is the one who is longest there; nil where nobody owns the chat.
	Owner       *User `json:"owner"`
	MemberCount int   `json:"member_count"`
	Messages    int64 `json:"messages"`
	// Bytes is about how much text there is; nil where nobody has counted yet.
	Bytes *int64 `json:"bytes"`
	// Archived tells whether all members have put it away.
	Archived bool `json:"archived"`
	// RetentionDays is how long its messages are kept, 0 for good; nil is as
	// long as on the whole instance.
	RetentionDays *int      `json:"retention_days"`
	CreatedAt     time.Time `json:"created_at"`
	// UpdatedAt is when something was said last.
	UpdatedAt time.Time  `json:"updated_at"`
	DeletedAt *time.Time `json:"deleted_at"`
}

// Reading is the leave to read one chat until a moment.
type Reading struct {
	ChatID ChatID    `json:"chat_id"`
	Until  time.Time `json:"until"`
}
