package server

import (
	"context"
	"log/slog"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/doorbell"
	"github.com/quillium/quillium/app/realtime"
	"github.com/quillium/quillium/repositories"
)

// nodes is how services tell the world: those who listen here at once, the
// other nodes by the bell. Commands have no hub: nobody listens to them.
type nodes struct {
	here   app.Signals
	bell   *doorbell.Bell
	recent *chat.Recent
}

var _ app.Signals = nodes{}

func (n nodes) ChatChanged(changes app.Changes) {
	// Messages alone change nothing that is remembered of a chat.
	if changes.Chat != nil || len(changes.Members) > 0 || changes.From == changes.Rev {
		n.recent.Forget(changes.ChatID)
	}
	n.here.ChatChanged(changes)
	n.chat(changes.ChatID)
}

func (n nodes) ChatStale(chat app.ChatID) {
	n.recent.Forget(chat)
	n.here.ChatStale(chat)
	n.chat(chat)
}

func (n nodes) ChatLost(chat app.ChatID, user app.UserID) {
	n.recent.Forget(chat)
	n.here.ChatLost(chat, user)
	n.chat(chat)
}

func (n nodes) chat(id app.ChatID) { n.bell.Ring(doorbell.Hint{Chats: []app.ChatID{id}}) }

func (n nodes) ChatRead(chat app.ChatID, user app.UserID, seq int64) {
	n.here.ChatRead(chat, user, seq)
	n.bell.Ring(doorbell.Hint{Reads: []doorbell.Place{{Chat: chat, User: user}}})
}

func (n nodes) MineChanged(chat app.ChatID, user app.UserID) {
	n.here.MineChanged(chat, user)
	n.bell.Ring(doorbell.Hint{Mine: []doorbell.Place{{Chat: chat, User: user}}})
}

func (n nodes) SessionEnded(why app.EndReason, sessions ...app.SessionID) {
	n.here.SessionEnded(why, sessions...)
	n.bell.Ring(doorbell.Hint{Sessions: sessions})
}

func (n nodes) UserChanged(user app.UserID) {
	n.here.UserChanged(user)
	n.bell.Ring(doorbell.Hint{Users: []app.UserID{user}})
}

func (n nodes) SettingChanged(name string) {
	n.here.SettingChanged(name)
	n.bell.Ring(doorbell.Hint{Settings: []string{name}})
}

// growth is how running answers tell what they grew by: those who listen here
// each piece at once, the other nodes that more of it is stored.
type growth struct {
	*realtime.Hub
	bell *doorbell.Bell
}

var _ assistant.Deltas = growth{}

// Flushed is assistant.Deltas.
func (g growth) Flushed(chats []app.ChatID) { g.bell.Ring(doorbell.Hint{Answers: chats}) }

// neighbours are how the hub tells the other nodes what no service does.
type neighbours struct{ bell *doorbell.Bell }

var _ realtime.Neighbours = neighbours{}

// Typing is realtime.Neighbours.
func (n neighbours) Typing(at realtime.Place) {
	n.bell.Ring(doorbell.Hint{Typing: []doorbell.Place{doorbell.Place(at)}})
}

// Moved is realtime.Neighbours.
func (n neighbours) Moved(users ...app.UserID) { n.bell.Ring(doorbell.Hint{Moved: users}) }

// models rings that this node has changed the catalogue.
func (n nodes) models() { n.bell.Ring(doorbell.Hint{Settings: []string{doorbell.Models}}) }

// ears take what other nodes rang to those who keep something in memory and to
// those who look.
type ears struct {
	server *Server
	hub    *realtime.Hub
	recent *chat.Recent
}

var _ doorbell.Ear = ears{}

// Heard is doorbell.Ear.
func (e ears) Heard(hint doorbell.Hint) {
	e.server.people.auth.ForgetSessions(hint.Sessions...)
	for _, user := range hint.Users {
		e.server.people.auth.ForgetUser(user)
	}
	for _, name := range hint.Settings {
		switch name {
		case doorbell.Models:
			e.server.rooms.models.Forget()
		case doorbell.Roster:
			e.server.roster.Heard()
		default:
			e.hub.SettingChanged(name)
		}
	}
	e.recent.Forget(hint.Chats...)
	e.hub.ChatsChanged(hint.Chats...)
	e.hub.AnswersGrew(hint.Answers...)
	e.hub.MineRung(placesOf(hint.Mine)...)
	e.hub.ReadsHeard(placesOf(hint.Reads)...)
	e.hub.TypingHeard(placesOf(hint.Typing)...)
	e.hub.MovedHeard(hint.Moved...)
	e.hub.SessionsEnded(hint.Sessions...)
	e.hub.UsersChanged(hint.Users...)
}

// placesOf says places as the hub does.
func placesOf(rung []doorbell.Place) []realtime.Place {
	places := make([]realtime.Place, len(rung))
	for i, at := range rung {
		places[i] = realtime.Place(at)
	}
	return places
}

// LookAtAll is doorbell.Ear.
func (e ears) LookAtAll() {
	e.server.people.settings.Wake()
	e.server.rooms.models.Forget()
	e.recent.ForgetAll()
	e.hub.LookAtAll()
}

// openBell makes the bell of this process, which rings as long as there is a
// pool.
func (b *base) openBell(ear doorbell.Ear, log *slog.Logger) (*doorbell.Bell, error) {
	line, err := repositories.NewDoorbell(b.db, b.config.NotifyDatabaseURL)
	if err != nil {
		return nil, err
	}
	bell := doorbell.New(line, ear, log)
	b.later("doorbell", func(ctx context.Context) error { bell.Flush(ctx); return nil })
	return bell, nil
}
