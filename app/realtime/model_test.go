package realtime

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
)

// database stands in for the truth: chats whose every change takes the next
// rev, read in snapshots that arrive late.
type database struct {
	mu    sync.Mutex
	chats map[app.ChatID]*stored
	// delays are what readings suffer, in turn; sick is how many of them fail.
	delays []time.Duration
	turn   atomic.Int64
	sick   atomic.Int64
}

type stored struct {
	chat     app.Chat
	titled   int64
	floor    int64
	messages []app.Message
	members  map[app.UserID]app.Member
}

// commit changes a chat and tells what changed, as made.
func (d *database) commit(id app.ChatID, change func(s *stored)) app.Changes {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.chats[id]
	from := s.chat.Rev
	change(s)
	return s.since(from)
}

func (s *stored) next() int64 {
	s.chat.Rev++
	return s.chat.Rev
}

func (s *stored) add(m app.Message) app.Message {
	s.chat.LastSeq++
	m.Seq, m.Rev, m.ChatID = s.chat.LastSeq, s.next(), s.chat.ID
	s.messages = append(s.messages, m)
	return m
}

func (s *stored) message(id app.MessageID) *app.Message {
	for i := range s.messages {
		if s.messages[i].ID == id {
			return &s.messages[i]
		}
	}
	return nil
}

func (s *stored) since(rev int64) app.Changes {
	changes := app.Changes{ChatID: s.chat.ID, From: rev, Rev: s.chat.Rev, Messages: []app.Message{}}
	if rev < s.floor {
		changes.From = changes.Rev
		return changes
	}
	for _, m := range s.messages {
		if m.Rev > rev {
			changes.Messages = append(changes.Messages, m)
		}
	}
	slices.SortFunc(changes.Messages, func(a, b app.Message) int { return cmp.Compare(a.Rev, b.Rev) })
	if s.titled > rev {
		chat := s.chat
		changes.Chat = &chat
	}
	changes.Members = s.membersSince(rev)
	return changes
}

func (s *stored) membersSince(rev int64) (list []app.Member) {
	for _, m := range s.members {
		if m.Rev > rev {
			list = append(list, m)
		}
	}
	return list
}

func (s *stored) snapshot(ask Ask, limit int, resume bool) Snapshot {
	snapshot := Snapshot{Found: true, Chat: s.chat, Messages: []app.Message{}, Members: []app.Member{}}
	var changed, running []app.Message
	if ask.Since != nil {
		for _, m := range s.messages {
			if m.Status.Running() {
				running = append(running, m)
			} else if m.Rev > *ask.Since {
				changed = append(changed, m)
			}
		}
		snapshot.Members = append(snapshot.Members, s.membersSince(*ask.Since)...)
	}
	snapshot.Reset = !resume || ask.Since == nil || *ask.Since > s.chat.Rev || *ask.Since < s.floor || len(changed) > limit
	if snapshot.Reset {
		newest := s.messages[max(0, len(s.messages)-limit):]
		snapshot.Messages = append(snapshot.Messages, newest...)
		snapshot.Members = slices.Collect(maps.Values(s.members))
		return snapshot
	}
	snapshot.Messages = append(append(snapshot.Messages, changed...), running...)
	return snapshot
}

// late is how long a reading waits before it is made, and before it arrives.
func (d *database) late() time.Duration {
	return d.delays[int(d.turn.Add(1))%len(d.delays)]
}

func (d *database) Snapshots(ctx context.Context, user app.UserID, asks []Ask, limit int, resume bool) ([]Snapshot, error) {
	time.Sleep(d.late())
	d.mu.Lock()
	list := make([]Snapshot, len(asks))
	for i, ask := range asks {
		s := d.chats[ask.ChatID]
		if _, in := s.members[user]; in && !s.members[user].Removed {
			list[i] = s.snapshot(ask, limit, resume)
		}
	}
	d.mu.Unlock()
	time.Sleep(d.late())
	return list, ctx.Err()
}

func (d *database) Tails(ctx context.Context, tails []Tail) ([]app.Delta, error) {
	time.Sleep(d.late())
	if d.turn.Load()%2 == 0 && d.sick.Add(-1) >= 0 {
		return nil, app.ErrUnavailable
	}
	d.mu.Lock()
	var deltas []app.Delta
	for _, t := range tails {
		m := d.chats[t.Chat].message(t.Message)
		if m != nil && m.Status == app.StatusStreaming && m.Rev == t.Rev && len(m.Content) > t.Content {
			deltas = append(deltas, deltaOf(t.Chat, m.ID, m.Rev, t.Content, m.Content[t.Content:]))
		}
	}
	d.mu.Unlock()
	time.Sleep(d.late())
	return deltas, ctx.Err()
}

