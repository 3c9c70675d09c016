package repositories_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories"
)

func TestShelve(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	shelves := repositories.NewSearchRepository(w.db)
	user, id := w.pair()
	m := w.ended(id, user, app.StatusComplete, "The giraffe has a long neck.")
	waiting := func() int { return w.count(`select count(*) from messages where unindexed`) }
	shelve := func(most, want int) {
		t.Helper()
		n, err := shelves.Shelve(t.Context(), most)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	require.Equal(t, 1, waiting(), "questions are in the index at once, answers wait")
	require.Equal(t, []string{"The giraffe has a long neck."}, w.found(user, "", "giraffe", 10), "it is found before it is in the index")

	_, err := w.restart(m, user, false)
	require.NoError(t, err)
	shelve(10, 0)
	require.Empty(t, w.found(user, "", "giraffe", 10), "what runs is neither put away nor found")
	running := w.get(user, m)
	_, err = w.runs.End(t.Context(), app.Ending{ChatID: id, MessageID: m.ID, Rev: running.Rev, Status: app.StatusComplete, Content: ptr("An okapi is shy.")})
	require.NoError(t, err)
	w.ended(id, user, app.StatusStopped, "Another okapi")

	shelve(1, 1)
	require.Equal(t, 1, waiting())
	shelve(10, 1)
	shelve(10, 0)
	require.ElementsMatch(t, []string{"An okapi is shy.", "Another okapi"}, w.found(user, "", "okapi", 10), "nothing is found twice")
}
