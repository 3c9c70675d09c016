package realtime

import "github.com/quillium/quillium/app"

// Envelope is what travels: one JSON object a line. ID is the client's own,
// and only answers carry it.
type Envelope struct {
	Type string `json:"type"`
	ID   string `json:"id,omitempty"`
	Data any    `json:"data,omitempty"`
}

// Subscribed answers a subscribe: the chat as it is now.
type Subscribed struct {
	Chat     app.Chat      `json:"chat"`
	Me       app.Me        `json:"me"`
	Rev      int64         `json:"rev"`
	Reset    bool          `json:"reset"`
	Messages []app.Message `json:"messages"`
	Members  []app.Member  `json:"members"`
	Online   []app.UserID  `json:"online"`
}

// Problem is an error as a socket tells it.
type Problem struct {
	Code         app.Code   `json:"code"`
	Message      string     `json:"message"`
	ChatID       app.ChatID `json:"chat_id,omitempty"`
	RetryAfterMS int64      `json:"retry_after_ms,omitempty"`
}

// Typing tells that somebody types; it holds for 6 s at the receiver.
type Typing struct {
	ChatID app.ChatID `json:"chat_id"`
	User   app.Person `json:"user"`
}

// Read tells how far somebody has read.
type Read struct {
	ChatID app.ChatID `json:"chat_id"`
	UserID app.UserID `json:"user_id"`
	Seq    int64      `json:"seq"`
}

// InChat names a chat and nothing else.
type InChat struct {
	ChatID app.ChatID `json:"chat_id"`
}

// ErrorEnvelope says what was wrong with a request; id is the request's.
func ErrorEnvelope(id string, chat app.ChatID, err error) Envelope {
	known := app.AsError(err)
	return Envelope{Type: "error", ID: id, Data: Problem{
		Code: known.Code, Message: known.Message, ChatID: chat, RetryAfterMS: known.RetryAfter.Milliseconds(),
	}}
}
