package controllers

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	fiberws "github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/realtime"
)

// RoomService is what sockets do with chats: the same rules as the calls.
type RoomService interface {
	Submit(ctx context.Context, actor app.Actor, id app.ChatID, input chat.Input) (func(context.Context) (app.Message, error), error)
	Read(ctx context.Context, actor app.Actor, id app.ChatID, seq int64) error
	Access(ctx context.Context, actor app.Actor, id app.ChatID) (app.MemberRole, error)
}

// StopService is what sockets do with answers.
type StopService interface {
	Stop(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID) (int64, error)
}

// SocketOptions are what a socket has to know.
type SocketOptions struct {
	// Store names the database; a client that knows another one begins anew.
	Store string
	// MaxMessageBytes bounds a message, and with it a frame; it is asked each
	// time.
	MaxMessageBytes func() int
	// Unlimited lifts the rate limit, for load tests.
	Unlimited bool
	// Messages counts what a user posts, the same as for calls; nil counts
	// nothing.
	Messages MessageLimit
	// Heartbeat is how often a client pings: 25 s.
	Heartbeat time.Duration
}

// MessageLimit tells whether a user may post now, and if not, when.
type MessageLimit interface {
	Allow(user string) (ok bool, retry time.Duration)
}

// SocketController answers GET /ws and serves the sockets it becomes.
type SocketController struct {
	hub      *realtime.Hub
	rooms    RoomService
	stops    StopService
	sessions realtime.Sessions
	people   PersonService
	log      *slog.Logger
	options  SocketOptions
	// buffers keeps the write buffers of idle sockets out of memory.
	buffers *sync.Pool
	began   time.Time
}

// PersonService tells who somebody is, for the welcome.
type PersonService interface {
	GetMe(ctx context.Context, actor app.Actor) (app.User, error)
}

// NewSocketController makes the controller of sockets.
func NewSocketController(hub *realtime.Hub, rooms RoomService, stops StopService, sessions realtime.Sessions,
	people PersonService, log *slog.Logger, options SocketOptions,
) *SocketController {
	if options.Heartbeat == 0 {
		options.Heartbeat = 25 * time.Second
	}
	return &SocketController{
		hub: hub, rooms: rooms, stops: stops, sessions: sessions, people: people,
		log: log, options: options, buffers: &sync.Pool{}, began: time.Now(),
	}
}

const (
	subprotocol      = "quillium.v1"
	socketBufferSize = 512
	writeTimeout     = 10 * time.Second
)

// Upgrade turns a request that was let in into a socket. What is refused is
// refused before, as an ordinary HTTP error.
func (h *SocketController) Upgrade(c *fiber.Ctx) error {
	if !fiberws.IsWebSocketUpgrade(c) {
		return app.Errorf(app.CodeInvalidInput, "This address speaks WebSocket; ask for an upgrade.")
	}
	actor := actorOf(c)
	user, err := h.people.GetMe(c.UserContext(), actor)
	if err != nil {
		return err
	}
	upgrade := fiberws.New(func(conn *fiberws.Conn) { h.serve(conn, actor, user) }, fiberws.Config{
		Subprotocols: []string{subprotocol}, WriteBufferPool: h.buffers, RecoverHandler: h.recovered,
	})
	if err := upgrade(c); err != nil {
		return app.Errorf(app.CodeInvalidInput, "The WebSocket handshake is not valid.")
	}
	return nil
}

// recovered keeps a panic's text out of what a client is sent.
func (h *SocketController) recovered(*fiberws.Conn) {
	if fault := recover(); fault != nil {
		h.log.Error("socket panicked", "panic", fault, "stack", string(debug.Stack()))
	}
}

// serve begins the life of one socket, and returns: whatever the request
// needed is free then, and the reader has a stack that never held more than
// reading does.
func (h *SocketController) serve(conn *fiberws.Conn, actor app.Actor, user app.User) {
	peer, said := takeOut(conn)
	socket, err := h.wrap(peer, said)
	if err != nil {
		h.log.Error("socket could not be made", "request_id", actor.RequestID, "error", err)
		_ = peer.Close()
		return
	}
	session := h.newSession(socket, actor)
	welcomed := false
	defer func() {
		if !welcomed {
			session.leave()
		}
	}()
	if session.enter(user) {
		welcomed = true
		go session.live()
	}
}

type welcome struct {
	ConnectionID     string   `json:"connection_id"`
	User             app.User `json:"user"`
	Protocol         int      `json:"protocol"`
	Store            string   `json:"store"`
	HeartbeatSeconds int      `json:"heartbeat_seconds"`
}

// checkSession says goodbye to a client whose session is over, and tells so.
func checkSession(hub *realtime.Hub, sessions realtime.Sessions, client *realtime.Client) bool {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	over, err := sessions.Over(ctx, []app.SessionID{client.Actor.SessionID})
	if err != nil {
		// The watch asks again, soon.
		return false
	}
	for id, why := range over {
		hub.SessionEnded(why, id)
	}
	return len(over) > 0
}
