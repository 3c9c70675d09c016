package controllers

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fasthttp/websocket"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/realtime"
)

const (
	// maxQueued is how many requests of one socket may wait to be done, and how
	// many messages to be stored.
	maxQueued      = 64
	requestTimeout = 15 * time.Second
)

// socketSession does what one socket asks for, in the order sent. Messages
// only pass through: they are submitted one after the other, and answered by
// acknowledge when they are stored. While nothing is asked, nobody works.
type socketSession struct {
	h      *SocketController
	client *realtime.Client
	sink   *socketSink
	pace   pace
	// waiting counts the bytes of requests that wait.
	waiting  atomic.Int64
	requests line[wish]
	acks     line[ack]
	working  sync.WaitGroup
	ctx      context.Context
	cancel   context.CancelFunc
}

func (h *SocketController) newSession(conn *websocket.Conn, actor app.Actor) *socketSession {
	sink := &socketSink{conn: conn}
	s := &socketSession{h: h, sink: sink, client: realtime.NewClient(app.NewID[string](), actor, sink)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// ack is a message on its way into the database, the refusal of a request
// that came after it, or, with a barrier, a place in the line that somebody
// waits for.
type ack struct {
	id      string
	chat    app.ChatID
	wait    func(context.Context) (app.Message, error)
	err     error
	barrier chan struct{}
}

// take queues a request from the reader. What is over the rate is refused,
// and where nobody waits for an answer, dropped.
func (s *socketSession) take(w wish) {
	if !s.inTime() {
		s.tooMany(w)
		return
	}
	switch {
	case w.Err != nil:
		s.fail(w.ID, "", w.Err)
	case w.Type == "ping":
		// Waits for nothing.
		s.pong(w)
	case s.queue(w):
	case s.h.options.Unlimited:
		// Nothing may be refused here, so that the client is made to wait.
		s.working.Wait()
		s.queue(w)
	default:
		s.tooMany(w)
	}
}

// inTime tells whether one more request is within the rate. The reader asks, or
// who works for it.
func (s *socketSession) inTime() bool {
	return s.h.options.Unlimited || s.pace.allow(time.Since(s.h.began))
}

func (s *socketSession) tooMany(w wish) {
	if w.Type != "typing" && w.Type != "read" && w.Type != "ping" {
		s.fail(w.ID, "", &app.Error{Code: app.CodeRateLimited, Message: "Too many requests on this socket; wait a moment.", RetryAfter: time.Second})
	}
}

// queue has a request done when those before it are; false where too many
// wait already. The reader does not wait, or nobody would hear pings.
func (s *socketSession) queue(w wish) bool {
	size := int64(len(w.Data))
	if before := s.waiting.Add(size) - size; before > int64(s.h.frameLimit()) {
		s.waiting.Add(-size)
		return false
	}
	taken, start := s.requests.add(w, maxQueued)
	if !taken {
		s.waiting.Add(-size)
	}
	if start {
		s.working.Go(s.run)
	}
	return taken
}

func (s *socketSession) pong(w wish) {
	var none struct{}
	if err := w.into(&none); err != nil {
		s.fail(w.ID, "", err)
		return
	}
	s.client.Send(realtime.Envelope{Type: "pong", ID: w.ID})
}

// run does one request after the other until none waits.
func (s *socketSession) run() {
	for w, more := s.requests.next(); more; w, more = s.requests.next() {
		s.waiting.Add(-int64(len(w.Data)))
		if s.ctx.Err() == nil && !s.client.Closing() {
			s.do(w)
		}
	}
}

// close ends the session and waits for what is under way: a message that was
// taken is stored, whether or not its sender is still there.
func (s *socketSession) close() {
	s.cancel()
	s.working.Wait()
}

// answer puts an answer behind those that wait for their messages. Where too
// many wait, so does whoever comes with another.
func (s *socketSession) answer(a ack) {
	taken, start := s.acks.add(a, maxQueued)
	if !taken {
		s.settle()
		_, start = s.acks.add(a, maxQueued)
	}
	if start {
		s.working.Go(s.acknowledge)
	}
}

func (s *socketSession) acknowledge() {
	for a, more := s.acks.next(); more; a, more = s.acks.next() {
		switch {
		case a.barrier != nil:
			close(a.barrier)
		case a.err != nil:
			s.fail(a.id, a.chat, a.err)
		default:
			s.stored(a)
		}
	}
}

// stored waits for one message and tells what became of it.
func (s *socketSession) stored(a ack) {
	defer s.recovered("message", func() { s.fail(a.id, a.chat, app.ErrInternal) })
	// Not the socket's context: a message that was taken is stored.
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	message, err := a.wait(ctx)
	if err != nil {
		s.fail(a.id, a.chat, err)
		return
	}
	s.client.Send(realtime.Envelope{Type: "ack", ID: a.id, Data: messageAck{Message: message}})
}

// recovered is deferred: a panic costs a request its answer, not the process
// its life.
func (s *socketSession) recovered(request string, fail func()) {
	if fault := recover(); fault != nil {
		s.h.log.Error("socket request panicked", "type", request, "panic", fault, "stack", string(debug.Stack()))
		fail()
	}
}

// settle waits until the messages before are answered: what follows takes
// effect after them.
func (s *socketSession) settle() {
	if !s.acks.working() {
		return
	}
	barrier := make(chan struct{})
	if _, start := s.acks.add(ack{barrier: barrier}, maxQueued+1); start {
		s.working.Go(s.acknowledge)
	}
	<-barrier
}

// do is one request. What refuses it waits its turn behind the messages
// before, as every answer does.
func (s *socketSession) do(w wish) {
	defer s.recovered(w.Type, func() { s.answer(ack{id: w.ID, err: app.ErrInternal}) })
	ctx, cancel := context.WithTimeout(s.ctx, requestTimeout)
	defer cancel()
	var err error
	var in app.ChatID
	switch w.Type {
	case "message":
		in, err = s.message(ctx, w)
	case "subscribe":
		err = s.subscribe(w)
	case "unsubscribe":
		in, err = s.unsubscribe(w)
	case "stop":
		in, err = s.stop(ctx, w)
	case "read":
		in, err = s.markRead(ctx, w)
	case "typing":
		in, err = s.typing(ctx, w)
	default:
		err = app.Errorf(app.CodeInvalidInput, "There is no request of the type %q.", shown(w.Type))
	}
	if err != nil {
		s.answer(ack{id: w.ID, chat: in, err: err})
	}
}

// fail tells what was wrong; also without an id, as a notice.
func (s *socketSession) fail(id string, in app.ChatID, err error) {
	if errors.Is(err, context.Canceled) && s.ctx.Err() != nil {
		return
	}
	known := asFailure(err)
	if known.Code == app.CodeInternal && known.Cause != nil {
		s.h.log.Error("socket request failed", "request_id", s.client.Actor.RequestID, "user_id", s.client.Actor.UserID, "chat_id", in, "error", err)
	}
	s.client.Send(realtime.ErrorEnvelope(id, in, known))
}

type messageAck struct {
	Message app.Message `json:"message"`
}

type socketMessage struct {
	ChatID string `json:"chat_id"`
	messageBody
}

func (s *socketSession) message(ctx context.Context, w wish) (app.ChatID, error) {
	data, id, err := about[socketMessage](w)
	if err != nil {
		return "", err
	}
	if err := s.mayPost(); err != nil {
		return id, err
	}
	wait, err := s.h.rooms.Submit(ctx, s.client.Actor, id, chat.Input(data.messageBody))
	if err != nil {
		return id, err
	}
	s.answer(ack{id: w.ID, chat: id, wait: wait})
	return id, nil
}

// mayPost is the limit that posting has whichever way it comes in.
func (s *socketSession) mayPost() error {
	if s.h.options.Messages == nil {
		return nil
	}
	if ok, retry := s.h.options.Messages.Allow(string(s.client.Actor.UserID)); !ok {
		return &app.Error{Code: app.CodeRateLimited, Message: "Too many messages; wait a little.", RetryAfter: retry}
	}
	return nil
}
