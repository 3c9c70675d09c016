// Package doorbell tells the other nodes on a database that there is something
// to look at. What it carries are hints, never truths: a lost one is made good
// by looking every so often, one too many costs a look. It knows no SQL and
// imports app alone.
package doorbell

import "github.com/quillium/quillium/app"

// Models is rung among the settings when providers or their models changed.
const Models = "models"

// Roster is rung among the settings when somebody wants to know who is
// connected.
const Roster = "roster"

// Place is a user in a chat.
type Place struct {
	Chat app.ChatID
	User app.UserID
}

// Hint names what changed: chats, chats whose answers grew, sessions that are
// over, users, settings by name, and who has read on or types where.
type Hint struct {
	Chats, Answers []app.ChatID
	Sessions       []app.SessionID
	Users          []app.UserID
	Settings       []string
	Reads, Typing  []Place
	// Mine are those whose own part of a chat changed: pinned, archived.
	Mine []Place
	// Moved are users who came online or went.
	Moved []app.UserID
}

// set is what waits to be rung, each thing once and in the order it came.
type set struct {
	order []entry
	known map[entry]struct{}
}

// entry is one thing of a hint: its kind as it is written, and its ids.
type entry struct {
	kind byte
	id   string
	user app.UserID
}

// The kinds of entries, as payloads spell them.
const (
	kindChat    = 'c'
	kindAnswer  = 'a'
	kindSession = 's'
	kindUser    = 'u'
	kindSetting = 'k'
	kindRead    = 'r'
	kindTyping  = 't'
	kindMine    = 'm'
	kindMoved   = 'o'
)

// maxWaiting bounds what is kept while the database does not take it; what is
// over it is left to the look.
const maxWaiting = 20_000

func (s *set) add(h Hint) {
	addAll(s, kindChat, h.Chats)
	addAll(s, kindAnswer, h.Answers)
	addAll(s, kindSession, h.Sessions)
	addAll(s, kindUser, h.Users)
	addAll(s, kindMoved, h.Moved)
	addAll(s, kindSetting, h.Settings)
	s.putAll(kindRead, h.Reads)
	s.putAll(kindTyping, h.Typing)
	s.putAll(kindMine, h.Mine)
}

func addAll[T ~string](s *set, kind byte, ids []T) {
	for _, id := range ids {
		s.put(entry{kind: kind, id: string(id)})
	}
}

func (s *set) putAll(kind byte, places []Place) {
	for _, at := range places {
		s.put(entry{kind, string(at.Chat), at.User})
	}
}

func (s *set) put(e entry) {
	if _, twice := s.known[e]; twice || len(s.order) >= maxWaiting {
		return
	}
	if s.known == nil {
		s.known = map[entry]struct{}{}
	}
	s.known[e] = struct{}{}
	s.order = append(s.order, e)
}

// take puts one entry into the hint that a payload makes.
func (h *Hint) take(e entry) {
	switch e.kind {
	case kindChat:
		h.Chats = append(h.Chats, app.ChatID(e.id))
	case kindAnswer:
		h.Answers = append(h.Answers, app.ChatID(e.id))
	case kindSession:
		h.Sessions = append(h.Sessions, app.SessionID(e.id))
	case kindUser:
		h.Users = append(h.Users, app.UserID(e.id))
	case kindSetting:
		h.Settings = append(h.Settings, e.id)
	case kindRead:
		h.Reads = append(h.Reads, Place{app.ChatID(e.id), e.user})
	case kindTyping:
		h.Typing = append(h.Typing, Place{app.ChatID(e.id), e.user})
	case kindMoved:
		h.Moved = append(h.Moved, app.UserID(e.id))
	case kindMine:
		h.Mine = append(h.Mine, Place{app.ChatID(e.id), e.user})
	}
}
