package chat

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quillium/quillium/app"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	room     = app.ChatID("0199b0a0-0000-7000-8000-00000000000c")
	owner    = app.UserID("owner")
	editor   = app.UserID("editor")
	viewer   = app.UserID("viewer")
	question = app.MessageID("0199b0a0-0000-7000-8000-00000000000a")
	maxBytes = 100
)

func actorOf(user app.UserID) app.Actor { return app.Actor{UserID: user, RequestID: "r1"} }

// world is everything a service stands on, in memory; it remembers what was
// asked of it.
type world struct {
	service *Service

	mu      sync.Mutex
	roles   map[app.UserID]app.MemberRole
	chat    app.Chat
	fail    error
	changes app.Changes
	posted  func(postings []Posting) ([]Posted, error)
	plan    []app.Answer
	planned error
	overlay string
	moved   bool

	asked   []string
	filter  Filter
	created app.Chat
	policy  bool
	updated *Settings
	mine    *Mine
	edit    Edit
	by      app.UserID
	seq     int64
	choice  Choice
	fork    Fork

	signals []string
	told    []app.Changes
	runs    []app.Run
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		roles:   map[app.UserID]app.MemberRole{owner: app.MemberOwner, editor: app.MemberEditor, viewer: app.MemberViewer},
		chat:    app.Chat{ID: room, Title: "Room", Rev: 1},
		changes: app.Changes{ChatID: room, From: 1, Rev: 2},
		moved:   true,
	}
	w.posted = w.storeAll
	w.service = NewService(chats{w}, chats{w}, members{w}, messages{w}, answers{w}, told{w}, slog.New(slog.DiscardHandler), func() int { return maxBytes })
	return w
}

func (w *world) note(call string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, call)
	return w.fail
}

func (w *world) role(user app.UserID) (app.MemberRole, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	role, in := w.roles[user]
	if !in {
		return "", app.ErrNotFound
	}
	return role, nil
}

// storeAll accepts every posting and numbers its messages.
func (w *world) storeAll(postings []Posting) ([]Posted, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]Posted, len(postings))
	for i, p := range postings {
		list[i] = w.store(p)
	}
	return list, nil
}

func (w *world) store(p Posting) Posted {
	out := Posted{Verdict: Stored, ID: p.ID, From: w.chat.Rev}
	add := func(m app.Message) {
		w.chat.Rev++
		w.chat.LastSeq++
		m.ChatID, m.Rev, m.Seq = p.ChatID, w.chat.Rev, w.chat.LastSeq
		out.Messages = append(out.Messages, m)
	}
	add(app.Message{ID: p.ID, Role: app.MessageUser, Author: &app.Person{ID: p.AuthorID}, Content: p.Content, ClientID: p.ClientID, ReplyTo: p.ReplyTo, Status: app.StatusComplete})
	for _, a := range p.Answers {
		add(app.Message{ID: a.ID, Role: app.MessageAssistant, Model: &a.Model, Status: app.StatusStreaming})
	}
	return out
}

type chats struct{ w *world }

var _ ChatRepository = chats{}

func (c chats) GetByID(_ context.Context, user app.UserID, _ app.ChatID) (app.Chat, error) {
	role, err := c.w.role(user)
	if err != nil {
		return app.Chat{}, err
	}
	chat := c.w.chat
	chat.Me = &app.Me{Role: role}
	return chat, c.w.note("get chat")
}

func (c chats) GetByUserID(_ context.Context, _ app.UserID, filter Filter, page app.PageRequest) (app.Page[app.Chat], error) {
	c.w.filter = filter
	return app.Page[app.Chat]{Pagination: app.Pagination{Limit: page.Limit}}, c.w.note("list chats")
}

func (c chats) Create(_ context.Context, _ app.UserID, chat app.Chat, policySet bool) (app.Chat, error) {
	c.w.created, c.w.policy = chat, policySet
	return chat, c.w.note("create chat")
}

func (c chats) Update(_ context.Context, _ app.ChatID, settings Settings) (app.Changes, error) {
	c.w.updated = &settings
	return c.w.changes, c.w.note("update chat")
}

func (c chats) Delete(context.Context, app.ChatID) ([]app.UserID, error) {
	return []app.UserID{owner, editor}, c.w.note("delete chat")
}

func (c chats) Restore(_ context.Context, user app.UserID, _ app.ChatID, grace time.Duration) (app.Changes, error) {
	if role, err := c.w.role(user); err != nil || role != app.MemberOwner || grace != Grace {
		return app.Changes{}, app.ErrNotFound
	}
	return c.w.changes, c.w.note("restore chat")
}

