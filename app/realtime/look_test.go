package realtime

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// places is a Revs over what a room's database has.
type places struct {
	room  *room
	fail  error
	asked [][]app.ChatID
}

func (p *places) Revs(_ context.Context, chats []app.ChatID) (map[app.ChatID]int64, error) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.asked = append(p.asked, chats)
	if p.fail != nil {
		return nil, p.fail
	}
	found := map[app.ChatID]int64{}
	for _, id := range chats {
		if rev, there := p.room.revs[id]; there {
			found[id] = rev
		}
	}
	return found, nil
}

func TestLook(t *testing.T) {
	t.Parallel()
	const every = 4 * time.Second
	looking := func(t *testing.T, r *room) *places {
		p := &places{room: r}
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		go r.hub.Look(ctx, p, every)
		return p
	}
	inRoom(t, "a commit that nobody told of is made good within five seconds, once", func(t *testing.T, r *room) {
		ada, atAda := r.enter(t, "ada")
		r.follow(t, ada, "c", "d")
		looking(t, r)
		r.set("c", 2)
		time.Sleep(every)
		synctest.Wait()
		require.Equal(t, []string{"subscribed", "subscribed", "changes"}, atAda.types(t))
		told := dataOf[app.Changes](t, atAda.heard(t)[2])
		require.Equal(t, [2]int64{1, 2}, [2]int64{told.From, told.Rev})
		time.Sleep(3 * every)
		synctest.Wait()
		require.Len(t, atAda.heard(t), 3)
		require.Equal(t, 1, r.reads, "where nothing is missing nothing is read")
	})
	inRoom(t, "whoever lost a chat meanwhile is told so, and none of what was missed", func(t *testing.T, r *room) {
		ada, atAda := r.enter(t, "ada")
		eve, atEve := r.enter(t, "eve")
		r.follow(t, ada, "c")
		r.follow(t, eve, "c")
		r.lost, r.notice = []app.UserID{"eve"}, true
		looking(t, r)
		r.set("c", 2)
		time.Sleep(every)
		synctest.Wait()
		require.Equal(t, []string{"subscribed", "changes"}, atAda.types(t))
		require.Equal(t, []string{"subscribed", "removed"}, atEve.types(t))
	})
	inRoom(t, "a chat that is there no more is over for all who follow it, and for nobody while that is not known", func(t *testing.T, r *room) {
		ada, atAda := r.enter(t, "ada")
		r.follow(t, ada, "c", "d")
		p := looking(t, r)
		r.mu.Lock()
		p.fail = errors.New("away")
		delete(r.revs, "c")
		r.mu.Unlock()
		time.Sleep(every)
		synctest.Wait()
		require.Equal(t, []string{"subscribed", "subscribed"}, atAda.types(t))
		r.mu.Lock()
		p.fail = nil
		r.mu.Unlock()
		time.Sleep(every)
		synctest.Wait()
		require.Equal(t, []string{"subscribed", "subscribed", "removed"}, atAda.types(t))
		require.True(t, ada.Follows("d"))
		require.False(t, ada.Follows("c"))
	})
	inRoom(t, "chats that nobody follows are not asked for, and without any nobody is", func(t *testing.T, r *room) {
		p := looking(t, r)
		time.Sleep(2 * every)
		synctest.Wait()
		require.Empty(t, p.asked)
		ada, _ := r.enter(t, "ada")
		r.follow(t, ada, "d")
		time.Sleep(every)
		synctest.Wait()
		require.Equal(t, [][]app.ChatID{{"d"}}, p.asked)
	})
	inRoom(t, "a look that fails is made again", func(t *testing.T, r *room) {
		ada, atAda := r.enter(t, "ada")
		r.follow(t, ada, "c")
		p := looking(t, r)
		r.mu.Lock()
		p.fail = errors.New("away")
		r.revs["c"] = 2
		r.mu.Unlock()
		time.Sleep(every)
		synctest.Wait()
		require.Equal(t, []string{"subscribed"}, atAda.types(t))
		r.mu.Lock()
		p.fail = nil
		r.mu.Unlock()
		time.Sleep(every)
		synctest.Wait()
		require.Equal(t, []string{"subscribed", "changes"}, atAda.types(t))
	})
	inRoom(t, "a commit that a look saw first is told once, whenever its own word comes", func(t *testing.T, r *room) {
		ada, atAda := r.enter(t, "ada")
		r.follow(t, ada, "c")
		looking(t, r)
		r.set("c", 2)
		time.Sleep(every)
		synctest.Wait()
		r.hub.ChatChanged(commitOf("c", 1, 2))
		r.set("c", 3)
		r.hub.ChatChanged(commitOf("c", 2, 3))
		synctest.Wait()
		require.Equal(t, []string{"subscribed", "changes", "changes"}, atAda.types(t))
	})
}
