package model_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/model"
)

func TestManagedModels(t *testing.T) {
	t.Parallel()
	names := make([]string, 25)
	for i := range names {
		names[i] = fmt.Sprintf("model-%02d", i)
	}
	b := started(t, model.Options{}, names...)
	b.edit(t, "model-03", model.ModelChange{Aliases: &[]string{"speed"}, Name: ptr("Über"), Enabled: to(false)})
	page := func(filter model.Filter, request app.PageRequest) (app.Page[app.ManagedModel], []string) {
		list, err := b.GetManagedModels(t.Context(), admin, filter, request)
		require.NoError(t, err)
		ids := make([]string, len(list.Data))
		for i, m := range list.Data {
			ids[i] = m.ID
		}
		return list, ids
	}

	t.Run("come page by page, those that are switched off too", func(t *testing.T) {
		t.Parallel()
		var all []string
		request := app.PageRequest{Limit: 10}
		for {
			list, ids := page(model.Filter{}, request)
			all = append(all, ids...)
			if list.Pagination.Next == nil {
				break
			}
			request.Cursor = *list.Pagination.Next
		}
		require.Equal(t, names, all)
	})
	t.Run("are found by id, alias and name", func(t *testing.T) {
		t.Parallel()
		for query, want := range map[string]int{"speed": 1, "ÜBER": 1, "model-0": 10, "nothing": 0} {
			_, ids := page(model.Filter{Query: query}, app.PageRequest{Limit: 100})
			require.Len(t, ids, want, query)
		}
		_, ids := page(model.Filter{Provider: "another"}, app.PageRequest{Limit: 100})
		require.Empty(t, ids)
	})
	t.Run("a page about all of them is from one moment", func(t *testing.T) {
		t.Parallel()
		all, err := b.GetManaged(t.Context(), admin, model.Filter{Query: "model-1"}, app.PageRequest{Limit: 3}, b.uid(t, "model-03"))
		require.NoError(t, err)
		require.Len(t, all.Providers, 1)
		require.Len(t, all.Models.Data, 3)
		require.Equal(t, 10, all.Total)
		require.Equal(t, "Über", all.Model.Name)
		all, err = b.GetManaged(t.Context(), admin, model.Filter{}, app.PageRequest{Limit: 3}, "")
		require.NoError(t, err)
		require.Nil(t, all.Model)
		_, err = b.GetManaged(t.Context(), admin, model.Filter{}, app.PageRequest{Limit: 3}, "none")
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = b.GetManaged(t.Context(), ada, model.Filter{}, app.PageRequest{Limit: 3}, "none")
		require.ErrorIs(t, err, app.ErrForbidden)
	})
	t.Run("a cursor that is none is refused", func(t *testing.T) {
		t.Parallel()
		for _, cursor := range []string{"x", "!", "eA"} {
			_, err := b.GetManagedModels(t.Context(), admin, model.Filter{}, app.PageRequest{Limit: 1, Cursor: cursor})
			require.ErrorIs(t, err, app.ErrInvalidInput, cursor)
		}
		_, err := b.GetManagedModels(t.Context(), admin, model.Filter{Query: strings.Repeat("x", 201)}, app.PageRequest{Limit: 1})
		require.ErrorIs(t, err, app.ErrInvalidInput)
	})
}
