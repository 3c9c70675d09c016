package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/quillium/quillium/app"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	quiet   = slog.New(slog.DiscardHandler)
	errWire = errors.New("the wire is cut")
)

// wire is the far end of a client: it keeps what it is sent, and can hold its
// writer up.
type wire struct {
	hear func(line []byte)

	mu     sync.Mutex
	moved  *sync.Cond
	lines  []string
	frames int
	// last is what was written last.
	last    []Block
	blocked bool
	broken  bool
	code    int
	reason  string
	// goodbyes counts calls of Close; left is set when nobody may touch the wire
	// any more, late counts who did.
	goodbyes int
	left     bool
	late     int
	// slow is how long a goodbye takes.
	slow time.Duration
}

func newWire() *wire {
	w := &wire{hear: func([]byte) {}}
	w.moved = sync.NewCond(&w.mu)
	return w
}

func (w *wire) Write(blocks []Block) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.touched()
	for w.blocked && w.code == 0 && !w.broken {
		w.moved.Wait()
	}
	if w.code != 0 || w.broken {
		return errWire
	}
	w.frames++
	w.last = blocks
	for line := range Join(blocks...).Lines() {
		w.lines = append(w.lines, string(line))
		w.hear(line)
	}
	w.moved.Broadcast()
	return nil
}

func (w *wire) Close(code int, reason string) {
	time.Sleep(w.slow)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.touched()
	w.goodbyes++
	if w.code == 0 {
		w.code, w.reason = code, reason
	}
	w.moved.Broadcast()
}

func (w *wire) touched() {
	if w.left {
		w.late++
	}
}

func (w *wire) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
	w.moved.Broadcast()
}

func (w *wire) block()   { w.set(func() { w.blocked = true }) }
func (w *wire) unblock() { w.set(func() { w.blocked = false }) }

func (w *wire) closed() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.code
}

// envelope is what a client reads.
type envelope struct {
	Type string          `json:"type"`
	ID   string          `json:"id"`
	Data json.RawMessage `json:"data"`
}

// heard is everything written so far.
func (w *wire) heard(t testing.TB) []envelope {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]envelope, len(w.lines))
	for i, line := range w.lines {
		require.NoError(t, json.Unmarshal([]byte(line), &list[i]))
	}
	return list
}

// types is heard in short.
func (w *wire) types(t testing.TB) []string {
	t.Helper()
	list := []string{}
	for _, e := range w.heard(t) {
		list = append(list, e.Type)
	}
	return list
}

func dataOf[T any](t testing.TB, e envelope) T {
	t.Helper()
	var data T
	require.NoError(t, json.Unmarshal(e.Data, &data))
	return data
}

// reader is a Reader made of functions.
type reader struct {
	snapshots func(ctx context.Context, user app.UserID, asks []Ask, limit int, resume bool) ([]Snapshot, error)
	since     func(ctx context.Context, chat app.ChatID, rev int64) (app.Changes, error)
	removed   func() []app.UserID
	tails     func(ctx context.Context, tails []Tail) ([]app.Delta, error)
}

func (r *reader) Tails(ctx context.Context, tails []Tail) ([]app.Delta, error) {
	return r.tails(ctx, tails)
}

func (r *reader) Snapshots(ctx context.Context, user app.UserID, asks []Ask, limit int, resume bool) ([]Snapshot, error) {
	return r.snapshots(ctx, user, asks, limit, resume)
}

func (r *reader) Thread(ctx context.Context, user app.UserID, chat app.ChatID, _ app.MessageID) (Snapshot, error) {
	list, err := r.snapshots(ctx, user, []Ask{{ChatID: chat}}, MaxChanges, true)
	if err != nil {
		return Snapshot{}, err
	}
	return list[0], nil
}

func (r *reader) SinceAll(ctx context.Context, asks []Where) ([]Missed, error) {
	return missedOf(ctx, asks, r.since, func(app.ChatID, int64) []app.UserID { return r.removed() })
}

// missedOf reads one chat after the other.
func missedOf(ctx context.Context, asks []Where, since func(context.Context, app.ChatID, int64) (app.Changes, error), lost func(app.ChatID, int64) []app.UserID) ([]Missed, error) {
	list := make([]Missed, len(asks))
	for i, ask := range asks {
		changes, err := since(ctx, ask.ChatID, ask.Rev)
		switch {
		case err == nil:
			list[i] = Missed{Found: true, Changes: changes, Lost: lost(ask.ChatID, ask.Rev)}
		case !errors.Is(err, app.ErrNotFound):
			return nil, err
		}
	}
	return list, nil
}

// texts is what answers of this node have by now.
type texts struct {
	mu   sync.Mutex
	runs map[app.MessageID]grown
}

type grown struct {
	rev  int64
	text string
}

func (x *texts) Runs(id app.MessageID, rev int64) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	run, ok := x.runs[id]
	return ok && run.rev == rev
}

func (x *texts) Overlay(messages []app.Message) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range messages {
		run, ok := x.runs[messages[i].ID]
		if ok && messages[i].Status == app.StatusStreaming && messages[i].Rev == run.rev && len(run.text) >= len(messages[i].Content) {
			messages[i].Content = run.text
		}
	}
}

func (x *texts) set(id app.MessageID, rev int64, text string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if rev >= x.runs[id].rev {
		x.runs[id] = grown{rev: rev, text: text}
	}
}

