package assistant_test

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

// world is a real database with one person and one chat in it.
type world struct {
	db       *repositories.DB
	user     app.UserID
	chat     app.ChatID
	messages *repositories.MessageRepository
	runs     *repositories.RunRepository
	nodes    *repositories.NodeRepository
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := pgtest.New(t)
	w := &world{
		db: db, user: app.NewID[app.UserID](), messages: repositories.NewMessageRepository(db),
		runs: repositories.NewRunRepository(db), nodes: repositories.NewNodeRepository(db),
	}
	conn, err := pgx.ConnectConfig(t.Context(), db.ConnConfig())
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `insert into users (id, email, email_key, name, password_hash) values ($1, 'ada', 'ada', 'Ada', 'x')`, w.user)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	w.room(t)
	return w
}

// room makes another chat the present one.
func (w *world) room(t require.TestingT) {
	room := app.Chat{ID: app.NewID[app.ChatID](), Title: "New chat", ReplyPolicy: app.ReplyAlways}
	_, err := repositories.NewChatRepository(w.db).Create(context.Background(), w.user, room, false)
	require.NoError(t, err)
	w.chat = room.ID
}

// node is a service on this database, with what it tells.
type node struct {
	*assistant.Service
	*shaky
	live *assistant.Live
	told *told
}

func (w *world) node(provider llm.Provider, options assistant.Options) *node {
	if options.Node == "" {
		options.Node = app.NewID[app.NodeID]()
	}
	if options.MaxBytes == nil {
		options.MaxBytes = func() int { return 1 << 18 }
	}
	n := &node{shaky: &shaky{RunRepository: w.runs, nodes: w.nodes}, live: assistant.NewLive(), told: &told{}}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	n.Service = assistant.NewService(n.shaky, flushing{w.nodes, n.shaky}, repositories.NewPastRepository(w.db), repositories.NewMemberRepository(w.db),
		only{provider}, n.told, n.told, n.live, log, options)
	return n
}

// ask posts a question with as many answers and hands those that stream to
// this node.
func (w *world) ask(t require.TestingT, n *node, answers int) []app.Message {
	p := chat.Posting{ID: app.NewID[app.MessageID](), ChatID: w.chat, AuthorID: w.user, Content: "why?"}
	for range answers {
		p.Answers = append(p.Answers, app.Answer{ID: app.NewID[app.MessageID](), Model: "m"})
	}
	posted, err := w.messages.Create(context.Background(), n.Owner(), []chat.Posting{p})
	require.NoError(t, err)
	require.Equal(t, chat.Stored, posted[0].Verdict)
	var runs []app.Run
	for _, m := range posted[0].Messages[1:] {
		if m.Status == app.StatusStreaming {
			runs = append(runs, app.Run{ChatID: m.ChatID, MessageID: m.ID, Rev: m.Rev, Asker: w.user, Model: "m"})
		}
	}
	n.Started(runs)
	return posted[0].Messages[1:]
}

func (w *world) get(t require.TestingT, id app.MessageID) app.Message {
	m, err := w.messages.GetByID(context.Background(), w.user, w.chat, id)
	require.NoError(t, err)
	return m
}

func (w *world) actor() app.Actor { return app.Actor{UserID: w.user} }

// shaky is a database whose answers can be lost: before the statement
// arrives, or after it took effect.
type shaky struct {
	assistant.RunRepository
	nodes assistant.NodeRepository

	mu                    sync.Mutex
	loseBefore, loseAfter int
	deaf                  bool
	// during happens once, while a flush is under way.
	during func()
}

func (s *shaky) lose(before, after int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loseBefore, s.loseAfter = before, after
}

// cutOff keeps every flush of this node from the database.
func (s *shaky) cutOff(deaf bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = deaf
}

func (s *shaky) next() (before, after bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deaf {
		return true, false
	}
	if s.loseBefore > 0 {
		s.loseBefore--
		return true, false
	}
	if s.loseAfter > 0 {
		s.loseAfter--
		return false, true
	}
	return false, false
}

