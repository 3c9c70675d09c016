package realtime

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

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

func (d *database) removed(chat app.ChatID, rev int64) (list []app.UserID) {
	for _, m := range d.chats[chat].membersSince(rev) {
		if m.Removed {
			list = append(list, m.User.ID)
		}
	}
	return list
}

func (d *database) SinceAll(ctx context.Context, asks []Where) ([]Missed, error) {
	time.Sleep(d.late())
	if d.turn.Load()%2 == 0 && d.sick.Add(-1) >= 0 {
		return make([]Missed, len(asks)), app.ErrUnavailable
	}
	d.mu.Lock()
	list, err := missedOf(ctx, asks, func(_ context.Context, chat app.ChatID, rev int64) (app.Changes, error) {
		return d.chats[chat].since(rev), nil
	}, d.removed)
	d.mu.Unlock()
	time.Sleep(d.late())
	return list, err
}

// Revs is how nodes look.
func (d *database) Revs(_ context.Context, chats []app.ChatID) (map[app.ChatID]int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	revs := map[app.ChatID]int64{}
	for _, id := range chats {
		revs[id] = d.chats[id].chat.Rev
	}
	return revs, nil
}
