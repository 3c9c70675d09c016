package search

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// kept is a repository and the rooms: it remembers what it was asked.
type kept struct {
	asked []Query
	chat  app.ChatID
	page  app.PageRequest
	err   error
}

func (k *kept) Find(_ context.Context, _ app.UserID, chat app.ChatID, query Query, page app.PageRequest) (app.Page[Found], error) {
	k.asked, k.chat, k.page = append(k.asked, query), chat, page
	next := "next"
	return app.Page[Found]{
		Data:       []Found{{Hit: app.Hit{Kind: app.HitMessage}, Window: Window{Text: "a zebra"}}},
		Pagination: app.Pagination{Limit: page.Limit, Next: &next},
	}, k.err
}

func (k *kept) Role(_ context.Context, _ app.UserID, id app.ChatID) (app.MemberRole, error) {
	if id != "mine" {
		return "", app.ErrNotFound
	}
	return app.MemberViewer, nil
}

func TestSearch(t *testing.T) {
	t.Parallel()
	ada, page := app.Actor{UserID: "ada", SessionID: "s"}, app.PageRequest{Limit: 7, Cursor: "c"}
	t.Run("what is found comes with an excerpt", func(t *testing.T) {
		t.Parallel()
		k := &kept{}
		hits, err := NewService(k, k).Search(t.Context(), ada, " zebra ", "mine", page)
		require.NoError(t, err)
		require.Equal(t, []Query{{Parts: []string{"zebra"}}}, k.asked)
		require.Equal(t, []any{app.ChatID("mine"), page}, []any{k.chat, k.page})
		require.Equal(t, "a [zebra]", marked(hits.Data[0].Excerpt))
		require.Equal(t, "next", *hits.Pagination.Next)
		require.Equal(t, 7, hits.Pagination.Limit)
	})
	t.Run("who may not look is told nothing else", func(t *testing.T) {
		t.Parallel()
		k := &kept{}
		_, err := NewService(k, k).Search(t.Context(), app.Actor{}, "zebra", "", page)
		require.ErrorIs(t, err, app.ErrUnauthorized)
		_, err = NewService(k, k).Search(t.Context(), ada, strings.Repeat("x", 201), "theirs", page)
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = NewService(k, k).Search(t.Context(), ada, strings.Repeat("x", 201), "mine", page)
		require.ErrorIs(t, err, app.ErrInvalidInput)
		require.Empty(t, k.asked)
	})
	t.Run("a fault is passed on, and no list is nil", func(t *testing.T) {
		t.Parallel()
		k := &kept{err: app.ErrUnavailable}
		hits, err := NewService(k, k).Search(t.Context(), ada, "zebra", "", page)
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.NotNil(t, hits.Data)
	})
}
