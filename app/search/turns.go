package search

import (
	"context"
	"sync"

	"github.com/quillium/quillium/app"
)

// atOnce is how many searches of one user read the database at once. Further
// ones wait: however long his texts are, others have room beside him.
const atOnce = 2

// turns lets users search a few times at once each.
type turns struct {
	mu    sync.Mutex
	users map[app.UserID]*turn
}

type turn struct {
	slots chan struct{}
	// here counts those who search or wait.
	here int
}

// take waits for a turn; done gives it back. unavailable where the context
// ends first.
func (t *turns) take(ctx context.Context, user app.UserID) (done func(), err error) {
	mine := t.enter(user)
	select {
	case mine.slots <- struct{}{}:
		return func() { <-mine.slots; t.leave(user) }, nil
	case <-ctx.Done():
		t.leave(user)
		return nil, &app.Error{Code: app.CodeUnavailable, Message: "Your other searches are still running; try again in a moment.", Cause: ctx.Err()}
	}
}

func (t *turns) enter(user app.UserID) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := t.users[user]
	if mine == nil {
		mine = &turn{slots: make(chan struct{}, atOnce)}
		t.users[user] = mine
	}
	mine.here++
	return mine
}

func (t *turns) leave(user app.UserID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.users[user].here--; t.users[user].here == 0 {
		delete(t.users, user)
	}
}
