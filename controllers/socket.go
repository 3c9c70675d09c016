package controllers

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/fasthttp/websocket"
	fiberws "github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
	"golang.org/x/time/rate"

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
	// MaxMessageBytes bounds a message, and with it a frame.
	MaxMessageBytes int
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
		log: log, options: options, buffers: &sync.Pool{},
	}
}

const (
	subprotocol      = "quillium.v1"
	requestsASecond  = 20
	requestsAtOnce   = 40
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
		Subprotocols: []string{subprotocol}, ReadBufferSize: socketBufferSize, WriteBufferSize: socketBufferSize,
		WriteBufferPool: h.buffers, RecoverHandler: h.recovered,
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

// serve is the life of one socket. It returns when nothing reads from the
// connection and nothing writes to it any more: then it goes back to a pool.
func (h *SocketController) serve(conn *fiberws.Conn, actor app.Actor, user app.User) {
	// Not the wrapper: that one is somebody else's after we return.
	sink := &socketSink{conn: conn.Conn}
	client := realtime.NewClient(app.NewID[string](), actor, sink)
	if code, ok := h.hub.Join(client); !ok {
		sink.refuse(code, "1000")
		return
	}
	defer h.hub.Leave(client)
	client.Send(realtime.Envelope{Type: "welcome", Data: welcome{
		ConnectionID: client.ID, User: user, Protocol: 1, Store: h.options.Store, HeartbeatSeconds: int(h.options.Heartbeat / time.Second),
	}})
	// Registered first, then checked: a session that ended in between is found.
	checkSession(h.hub, h.sessions, client)
	session := h.newSession(client)
	defer session.close()
	h.read(sink, session)
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
		// The watch asks again every second.
		return false
	}
	for id, why := range over {
		hub.SessionEnded(why, id)
	}
	return len(over) > 0
}

// read decodes what comes in until the socket ends. It answers nothing
// itself but pings and what it cannot decode.
func (h *SocketController) read(sink *socketSink, session *socketSession) {
	conn, silence := sink.conn, h.options.Heartbeat*5/2
	conn.SetReadLimit(int64(6*h.options.MaxMessageBytes + 4<<10))
	conn.SetPingHandler(func(text string) error {
		sink.await(silence)
		_ = conn.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(writeTimeout))
		return nil
	})
	for {
		sink.await(silence)
		kind, frame, err := conn.ReadMessage()
		switch {
		case errors.Is(err, websocket.ErrReadLimit):
			sink.drain()
			return
		case err != nil:
			if isTimeout(err) {
				sink.Close(realtime.CloseSilent, "silent for too long")
			}
			return
		case session.client.Closing():
			// Told to go: only the answer to the goodbye counts.
			continue
		case kind != websocket.TextMessage:
			session.client.Close(realtime.CloseUnsupported, "text frames only")
			continue
		}
		wishes, code := readFrame(frame)
		for _, w := range wishes {
			session.take(w)
		}
		if code != 0 {
			session.client.Close(code, "not valid")
		}
	}
}

func (h *SocketController) newSession(client *realtime.Client) *socketSession {
	s := &socketSession{h: h, client: client, work: make(chan wish, maxQueued), acks: make(chan ack, maxQueued), done: make(chan struct{})}
	if !h.options.Unlimited {
		s.limit = rate.NewLimiter(requestsASecond, requestsAtOnce)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	go s.run()
	return s
}
