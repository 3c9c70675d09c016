package realtime

import (
	"context"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
)

// run is an answer that runs on a node.
type run struct {
	at   *node
	chat app.ChatID
	id   app.MessageID
	rev  int64
	text string
	// told is how much of the text went out as deltas.
	told int
	// over is set when it was ended in the database; it may not know yet.
	over bool
}

// node is one of the processes on the database: its hub, and the texts that
// run on it.
type node struct {
	hub  *Hub
	live *texts
	stop context.CancelFunc
}

func (w *world) newNode() *node {
	n := &node{live: newTexts()}
	n.hub = NewHub(w.db, n.live, quiet, of(100), func(string) {})
	n.hub.crowd = w.crowd
	ctx, stop := context.WithCancel(context.Background())
	n.stop = stop
	go n.hub.Look(ctx, w.db, 4*time.Second)
	return n
}

func (n *node) close() {
	n.stop()
	n.hub.Close()
}

// world is two nodes with a database, and what has not been told yet.
type world struct {
	t     *rapid.T
	db    *database
	nodes []*node
	// crowd is what the nodes take for one.
	crowd int
	chats []app.ChatID
	// store names the database; kept is what a restore brings back.
	store string
	kept  map[app.ChatID]*stored
	runs  []*run
	// untold are signals on their way: they come late and in any order.
	untold  []func()
	devices []*device
}

func newWorld(t *rapid.T) *world {
	delay := rapid.SampledFrom([]time.Duration{0, 0, time.Millisecond, 5 * time.Millisecond, 30 * time.Millisecond})
	w := &world{t: t, chats: []app.ChatID{"c1", "c2"}, store: "store"}
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
	// Without a crowd everything goes out at once, in one every chat has ticks.
	w.crowd = rapid.SampledFrom([]int{0, 0, 1, crowd}).Draw(t, "crowd")
	w.keep()
	w.nodes = []*node{w.newNode(), w.newNode()}
	for i := range rapid.IntRange(1, 3).Draw(t, "devices") {
		d := newDevice(w, users[i%len(users)])
		d.connect()
		w.devices = append(w.devices, d)
	}
	return w
}

func (w *world) node() *node { return w.nodes[rapid.IntRange(0, len(w.nodes)-1).Draw(w.t, "node")] }

// tell lets nodes hear of a commit now, later, or not at all: then they see it
// when they look. The node that made it hears the changes, the others that
// there are some. after is what follows on the node that made it.
func (w *world) tell(at *node, changes app.Changes, after func()) {
	for _, n := range w.nodes {
		hear := func() { n.hub.ChatsChanged(changes.ChatID) }
		if n == at {
			hear = func() { n.hub.ChatChanged(changes) }
		}
		how := rapid.SampledFrom([]string{"now", "now", "later", "lost"}).Draw(w.t, "told")
		if how == "lost" {
			hear = func() {}
		}
		if n == at {
			heard := hear
			hear = func() { heard(); after() }
		}
		if how == "now" {
			hear()
		} else {
			w.untold = append(w.untold, hear)
		}
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
	r := &run{at: w.node(), chat: w.chat(), id: app.NewID[app.MessageID]()}
	changes := w.db.commit(r.chat, func(s *stored) {
		s.add(app.Message{ID: app.NewID[app.MessageID](), Role: app.MessageUser, Status: app.StatusComplete, Content: "?"})
		r.rev = s.add(app.Message{ID: r.id, Role: app.MessageAssistant, Status: app.StatusStreaming}).Rev
	})
	w.tell(r.at, changes, func() { w.begin(r) })
}

func (w *world) begin(r *run) {
	r.at.live.set(r.id, r.rev, r.text)
	w.runs = append(w.runs, r)
}

// again restarts an answer that has ended, with its text or without.
func (w *world) again() {
	var r *run
	at, id, keep := w.node(), w.chat(), rapid.Bool().Draw(w.t, "continue")
	changes := w.db.commit(id, func(s *stored) {
		for i, m := range s.messages {
			if m.Role == app.MessageAssistant && !m.Status.Running() && !w.runsHere(m.ID) {
				again := &s.messages[i]
				if !keep {
					again.Content = ""
				}
				again.Status, again.Rev = app.StatusStreaming, s.next()
				r = &run{at: at, chat: id, id: m.ID, rev: again.Rev, text: again.Content, told: len(again.Content)}
				return
			}
		}
	})
	if r != nil {
		w.tell(at, changes, func() { w.begin(r) })
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
		r.at.live.set(r.id, r.rev, r.text)
		if rapid.Bool().Draw(w.t, "delta") {
			w.delta(r)
		}
	}
}

func (w *world) delta(r *run) {
	if r.told < len(r.text) {
		r.at.hub.Grown(deltaOf(r.chat, r.id, r.rev, r.told, r.text[r.told:]))
		r.told = len(r.text)
	}
}

// flush stores the text so far, which takes no rev.
func (w *world) flush() {
	if r := w.run(); r != nil {
		w.save(r)
		for _, n := range w.nodes {
			if n != r.at {
				w.hint(func() { n.hub.AnswersGrew(r.chat) })
			}
		}
	}
}

func (w *world) save(r *run) {
	if !r.over {
		w.db.commit(r.chat, func(s *stored) { s.message(r.id).Content = r.text })
	}
}

// hint is heard now, later or never.
func (w *world) hint(hear func()) {
	switch rapid.SampledFrom([]string{"now", "later", "lost"}).Draw(w.t, "rung") {
	case "now":
		hear()
	case "later":
		w.untold = append(w.untold, hear)
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
		w.tell(w.node(), changes, func() {})
		w.untold = append(w.untold, func() { w.forget(r) })
		return
	}
	w.tell(r.at, changes, func() { w.forget(r) })
}

func (w *world) forget(r *run) {
	w.delta(r)
	r.at.live.drop(r.id, r.rev)
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
	w.tell(w.node(), changes, func() {})
}

// lose takes bob out of a chat, or back in.
func (w *world) lose() {
	at, id, back := w.node(), w.chat(), false
	changes := w.db.commit(id, func(s *stored) {
		m := s.members["bob"]
		back, m.Removed, m.Rev = m.Removed, !m.Removed, s.next()
		s.members["bob"] = m
	})
	w.tell(at, changes, func() {
		if !back {
			at.hub.ChatLost(id, "bob")
		}
	})
}