func (x *texts) drop(id app.MessageID, rev int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.runs[id].rev == rev {
		delete(x.runs, id)
	}
}

func newTexts() *texts { return &texts{runs: map[app.MessageID]grown{}} }

// room is a hub over one or more chats whose revs the test sets.
type room struct {
	hub   *Hub
	texts *texts

	mu   sync.Mutex
	revs map[app.ChatID]int64
	// changed are messages that Since tells of, whatever the rev.
	changed []app.Message
	reads   int
	fail    error
	// during runs in the middle of a snapshot: after it was read, before it is told.
	during func()
	// looking runs at the beginning of a reading.
	looking func()
	text    string
	// lost are those whom Removed names; notice has Since tell nothing else.
	lost   []app.UserID
	notice bool
	// elsewhere is what runs of another node have stored by now; tailed counts
	// the readings of it.
	elsewhere map[app.MessageID]grown
	tailed    int
}

const perUser = 3

// of is a number that stays.
func of(n int) func() int { return func() int { return n } }

func newRoom(t testing.TB, chats ...app.ChatID) *room {
	t.Helper()
	r := &room{texts: newTexts(), revs: map[app.ChatID]int64{}}
	for _, chat := range chats {
		r.revs[chat] = 1
	}
	r.hub = NewHub(&reader{snapshots: r.snapshots, since: r.since, removed: func() []app.UserID { return r.lost }, tails: r.tails}, r.texts, quiet, of(perUser), func(string) {})
	t.Cleanup(r.hub.Close)
	return r
}

func (r *room) snapshots(_ context.Context, _ app.UserID, asks []Ask, _ int, _ bool) ([]Snapshot, error) {
	r.mu.Lock()
	list, err, during := make([]Snapshot, len(asks)), r.fail, r.during
	for i, ask := range asks {
		rev, known := r.revs[ask.ChatID]
		list[i] = Snapshot{
			Found: known, Chat: app.Chat{ID: ask.ChatID, Rev: rev}, Reset: ask.Since == nil,
			Messages: []app.Message{{ID: "m", ChatID: ask.ChatID, Content: r.text}}, Members: []app.Member{},
		}
	}
	r.mu.Unlock()
	if during != nil {
		during()
	}
	return list, err
}

func (r *room) since(_ context.Context, chat app.ChatID, rev int64) (app.Changes, error) {
	if r.looking != nil {
		r.looking()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads++
	if r.fail != nil {
		return app.Changes{}, r.fail
	}
	if r.notice {
		return app.Changes{ChatID: chat, From: r.revs[chat], Rev: r.revs[chat], Messages: []app.Message{}}, nil
	}
	return app.Changes{ChatID: chat, From: rev, Rev: r.revs[chat], Messages: r.changed}, nil
}

func (r *room) tails(_ context.Context, tails []Tail) ([]app.Delta, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tailed++
	var deltas []app.Delta
	for _, t := range tails {
		run := r.elsewhere[t.Message]
		if run.rev == t.Rev && t.Content < len(run.text) {
			deltas = append(deltas, app.Delta{
				ChatID: t.Chat, MessageID: t.Message, Rev: t.Rev, Part: app.PartContent,
				Offset: t.Content, End: len(run.text), Text: run.text[t.Content:],
			})
		}
	}
	if r.fail != nil {
		return nil, r.fail
	}
	return deltas, nil
}

func (r *room) store(id app.MessageID, rev int64, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.elsewhere == nil {
		r.elsewhere = map[app.MessageID]grown{}
	}
	r.elsewhere[id] = grown{rev: rev, text: text}
}

func (r *room) set(chat app.ChatID, rev int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.revs[chat] = rev
}

// enter joins a client of a user.
func (r *room) enter(t testing.TB, user app.UserID) (*Client, *wire) {
	t.Helper()
	w := newWire()
	c := NewClient(app.NewID[string](), app.Actor{UserID: user, SessionID: app.SessionID("session of " + user), Name: string(user)}, w)
	_, ok := r.hub.Join(c)
	require.True(t, ok)
	t.Cleanup(func() { r.hub.Leave(c) })
	return c, w
}

// follow subscribes and waits for the answers.
func (r *room) follow(t testing.TB, c *Client, chats ...app.ChatID) {
	t.Helper()
	asks := make([]Ask, len(chats))
	for i, chat := range chats {
		asks[i] = Ask{ChatID: chat}
	}
	r.hub.Subscribe(t.Context(), c, Subscription{ID: "s", Asks: asks, Limit: 50, Resume: true})
}

func commitOf(chat app.ChatID, from, rev int64, messages ...app.Message) app.Changes {
	if messages == nil {
		messages = []app.Message{}
	}
	return app.Changes{ChatID: chat, From: from, Rev: rev, Messages: messages}
}

func answerOf(id app.MessageID, rev int64, status app.MessageStatus) app.Message {
	return app.Message{ID: id, Rev: rev, Role: app.MessageAssistant, Status: status}
}

func deltaOf(chat app.ChatID, id app.MessageID, rev int64, offset int, text string) app.Delta {
	return app.Delta{ChatID: chat, MessageID: id, Rev: rev, Part: app.PartContent, Offset: offset, End: offset + len(text), Text: text}
}