func (d *database) Thread(ctx context.Context, user app.UserID, chat app.ChatID, question app.MessageID) (Snapshot, error) {
	list, err := d.Snapshots(ctx, user, []Ask{{ChatID: chat}}, 1<<30, true)
	list[0].Messages = slices.DeleteFunc(list[0].Messages, func(m app.Message) bool {
		return m.ID != question && (m.ReplyTo == nil || *m.ReplyTo != question)
	})
	return list[0], err
}

func (d *database) Removed(_ context.Context, chat app.ChatID, rev int64) (list []app.UserID, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range d.chats[chat].membersSince(rev) {
		if m.Removed {
			list = append(list, m.User.ID)
		}
	}
	return list, nil
}

func (d *database) Since(_ context.Context, chat app.ChatID, rev int64) (app.Changes, error) {
	time.Sleep(d.late())
	if d.turn.Load()%2 == 0 && d.sick.Add(-1) >= 0 {
		return app.Changes{}, app.ErrUnavailable
	}
	d.mu.Lock()
	changes := d.chats[chat].since(rev)
	d.mu.Unlock()
	time.Sleep(d.late())
	return changes, nil
}

// run is an answer that runs on this node.
type run struct {
	chat app.ChatID
	id   app.MessageID
	rev  int64
	text string
	// told is how much of the text went out as deltas.
	told int
	// over is set when it was ended in the database; it may not know yet.
	over bool
}

// world is a node with a database, on which all answers run, another node, and
// what has not been told yet.
type world struct {
	t     *rapid.T
	db    *database
	hub   *Hub
	far   *Hub
	live  *texts
	chats []app.ChatID
	runs  []*run
	// untold are signals on their way: they come late and in any order.
	untold  []func()
	devices []*device
}

func newWorld(t *rapid.T) *world {
	delay := rapid.SampledFrom([]time.Duration{0, 0, time.Millisecond, 5 * time.Millisecond, 30 * time.Millisecond})
	w := &world{t: t, live: newTexts(), chats: []app.ChatID{"c1", "c2"}}
	w.db = &database{chats: map[app.ChatID]*stored{}, delays: rapid.SliceOfN(delay, 1, 20).Draw(t, "delays")}
	w.db.sick.Store(rapid.Int64Range(0, 10).Draw(t, "failures"))
	users := []app.UserID{"ada", "bob"}
	for _, id := range w.chats {
		s := &stored{chat: app.Chat{ID: id, Rev: 1}, members: map[app.UserID]app.Member{}}
		for _, user := range users {
			s.members[user] = app.Member{User: app.Person{ID: user}, Role: app.MemberEditor, Rev: 1}
		}
		w.db.chats[id] = s
	}
	w.hub = NewHub(w.db, w.live, quiet, 100, func(string) {})
	// Without a crowd everything goes out at once, in one every chat has ticks.
	w.hub.crowd = rapid.SampledFrom([]int{0, 0, 1, crowd}).Draw(t, "crowd")
	w.far = NewHub(w.db, newTexts(), quiet, 100, func(string) {})
	w.far.crowd = w.hub.crowd
	for i := range rapid.IntRange(1, 3).Draw(t, "devices") {
		d := newDevice(w, users[i%len(users)])
		d.connect()
		w.devices = append(w.devices, d)
	}
	return w
}

// tell sends a commit's changes now, later, or not at all: then the node looks
// some time. after is what follows the telling.
func (w *world) tell(changes app.Changes, after func()) {
	w.ring(func() { w.far.ChatStale(changes.ChatID) })
	signal := func() { w.hub.ChatChanged(changes) }
	how := rapid.SampledFrom([]string{"now", "now", "later", "lost"}).Draw(w.t, "told")
	if how == "lost" {
		signal = func() { w.hub.ChatStale(changes.ChatID) }
	}
	whole := func() { signal(); after() }
	if how == "now" {
		whole()
		return
	}
	w.untold = append(w.untold, whole)
}

// ring gives the other node a hint now, later or never.
func (w *world) ring(hint func()) {
	switch rapid.SampledFrom([]string{"now", "later", "lost"}).Draw(w.t, "rung") {
	case "now":
		hint()
	case "later":
		w.untold = append(w.untold, hint)
	}
}

// hearLate tells one of the signals that are on their way.
func (w *world) hearLate() {
	if len(w.untold) == 0 {
		return
	}
	i := rapid.IntRange(0, len(w.untold)-1).Draw(w.t, "which")
	signal := w.untold[i]
	w.untold = slices.Delete(w.untold, i, i+1)
	signal()
}

func (w *world) chat() app.ChatID { return rapid.SampledFrom(w.chats).Draw(w.t, "chat") }

func (w *world) run() *run {
	if len(w.runs) == 0 {
		return nil
	}
	return w.runs[rapid.IntRange(0, len(w.runs)-1).Draw(w.t, "run")]
}

