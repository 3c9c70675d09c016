package model_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/model"
)

func TestWhoMayAsk(t *testing.T) {
	t.Parallel()
	b := started(t, model.Options{}, "dear", "cheap")
	b.edit(t, "dear", model.ModelChange{Restricted: to(true), Users: &[]string{"ADA@example.org"}})

	t.Run("the chosen see it and may ask it", func(t *testing.T) {
		require.Equal(t, []string{"cheap", "dear*", "guide"}, b.ids(t, ada))
		_, err := b.Resolve(t.Context(), ada, "dear")
		require.NoError(t, err)
	})
	t.Run("others do not, and their default is the first that they may ask", func(t *testing.T) {
		require.Equal(t, []string{"cheap*", "guide"}, b.ids(t, bob))
		_, err := b.Resolve(t.Context(), bob, "dear")
		require.ErrorIs(t, err, app.ErrForbidden)
		require.Contains(t, app.AsError(err).Message, `may not ask the model "dear"`)
		require.Equal(t, "cheap", b.Default(t.Context(), bob, ""))
		require.Equal(t, "dear", b.Default(t.Context(), bob, "dear"), "what a chat names is never swapped")
	})
	t.Run("as the default of the instance it is shown, whomever it is for", func(t *testing.T) {
		require.NoError(t, b.SetDefault(t.Context(), admin, b.uid(t, "dear")))
		one, err := b.GetManagedModel(t.Context(), admin, b.uid(t, "dear"))
		require.NoError(t, err)
		require.True(t, one.Default)
		require.Equal(t, []string{"cheap*", "guide"}, b.ids(t, bob))
	})
	t.Run("administrators are no exception", func(t *testing.T) {
		_, err := b.Resolve(t.Context(), admin, "dear")
		require.ErrorIs(t, err, app.ErrForbidden)
	})
	t.Run("it stays restricted when it goes from the list and comes back", func(t *testing.T) {
		b.lists(home, "cheap")
		b.Refresh(t.Context())
		one, err := b.GetManagedModel(t.Context(), admin, b.uid(t, "dear"))
		require.NoError(t, err)
		require.False(t, one.Listed)
		b.lists(home, "cheap", "dear")
		b.Refresh(t.Context())
		_, err = b.Resolve(t.Context(), bob, "dear")
		require.ErrorIs(t, err, app.ErrForbidden)
	})
	t.Run("only people who are here can be chosen", func(t *testing.T) {
		err := b.ChangeModel(t.Context(), admin, b.uid(t, "dear"), model.ModelChange{Users: &[]string{"ada@example.org", "who@example.org"}})
		require.ErrorIs(t, err, app.ErrInvalidInput)
		require.Contains(t, err.Error(), "line 2")
	})
	t.Run("the choice is forgotten by nobody while everyone may", func(t *testing.T) {
		b.edit(t, "dear", model.ModelChange{Restricted: to(false)})
		_, err := b.Resolve(t.Context(), bob, "dear")
		require.NoError(t, err)
		one, err := b.GetManagedModel(t.Context(), admin, b.uid(t, "dear"))
		require.NoError(t, err)
		require.Equal(t, []app.User{everybody[0]}, one.Users)
	})
}
