package controllers

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/realtime"
)

const (
	roomID    = app.ChatID("0199b0a0-0000-7000-8000-000000000001")
	otherID   = app.ChatID("0199b0a0-0000-7000-8000-000000000002")
	answerID  = app.MessageID("0199b0a0-0000-7000-8000-00000000000a")
	patience  = 10 * time.Second
	frameSize = 1024
)

// house is a server of sockets on a port of its own, over services that do as
// the test says.
type house struct {
	hub *realtime.Hub
	url string
	log *logged

	mu     sync.Mutex
	calls  []string
	submit func(content string) (func(context.Context) (app.Message, error), error)
	stop   func() (int64, error)
	read   func(seq int64) error
	over   func() (map[app.SessionID]app.EndReason, error)
	thread func() (realtime.Snapshot, error)
	find   func() (app.Message, error)
	// rev is where the room is.
	rev atomic.Int64
	// served is closed when the server has ended and every handler returned.
	served chan struct{}
}

// logged is a log that tests read.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (h *house) note(call string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, call)
}

func (h *house) called() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string{}, h.calls...)
}

func (h *house) Submit(_ context.Context, _ app.Actor, _ app.ChatID, input chat.Input) (func(context.Context) (app.Message, error), error) {
	h.note("submit " + input.Content)
	return h.submit(input.Content)
}

func (h *house) Stop(_ context.Context, _ app.Actor, _ app.ChatID, _ app.MessageID) (int64, error) {
	h.note("stop")
	return h.stop()
}

func (h *house) Read(_ context.Context, _ app.Actor, _ app.ChatID, seq int64) error {
	h.note("read")
	return h.read(seq)
}

func (h *house) Over(context.Context, []app.SessionID) (map[app.SessionID]app.EndReason, error) {
	return h.over()
}

func (h *house) GetMe(_ context.Context, actor app.Actor) (app.User, error) {
	if actor.UserID == "nobody" {
		return app.User{}, app.ErrUnauthorized
	}
	return app.User{ID: actor.UserID, Name: actor.Name}, nil
}

// Snapshots knows one room and nothing else.
func (h *house) Snapshots(_ context.Context, _ app.UserID, asks []realtime.Ask, limit int, resume bool) ([]realtime.Snapshot, error) {
	h.note("snapshots")
	list := make([]realtime.Snapshot, len(asks))
	for i, ask := range asks {
		list[i] = realtime.Snapshot{
			Found: ask.ChatID == roomID, Chat: app.Chat{ID: ask.ChatID, Rev: h.rev.Load()}, Reset: !resume || ask.Since == nil,
			Messages: []app.Message{}, Members: []app.Member{},
		}
	}
	return list, nil
}

func (h *house) SinceAll(_ context.Context, asks []realtime.Where) ([]realtime.Missed, error) {
	list := make([]realtime.Missed, len(asks))
	for i, ask := range asks {
		list[i] = realtime.Missed{Found: true, Changes: app.Changes{ChatID: ask.ChatID, From: ask.Rev, Rev: h.rev.Load()}}
	}
	return list, nil
}

func (h *house) Thread(context.Context, app.UserID, app.ChatID, app.MessageID) (realtime.Snapshot, error) {
	h.note("thread")
	return h.thread()
}

func (h *house) Overlay([]app.Message) {}

func (h *house) Runs(app.MessageID, int64) bool { return false }

func (h *house) Tails(context.Context, []realtime.Tail) ([]app.Delta, error) { return nil, nil }

// change makes the next commit in the room and tells it.
func (h *house) change(text string) {
	rev := h.rev.Add(1)
	h.hub.ChatChanged(app.Changes{ChatID: roomID, From: rev - 1, Rev: rev, Messages: []app.Message{{Rev: rev, Content: text}}})
}

// accept is a Submit whose message is stored at once.
func accept(content string) (func(context.Context) (app.Message, error), error) {
	return func(context.Context) (app.Message, error) { return app.Message{Content: content}, nil }, nil
}

const socketsPerUser = 2

