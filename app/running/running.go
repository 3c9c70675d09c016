// Package running tells administrators what goes on right now on all nodes,
// who is connected and which answers run, and ends either. It imports app and
// app/audit.
package running

import (
	"context"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// MaxChats is how many followed chats are told of one socket.
const MaxChats = 10

// Filter narrows a list of sockets; empty fields narrow nothing. Query is part
// of a name, an e-mail or an address.
type Filter struct {
	Query string
	Node  app.NodeID
}

// Repository reads what runs on all nodes, and keeps the wish to end a socket.
type Repository interface {
	// Nodes lists those that showed life within the last seconds, oldest first.
	Nodes(ctx context.Context) ([]app.SocketNode, error)
	// Sockets and Answers list newest first.
	Sockets(ctx context.Context, filter Filter, page app.PageRequest) (app.Page[app.Socket], error)
	Answers(ctx context.Context, page app.PageRequest) (app.Page[app.RunningAnswer], error)
	// EndSocket stores the wish to end one and tells which it was.
	EndSocket(ctx context.Context, id string) (app.Socket, error)
	// ChatOf is where an answer runs; not_found where none does.
	ChatOf(ctx context.Context, answer app.MessageID) (app.ChatID, error)
}

// Stopper stores the wish to stop an answer.
type Stopper interface {
	Stop(ctx context.Context, chat app.ChatID, answer app.MessageID) (app.Changes, int64, error)
}

// Transactor runs work in one transaction: committed when it returns nil.
type Transactor interface {
	InTx(ctx context.Context, work func(context.Context) error) error
}

// Auditor records an event in the transaction of the context.
type Auditor interface {
	Record(ctx context.Context, event audit.Event) error
}

// Sockets are those of all nodes, as far as the nodes have told.
type Sockets struct {
	app.Page[app.Socket]
	Nodes []app.SocketNode `json:"nodes"`
}

// Service is what administrators may ask and do.
type Service struct {
	running Repository
	answers Stopper
	roster  *Roster
	tx      Transactor
	audit   Auditor
	signals app.Signals
}

// NewService makes one.
func NewService(running Repository, answers Stopper, roster *Roster, tx Transactor, auditor Auditor, signals app.Signals) *Service {
	return &Service{running: running, answers: answers, roster: roster, tx: tx, audit: auditor, signals: signals}
}

// Sockets lists who is connected to any node, newest first. It asks all nodes
// to tell: those of this one are up to date; of the others it is what they told
// last, and what they tell now is in the next list.
func (s *Service) Sockets(ctx context.Context, actor app.Actor, filter Filter, page app.PageRequest) (Sockets, error) {
	if err := mayAdminister(actor); err != nil {
		return Sockets{}, err
	}
	s.roster.Ask(ctx)
	nodes, err := s.running.Nodes(ctx)
	if err != nil {
		return Sockets{}, err
	}
	list, err := s.running.Sockets(ctx, filter, page)
	return Sockets{Page: list, Nodes: nodes}, err
}

// Answers lists what is being answered or waits for it, newest first.
func (s *Service) Answers(ctx context.Context, actor app.Actor, page app.PageRequest) (app.Page[app.RunningAnswer], error) {
	if err := mayAdminister(actor); err != nil {
		return app.Page[app.RunningAnswer]{}, err
	}
	return s.running.Answers(ctx, page)
}

// EndSocket closes a connection, on whichever node it is. The session stays:
// whoever was connected may come back. One that is not known is not_found.
func (s *Service) EndSocket(ctx context.Context, actor app.Actor, id string) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	err := s.tx.InTx(ctx, func(ctx context.Context) error {
		socket, err := s.running.EndSocket(ctx, id)
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, audit.Event{
			Action: audit.SocketEnded, Actor: actor, Target: string(socket.User.ID),
			Details: map[audit.Key]string{audit.KeySession: string(socket.SessionID)},
		})
	})
	if err == nil {
		s.roster.Ask(ctx)
	}
	return err
}

// EndAnswer stops an answer in anybody's chat; what came of it stays. One that
// does not run is not_found.
func (s *Service) EndAnswer(ctx context.Context, actor app.Actor, id app.MessageID) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	chat, err := s.running.ChatOf(ctx, id)
	if err != nil {
		return err
	}
	var changes app.Changes
	err = s.tx.InTx(ctx, func(ctx context.Context) error {
		var run int64
		if changes, run, err = s.answers.Stop(ctx, chat, id); err != nil {
			return err
		}
		if run == 0 {
			return app.ErrNotFound
		}
		return s.audit.Record(ctx, audit.Event{Action: audit.AnswerStopped, Actor: actor, Target: string(id)})
	})
	if err == nil && changes.Rev > changes.From {
		s.signals.ChatChanged(changes)
	}
	return err
}

func mayAdminister(actor app.Actor) error {
	if actor.Role != app.RoleAdmin {
		return app.ErrForbidden
	}
	return nil
}
