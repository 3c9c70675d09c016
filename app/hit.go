package app

import "time"

// HitKind is where a search found its words.
type HitKind string

// A hit is the title of a chat or the text of a message.
const (
	HitTitle   HitKind = "title"
	HitMessage HitKind = "message"
)

// Hit is one place in which a search found all its words. Of a title it has
// the chat alone; the rest is nil, and CreatedAt is the chat's.
type Hit struct {
	Kind      HitKind      `json:"kind"`
	Chat      HitChat      `json:"chat"`
	MessageID *MessageID   `json:"message_id"`
	Seq       *int64       `json:"seq"`
	Role      *MessageRole `json:"role"`
	Author    *Person      `json:"author"`
	Model     *string      `json:"model"`
	CreatedAt time.Time    `json:"created_at"`
	Excerpt   []Fragment   `json:"excerpt"`
}

// HitChat names the chat of a hit.
type HitChat struct {
	ID    ChatID `json:"id"`
	Title string `json:"title"`
}

// Fragment is a piece of plain text; Hit marks what was searched for. One
// after the other they make the excerpt.
type Fragment struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit"`
}