// open starts a house. A request says who it is in the header "User".
func open(t *testing.T, options SocketOptions) *house {
	t.Helper()
	h := &house{log: &logged{}, submit: accept, served: make(chan struct{})}
	h.rev.Store(1)
	h.stop = func() (int64, error) { return 7, nil }
	h.read = func(int64) error { return nil }
	h.over = func() (map[app.SessionID]app.EndReason, error) { return nil, nil }
	log := slog.New(slog.NewTextHandler(h.log, nil))
	h.hub = realtime.NewHub(h, h, log, func() int { return socketsPerUser }, func(string) {})
	options.MaxMessageBytes, options.Store = func() int { return frameSize }, "this store"
	sockets := NewSocketController(h.hub, h, h, h, h, log, options)
	streams := NewStreamController(h.hub, h, h, log, StreamOptions{Store: options.Store, Heartbeat: options.Heartbeat})
	web := fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true, ErrorHandler: NewErrorHandler(log, nil)})
	web.Server().KeepHijackedConns = true
	web.Use(func(c *fiber.Ctx) error {
		user := c.Get("User")
		SetActor(c, app.Actor{UserID: app.UserID(user), SessionID: app.SessionID("session of " + user), Name: user, RequestID: "r1"})
		return c.Next()
	})
	web.Get("/ws", sockets.Upgrade)
	web.Get("/chats/:id/messages/:mid/stream", streams.Get)
	web.Post("/chats/:id/messages", streams.Post)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	h.url = "ws://" + listener.Addr().String() + "/ws"
	go func() {
		defer close(h.served)
		_ = web.Listener(listener)
	}()
	t.Cleanup(func() {
		h.hub.Drain(context.Background(), 0)
		require.Eventually(t, h.empty, patience, time.Millisecond, "every socket is left in the end")
		h.hub.Close()
		require.NoError(t, web.ShutdownWithTimeout(patience))
		<-h.served
	})
	return h
}

func (h *house) empty() bool {
	clients, chats := h.hub.Count()
	return clients+chats == 0
}

// peer is one end of a socket.
type peer struct {
	t     *testing.T
	conn  *websocket.Conn
	lines []string
}

func (h *house) dial(t *testing.T, user string) *peer {
	t.Helper()
	dialer := websocket.Dialer{HandshakeTimeout: patience, Subprotocols: []string{subprotocol, "bearer.secret"}}
	conn, answer, err := dialer.Dial(h.url, http.Header{"User": {user}})
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, subprotocol, conn.Subprotocol())
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	return &peer{t: t, conn: conn}
}

// enter dials and reads the welcome.
func (h *house) enter(t *testing.T, user string) *peer {
	t.Helper()
	p := h.dial(t, user)
	require.Equal(t, "welcome", p.next().Type)
	return p
}

type heard struct {
	Type string          `json:"type"`
	ID   *string         `json:"id"`
	Data json.RawMessage `json:"data"`
}

// next reads one envelope.
func (p *peer) next() heard {
	p.t.Helper()
	e, err := p.hear()
	require.NoError(p.t, err)
	return e
}

func (p *peer) hear() (e heard, err error) {
	if len(p.lines) == 0 {
		_, frame, err := p.conn.ReadMessage()
		if err != nil {
			return e, err
		}
		p.lines = strings.Split(string(frame), "\n")
	}
	line := p.lines[0]
	p.lines = p.lines[1:]
	return e, json.Unmarshal([]byte(line), &e)
}

// says is one envelope in short: its type, its id and its error code.
func (p *peer) says() string {
	p.t.Helper()
	return brief(p.t, p.next())
}

func brief(t *testing.T, e heard) string {
	t.Helper()
	text := e.Type
	if e.ID != nil {
		text += " " + *e.ID
	}
	if e.Type == "error" {
		var problem realtime.Problem
		require.NoError(t, json.Unmarshal(e.Data, &problem))
		text += " " + string(problem.Code)
	}
	return text
}

func (p *peer) send(lines ...string) {
	p.t.Helper()
	require.NoError(p.t, p.conn.WriteMessage(websocket.TextMessage, []byte(strings.Join(lines, "\n"))))
}

// closes reads until the socket ends and tells with which code.
func (p *peer) closes() (code int, reason string) {
	p.t.Helper()
	for {
		_, err := p.hear()
		if err == nil {
			continue
		}
		var closed *websocket.CloseError
		require.ErrorAs(p.t, err, &closed)
		return closed.Code, closed.Text
	}
}

func inRoom(kind, id, more string) string {
	return `{"type":"` + kind + `","id":"` + id + `","data":{"chat_id":"` + string(roomID) + `"` + more + `}}`
}

func message(id, content string) string { return inRoom("message", id, `,"content":"`+content+`"`) }

func subscribe(id string) string {
	return `{"type":"subscribe","id":"` + id + `","data":{"chats":[{"chat_id":"` + string(roomID) + `"}]}}`
}