func (s *shaky) End(ctx context.Context, e app.Ending) (app.Changes, error) {
	before, after := s.next()
	if before {
		return app.Changes{}, app.ErrUnavailable
	}
	changes, err := s.RunRepository.End(ctx, e)
	if after {
		return app.Changes{}, app.ErrUnavailable
	}
	return changes, err
}

type flushing struct {
	assistant.NodeRepository
	shaky *shaky
}

func (f flushing) Flush(ctx context.Context, owner app.Owner, runs []app.Run, chunks []app.Chunk) (bool, []app.Kept, error) {
	f.shaky.mu.Lock()
	during := f.shaky.during
	f.shaky.during = nil
	f.shaky.mu.Unlock()
	if during != nil {
		during()
	}
	before, after := f.shaky.next()
	if before {
		return false, nil, app.ErrUnavailable
	}
	alive, kept, err := f.NodeRepository.Flush(ctx, owner, runs, chunks)
	if after {
		return false, nil, app.ErrUnavailable
	}
	return alive, kept, err
}

// only is a catalogue of one model.
type only struct{ provider llm.Provider }

func (only) Default(context.Context, app.Actor, string) string { return "m" }
func (only) Mentions(context.Context, string) []string         { return nil }
func (o only) Resolve(context.Context, app.Actor, string) (assistant.Choice, error) {
	if o.provider == nil {
		return assistant.Choice{}, app.ErrNotFound
	}
	return assistant.Choice{ID: "m", Upstream: "m", Provider: o.provider}, nil
}

// told is what a node told, put together as a client would.
type told struct {
	mu      sync.Mutex
	texts   map[app.MessageID]map[app.Part]string
	changes []app.Changes
	broken  []app.Delta
	flushed []app.ChatID
}

func (t *told) Flushed(chats []app.ChatID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.flushed = append(t.flushed, chats...)
}

func (t *told) Grown(d app.Delta) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.texts == nil {
		t.texts = map[app.MessageID]map[app.Part]string{}
	}
	if t.texts[d.MessageID] == nil {
		t.texts[d.MessageID] = map[app.Part]string{}
	}
	if d.End-d.Offset != len(d.Text) {
		t.broken = append(t.broken, d)
	}
	t.texts[d.MessageID][d.Part] += d.Text
}

func (t *told) ChatChanged(c app.Changes) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.changes = append(t.changes, c)
}

func (*told) ChatStale(app.ChatID)                         {}
func (*told) ChatRead(app.ChatID, app.UserID, int64)       {}
func (*told) ChatLost(app.ChatID, app.UserID)              {}
func (*told) MineChanged(app.ChatID, app.UserID)           {}
func (*told) SessionEnded(app.EndReason, ...app.SessionID) {}
func (*told) UserChanged(app.UserID)                       {}
func (*told) SettingChanged(string)                        {}

// puppet is a model that says what the test says, when it says so.
type puppet struct{ runs chan *strings }

// strings are those of one run.
type strings struct {
	pieces chan llm.Delta
	heard  chan error
	end    chan error
}

func newPuppet() *puppet { return &puppet{runs: make(chan *strings, 8)} }

func (p *puppet) Stream(ctx context.Context, _ llm.Request, emit func(llm.Delta) error) error {
	s := &strings{pieces: make(chan llm.Delta), heard: make(chan error), end: make(chan error)}
	p.runs <- s
	for {
		select {
		case piece := <-s.pieces:
			err := emit(piece)
			s.heard <- err
			if err != nil {
				return err
			}
		case err := <-s.end:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *strings) say(part app.Part, text string) error {
	s.pieces <- llm.Delta{Part: part, Text: text}
	return <-s.heard
}

const soon = 20 * time.Second

func (n *node) idle(t require.TestingT) {
	require.Eventually(t, func() bool { return n.live.Count() == 0 }, soon, time.Millisecond)
}
