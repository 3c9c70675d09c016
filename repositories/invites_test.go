package repositories_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories"
)

// link makes an invite link to a chat and gives back its hash.
func (w *rooms) link(id app.ChatID, by app.UserID, uses int) []byte {
	w.t.Helper()
	invite := app.Invite{ID: app.NewID[app.InviteID](), Role: app.MemberEditor, MaxUses: uses, CreatedBy: app.Person{ID: by}, ExpiresAt: time.Now().Add(time.Hour)}
	hash := sha256.Sum256([]byte(invite.ID))
	_, err := repositories.NewInviteRepository(w.db).Create(context.Background(), id, invite, hash[:])
	require.NoError(w.t, err)
	return hash[:]
}

func TestOfFiftyAtOnceAsManyComeInAsALinkHasUses(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	owner, id := w.pair()
	hash := w.link(id, owner, 10)
	links := repositories.NewInviteRepository(w.db)
	var crowd sync.WaitGroup
	var in, out atomic.Int32
	for range 50 {
		who := w.user("Guest")
		crowd.Go(func() {
			switch changes, err := links.Accept(context.Background(), hash, who); {
			case err == nil && changes.Rev == changes.From+1:
				in.Add(1)
			case errors.Is(err, app.ErrNotFound):
				out.Add(1)
			}
		})
	}
	crowd.Wait()
	require.EqualValues(t, 10, in.Load())
	require.EqualValues(t, 40, out.Load(), "the others are told that there is no such link, and nothing else goes wrong")
	require.Equal(t, 11, w.count(`select count(*) from members where chat_id = $1 and removed_at is null`, id))
	require.Equal(t, 11, w.count(`select member_count from chats where id = $1`, id))
	require.Equal(t, 11, w.count(`select rev from chats where id = $1`, id), "no rev was burnt by who was refused")
	require.Equal(t, 10, w.count(`select uses from invites where hash = $1`, hash))
}

func TestALinkThatIsTakenBackMeanwhileLetsNobodyIn(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	owner, id := w.pair()
	guest, hash := w.user("Eve"), w.link(id, owner, 1)
	tx, err := w.raw.Begin(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	_, err = tx.Exec(t.Context(), `delete from invites where hash = $1`, hash)
	require.NoError(t, err)
	accepted := make(chan error, 1)
	go func() {
		_, err := repositories.NewInviteRepository(w.db).Accept(context.Background(), hash, guest)
		accepted <- err
	}()
	w.requireWaiting()
	require.NoError(t, tx.Commit(t.Context()))
	require.ErrorIs(t, <-accepted, app.ErrNotFound)
	require.Equal(t, 1, w.count(`select member_count from chats where id = $1`, id))
	require.Equal(t, 1, w.count(`select count(*) from members where chat_id = $1`, id))
}
