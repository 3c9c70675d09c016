package realtime

import (
	"maps"
	"slices"

	"github.com/quillium/quillium/app"
)

// keep makes a backup of what is stored.
func (w *world) keep() {
	w.db.mu.Lock()
	defer w.db.mu.Unlock()
	w.kept = copied(w.db.chats)
}

func copied(chats map[app.ChatID]*stored) map[app.ChatID]*stored {
	all := map[app.ChatID]*stored{}
	for id, s := range chats {
		one := *s
		one.messages, one.members = slices.Clone(s.messages), maps.Clone(s.members)
		all[id] = &one
	}
	return all
}

// restore stops all nodes, brings the backup back under a new name, and starts
// others. What ran when it was made was broken off by it.
func (w *world) restore() {
	for _, d := range w.devices {
		d.cut()
	}
	for _, n := range w.nodes {
		n.close()
	}
	w.runs, w.untold = nil, nil
	w.store += "+"
	chats := copied(w.kept)
	for _, s := range chats {
		for i := range s.messages {
			if m := &s.messages[i]; m.Status.Running() {
				m.Status, m.Rev = app.StatusInterrupted, s.next()
			}
		}
	}
	w.db.mu.Lock()
	w.db.chats = chats
	w.db.mu.Unlock()
	for i := range w.nodes {
		w.nodes[i] = w.newNode()
	}
	for i, d := range w.devices {
		d.node = w.nodes[i%len(w.nodes)]
		d.connect()
	}
}
