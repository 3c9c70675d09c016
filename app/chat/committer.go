package chat

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

// The committer stores what everybody posts. While one group commits, the
// next one gathers, without a timer: one post alone waits for nobody, many at
// once share a transaction. Two groups at most are under way, never both for
// one chat, so that the messages of a chat are stored in the order submitted.
type committer struct {
	messages MessageRepository
	answers  Answerer
	log      *slog.Logger
	stored   func(Posting, Posted)

	mu      sync.Mutex
	waiting []*post
	busy    map[app.ChatID]bool
	running int
}

const (
	groupSize    = 64
	groupsAtOnce = 2
	storeTimeout = 10 * time.Second
)

type post struct {
	posting Posting
	done    chan outcome
}

type outcome struct {
	posted Posted
	err    error
}

// newCommitter makes a committer; stored is called for each posting whose
// message is there, before its poster is told.
func newCommitter(messages MessageRepository, answers Answerer, log *slog.Logger, stored func(Posting, Posted)) *committer {
	return &committer{messages: messages, answers: answers, log: log, stored: stored, busy: map[app.ChatID]bool{}}
}

// submit queues a posting. The channel has room for its one outcome, so that
// a caller who gave up holds up nobody.
func (c *committer) submit(posting Posting) <-chan outcome {
	done := make(chan outcome, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, &post{posting: posting, done: done})
	c.launch()
	return done
}

// launch starts groups while there is something to store and room for it. The
// lock is held.
func (c *committer) launch() {
	for c.running < groupsAtOnce {
		group := c.gather()
		if len(group) == 0 {
			return
		}
		c.running++
		go c.run(group)
	}
}

// gather takes the next group: posts of chats that no group is busy with, the
// rest stays in order. Two posts of one author with one client_id never share
// a group: the second has to see the first.
func (c *committer) gather() []*post {
	var group []*post
	seen := map[string]bool{}
	passed := map[app.ChatID]bool{}
	rest := c.waiting[:0]
	for _, p := range c.waiting {
		key := repeatKey(p.posting)
		if len(group) == groupSize || c.busy[p.posting.ChatID] || passed[p.posting.ChatID] || seen[key] {
			passed[p.posting.ChatID] = true
			rest = append(rest, p)
			continue
		}
		if key != "" {
			seen[key] = true
		}
		group = append(group, p)
	}
	clear(c.waiting[len(rest):])
	c.waiting = rest
	for _, p := range group {
		c.busy[p.posting.ChatID] = true
	}
	return group
}

func repeatKey(p Posting) string {
	if p.ClientID == nil {
		return ""
	}
	return string(p.ChatID) + string(p.AuthorID) + *p.ClientID
}

func (c *committer) run(group []*post) {
	// Not the context of any one caller: the group is everybody's.
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	outcomes := c.store(ctx, group)
	for i, p := range group {
		if outcomes[i].err == nil {
			c.tell(p.posting, outcomes[i].posted)
		}
		p.done <- outcomes[i]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range group {
		delete(c.busy, p.posting.ChatID)
	}
	c.running--
	c.launch()
}

// tell passes on what was stored. It is stored whatever happens here, so a
// panic changes nothing for its poster.
func (c *committer) tell(posting Posting, posted Posted) {
	defer func() {
		if fault := recover(); fault != nil {
			c.log.Error("telling of a message panicked", "chat_id", posting.ChatID, "panic", fault, "stack", string(debug.Stack()))
		}
	}()
	c.stored(posting, posted)
}

// store stores a group; where that fails, each post alone, so that one bad
// post does not take others with it.
func (c *committer) store(ctx context.Context, group []*post) []outcome {
	outcomes := make([]outcome, len(group))
	postings := make([]Posting, len(group))
	for i, p := range group {
		postings[i] = p.posting
	}
	posted, err := c.create(ctx, postings)
	if err == nil {
		for i := range posted {
			outcomes[i].posted = posted[i]
		}
		return outcomes
	}
	for i := range postings {
		one, err := c.create(ctx, postings[i:i+1])
		outcomes[i].err = err
		if err == nil {
			outcomes[i].posted = one[0]
		}
	}
	return outcomes
}

// create makes a panic an error: everybody's messages pass through here, and
// no one of them may end the process.
func (c *committer) create(ctx context.Context, postings []Posting) (posted []Posted, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			c.log.Error("storing messages panicked", "count", len(postings), "panic", fault, "stack", string(debug.Stack()))
			err = app.ErrInternal
		}
	}()
	return c.messages.Create(ctx, c.answers.Owner(), postings)
}