type members struct{ w *world }

var _ MemberRepository = members{}

func (m members) Role(_ context.Context, user app.UserID, _ app.ChatID) (app.MemberRole, error) {
	return m.w.role(user)
}

func (m members) Hold(ctx context.Context, user app.UserID, _ app.ChatID, work func(context.Context, app.MemberRole) error) error {
	role, err := m.w.role(user)
	if err != nil {
		return err
	}
	return work(ctx, role)
}

func (m members) SetMine(_ context.Context, _ app.UserID, _ app.ChatID, mine Mine) error {
	m.w.mine = &mine
	return m.w.note("set mine")
}

func (m members) MarkRead(_ context.Context, _ app.UserID, _ app.ChatID, seq int64) (int64, bool, error) {
	m.w.seq = seq
	return seq, m.w.moved, m.w.note("mark read")
}

type messages struct{ w *world }

var _ MessageRepository = messages{}

func (m messages) GetByID(_ context.Context, user app.UserID, _ app.ChatID, id app.MessageID) (app.Message, error) {
	if _, err := m.w.role(user); err != nil {
		return app.Message{}, err
	}
	secret := "secret"
	return app.Message{ID: id, Author: &app.Person{ID: editor}, ClientID: &secret}, m.w.note("get message")
}

func (m messages) GetByChatID(ctx context.Context, user app.UserID, chat app.ChatID, _ Range) ([]app.Message, error) {
	one, err := m.GetByID(ctx, user, chat, question)
	if err != nil {
		return nil, err
	}
	return []app.Message{one}, nil
}

func (m messages) Create(_ context.Context, _ app.Owner, postings []Posting) ([]Posted, error) {
	return m.w.posted(postings)
}

func (m messages) Update(_ context.Context, edit Edit) (app.Changes, error) {
	m.w.edit = edit
	return m.w.changes, m.w.note("update message")
}

func (m messages) Delete(_ context.Context, by app.UserID, _ app.ChatID, _ app.MessageID) (app.Changes, error) {
	m.w.by = by
	return m.w.changes, m.w.note("delete message")
}

type history struct{ w *world }

var _ HistoryRepository = history{}

func (h history) GetByMessageID(_ context.Context, user app.UserID, _ app.ChatID, _ app.MessageID, after, limit int) ([]app.Version, error) {
	if _, err := h.w.role(user); err != nil {
		return nil, err
	}
	return []app.Version{{Version: after + limit}}, h.w.note("list versions")
}

func (h history) Choose(_ context.Context, choice Choice) (app.Changes, error) {
	h.w.choice = choice
	return h.w.changes, h.w.note("choose version")
}

func (h history) Fork(_ context.Context, fork Fork) (app.Chat, error) {
	h.w.fork = fork
	return app.Chat{ID: fork.ID}, h.w.note("fork chat")
}

type answers struct{ w *world }

var _ Answerer = answers{}

func (a answers) Plan(context.Context, app.Actor, app.Chat, string, string) ([]app.Answer, error) {
	return a.w.plan, a.w.planned
}

func (a answers) Owner() app.Owner { return app.Owner{Node: "here", Epoch: 7} }

func (a answers) Started(runs []app.Run) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	if len(runs) > 0 {
		a.w.signals = append(a.w.signals, "started")
	}
	a.w.runs = append(a.w.runs, runs...)
}

func (a answers) Overlay(list []app.Message) {
	for i := range list {
		if a.w.overlay != "" {
			list[i].Content = a.w.overlay
		}
	}
}

type told struct{ w *world }

var _ app.Signals = told{}

func (s told) signal(what string) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.signals = append(s.w.signals, what)
}

func (s told) ChatChanged(c app.Changes) {
	s.signal("changed")
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.told = append(s.w.told, c)
}
func (s told) ChatStale(app.ChatID)                         { s.signal("stale") }
func (s told) ChatRead(_ app.ChatID, u app.UserID, _ int64) { s.signal("read by " + string(u)) }
func (s told) ChatLost(_ app.ChatID, u app.UserID)          { s.signal("lost by " + string(u)) }
func (s told) MineChanged(_ app.ChatID, u app.UserID)       { s.signal("own part of " + string(u)) }
func (s told) SessionEnded(app.EndReason, ...app.SessionID) { s.signal("session") }
func (s told) UserChanged(app.UserID)                       { s.signal("user") }
func (s told) SettingChanged(string)                        { s.signal("setting") }
