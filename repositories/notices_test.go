package repositories_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestNotices(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	kept, ada, eve := repositories.NewNoticeRepository(db), signUp(t, db, "ada@example.org"), signUp(t, db, "eve@example.org")
	first := app.Notice{ID: app.NewID[app.NoticeID](), Text: "one", CreatedAt: moment()}
	second := app.Notice{ID: app.NewID[app.NoticeID](), Text: "two", CreatedAt: moment()}
	require.NoError(t, kept.Create(t.Context(), ada.ID, first))
	require.NoError(t, kept.Create(t.Context(), ada.ID, second))
	list, err := kept.List(t.Context(), ada.ID, 10)
	require.NoError(t, err)
	require.Equal(t, []app.Notice{first, second}, list)
	list, err = kept.List(t.Context(), ada.ID, 1)
	require.NoError(t, err)
	require.Equal(t, []app.Notice{first}, list)
	require.ErrorIs(t, kept.Delete(t.Context(), eve.ID, first.ID), app.ErrNotFound, "it is not hers")
	require.NoError(t, kept.Delete(t.Context(), ada.ID, first.ID))
	require.ErrorIs(t, kept.Delete(t.Context(), ada.ID, first.ID), app.ErrNotFound)
	list, err = kept.List(t.Context(), eve.ID, 10)
	require.NoError(t, err)
	require.Equal(t, []app.Notice{}, list)
}
