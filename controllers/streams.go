package controllers

import (
	"context"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/realtime"
)

// QuestionService is what streams do with messages: the same rules as the
// calls.
type QuestionService interface {
	GetMessage(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID) (app.Message, error)
	Post(ctx context.Context, actor app.Actor, id app.ChatID, input chat.Input) (app.Message, error)
	Access(ctx context.Context, actor app.Actor, id app.ChatID) (app.MemberRole, error)
}

// StreamOptions are what a stream has to know.
type StreamOptions struct {
	// Store names the database; a cursor of another one begins anew.
	Store string
	// Heartbeat is how often a silent stream is written to: 15 s.
	Heartbeat time.Duration
}

// StreamController answers a question with its answers as they grow, as
// server-sent events (WHATWG HTML, section 9.2). A stream is a client of the
// hub like a socket, of one question alone.
type StreamController struct {
	hub      *realtime.Hub
	messages QuestionService
	sessions realtime.Sessions
	log      *slog.Logger
	options  StreamOptions
}

// NewStreamController makes the controller of streams.
func NewStreamController(hub *realtime.Hub, messages QuestionService, sessions realtime.Sessions, log *slog.Logger, options StreamOptions) *StreamController {
	if options.Heartbeat == 0 {
		options.Heartbeat = 15 * time.Second
	}
	return &StreamController{hub: hub, messages: messages, sessions: sessions, log: log, options: options}
}

const (
	eventStream = "text/event-stream"
	lastEventID = "Last-Event-ID"
)

// PostOr answers POST /chats/{id}/messages with a stream where the client asks
// for one, and leaves it to the other handler where it does not.
func (h *StreamController) PostOr(other fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if c.Accepts(fiber.MIMEApplicationJSON, eventStream) == eventStream {
			return h.Post(c)
		}
		return other(c)
	}
}

// Post stores a message and streams it and its answers. A repeated client_id
// takes up the answers that run.
func (h *StreamController) Post(c *fiber.Ctx) error {
	var body messageBody
	id, err := inChat(c, h.messages, &body)
	if err != nil {
		return err
	}
	return h.serve(c, id, func() (app.Message, error) {
		return h.messages.Post(c.UserContext(), actorOf(c), id, body.input())
	})
}

// Get answers GET .../messages/{mid}/stream; an answer stands for the question
// it answers.
func (h *StreamController) Get(c *fiber.Ctx) error {
	id, err := pathID[app.ChatID](c, "id")
	if err != nil {
		return err
	}
	message, err := pathID[app.MessageID](c, "mid")
	if err != nil {
		return err
	}
	return h.serve(c, id, func() (app.Message, error) {
		return h.messages.GetMessage(c.UserContext(), actorOf(c), id, message)
	})
}

// serve is the life of one stream. What is refused is refused before its
// first byte, as an ordinary error.
func (h *StreamController) serve(c *fiber.Ctx, id app.ChatID, find func() (app.Message, error)) error {
	since, err := h.sinceOf(c, id)
	if err != nil {
		return err
	}
	sink := newStreamSink(c.Context().Conn())
	client := realtime.NewClient(app.NewID[string](), actorOf(c), sink)
	client.Passing = true
	defer h.hub.Leave(client)
	if err := h.join(client); err != nil {
		return err
	}
	message, err := find()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, eventStream)
	// Proxies of nginx's kind collect what they pass on unless told not to.
	c.Set("X-Accel-Buffering", "no")
	if c.Method() == fiber.MethodHead {
		return nil
	}
	question := questionOf(message)
	thread := realtime.NewThread(question, h.options.Store, since)
	if sink.begin(takeOver(c), thread, c.Context().Request.Header.IsHTTP11()) {
		h.follow(client, sink, id, question)
	}
	h.hub.Leave(client)
	sink.farewell()
	return nil
}

// sinceOf reads where the client was cut off; nil is the beginning.
func (h *StreamController) sinceOf(c *fiber.Ctx, id app.ChatID) (*realtime.Cursor, error) {
	since, err := realtime.ParseCursor(c.Get(lastEventID))
	if err != nil {
		if _, denied := h.messages.Access(c.UserContext(), actorOf(c), id); denied != nil {
			return nil, denied
		}
	}
	return since, err
}

// join takes a client in whose session is not over.
func (h *StreamController) join(client *realtime.Client) error {
	switch code, ok := h.hub.Join(client); {
	case ok:
	case code == realtime.CloseTooMany:
		return &app.Error{Code: app.CodeRateLimited, Message: "Too many sockets and streams at once; close others first.", RetryAfter: time.Second}
	default:
		return &app.Error{Code: app.CodeUnavailable, Message: "Quillium is going away; try again in a moment.", RetryAfter: time.Second}
	}
	// Registered first, then checked: a session that ended in between is found.
	if checkSession(h.hub, h.sessions, client) {
		return app.ErrUnauthorized
	}
	return nil
}

// questionOf is what a message asks or, of an answer, what it answers.
func questionOf(m app.Message) app.MessageID {
	if m.Role == app.MessageAssistant && m.ReplyTo != nil {
		return *m.ReplyTo
	}
	return m.ID
}

// takeOver takes the connection from the web server, which then writes nothing
// and closes it when the handler returns, and gives the head of the answer.
func takeOver(c *fiber.Ctx) []byte {
	head := &c.Context().Response.Header
	if c.Context().Request.Header.IsHTTP11() {
		head.SetContentLength(-1)
	} else {
		head.SetContentLength(-2)
	}
	head.SetConnectionClose()
	c.Context().HijackSetNoResponse(true)
	c.Context().Hijack(hangUp)
	return append([]byte{}, head.Header()...)
}

// follow keeps a stream going until its answers or its client have gone.
func (h *StreamController) follow(client *realtime.Client, sink *streamSink, id app.ChatID, question app.MessageID) {
	// The request's context has a deadline, which is for what comes before.
	ctx := context.Background()
	heartbeat := time.NewTicker(h.options.Heartbeat)
	defer heartbeat.Stop()
	for {
		if err := h.hub.Follow(ctx, client, id, question); err != nil {
			if known := app.AsError(err); known.Code != app.CodeNotFound {
				h.log.Warn("a question could not be read for its stream", "chat_id", id, "user_id", client.Actor.UserID, "error", err)
			}
			return
		}
		for again := false; !again; {
			select {
			case <-sink.over:
				return
			case <-sink.again:
				again = true
			case <-heartbeat.C:
				sink.beat()
			}
		}
	}
}