// post stores a question and its answer, which begins to run when it is told.
func (w *world) post() {
	r := &run{chat: w.chat(), id: app.NewID[app.MessageID]()}
	changes := w.db.commit(r.chat, func(s *stored) {
		s.add(app.Message{ID: app.NewID[app.MessageID](), Role: app.MessageUser, Status: app.StatusComplete, Content: "?"})
		r.rev = s.add(app.Message{ID: r.id, Role: app.MessageAssistant, Status: app.StatusStreaming}).Rev
	})
	w.tell(changes, func() { w.begin(r) })
}

func (w *world) begin(r *run) {
	w.live.set(r.id, r.rev, r.text)
	w.runs = append(w.runs, r)
}

// again restarts an answer that has ended, with its text or without.
func (w *world) again() {
	var r *run
	id, keep := w.chat(), rapid.Bool().Draw(w.t, "continue")
	changes := w.db.commit(id, func(s *stored) {
		for i, m := range s.messages {
			if m.Role == app.MessageAssistant && !m.Status.Running() && !w.runsHere(m.ID) {
				again := &s.messages[i]
				if !keep {
					again.Content = ""
				}
				again.Status, again.Rev = app.StatusStreaming, s.next()
				r = &run{chat: id, id: m.ID, rev: again.Rev, text: again.Content, told: len(again.Content)}
				return
			}
		}
	})
	if r != nil {
		w.tell(changes, func() { w.begin(r) })
	}
}

// runsHere also tells of an answer that has not learned yet that it is over.
func (w *world) runsHere(id app.MessageID) bool {
	return slices.ContainsFunc(w.runs, func(r *run) bool { return r.id == id })
}

// grow gives a running answer more text; its delta may come a little later.
func (w *world) grow() {
	if r := w.run(); r != nil {
		r.text += rapid.SampledFrom([]string{"a", "ü", "日本 ", "two words", "\"\n"}).Draw(w.t, "text")
		w.live.set(r.id, r.rev, r.text)
		if rapid.Bool().Draw(w.t, "delta") {
			w.delta(r)
		}
	}
}

func (w *world) delta(r *run) {
	if r.told < len(r.text) {
		w.hub.Grown(deltaOf(r.chat, r.id, r.rev, r.told, r.text[r.told:]))
		r.told = len(r.text)
	}
}

// flush stores the text so far, which takes no rev.
func (w *world) flush() {
	if r := w.run(); r != nil {
		w.store(r)
		w.ring(func() { w.far.AnswersGrew(r.chat) })
	}
}

func (w *world) store(r *run) {
	if !r.over {
		w.db.commit(r.chat, func(s *stored) { s.message(r.id).Content = r.text })
	}
}

// end ends an answer with its text, or, stopped from elsewhere, with what is
// stored of it: then it goes on for a while before it learns of that.
func (w *world) end() {
	r := w.run()
	if r == nil || r.over {
		return
	}
	stopped := rapid.Bool().Draw(w.t, "stopped")
	if !stopped {
		w.delta(r)
	}
	r.over = true
	changes := w.db.commit(r.chat, func(s *stored) {
		m := s.message(r.id)
		m.Status, m.Rev = app.StatusComplete, s.next()
		if !stopped {
			m.Content = r.text
		}
	})
	if stopped {
		w.tell(changes, func() {})
		w.untold = append(w.untold, func() { w.forget(r) })
		return
	}
	w.tell(changes, func() { w.forget(r) })
}

func (w *world) forget(r *run) {
	w.delta(r)
	w.live.drop(r.id, r.rev)
	w.runs = slices.DeleteFunc(w.runs, func(other *run) bool { return other == r })
}

// alter changes something else that takes a rev.
func (w *world) alter() {
	what := rapid.SampledFrom([]string{"title", "member", "edit", "erase"}).Draw(w.t, "what")
	changes := w.db.commit(w.chat(), func(s *stored) {
		switch {
		case what == "title":
			s.titled = s.next()
			s.chat.Title += "!"
		case what == "member":
			m := s.members["bob"]
			m.Rev = s.next()
			m.Role = rapid.SampledFrom([]app.MemberRole{app.MemberEditor, app.MemberViewer}).Draw(w.t, "role")
			s.members["bob"] = m
		case len(s.messages) == 0:
		case what == "erase" && s.messages[0].Status == app.StatusComplete:
			s.floor = s.next()
			s.messages = s.messages[1:]
		case s.messages[0].Role == app.MessageUser:
			s.messages[0].Content += "?"
			s.messages[0].Rev = s.next()
		}
	})
	w.tell(changes, func() {})
}

// lose takes bob out of a chat, or back in.
func (w *world) lose() {
	id, back := w.chat(), false
	changes := w.db.commit(id, func(s *stored) {
		m := s.members["bob"]
		back, m.Removed, m.Rev = m.Removed, !m.Removed, s.next()
		s.members["bob"] = m
	})
	w.tell(changes, func() {
		if !back {
			w.hub.ChatLost(id, "bob")
		}
	})
}
