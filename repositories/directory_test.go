package repositories_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestDirectory(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	users, kept := repositories.NewUserRepository(db), repositories.NewDirectoryRepository(db)
	var all []auth.Account
	for i, name := range []string{"Zoe", "ada", "Émile", "Ada", "Bob", "ada", "Olga", "Öl", "100%_sure", "李"} {
		account := signUp(t, db, fmt.Sprintf("Person%d@Example.org", (i*7)%10))
		account.Name = name
		if i%4 == 1 {
			account.Role = app.RoleAdmin
		}
		if i%3 == 2 {
			account.Status = app.UserDisabled
		}
		require.NoError(t, users.Update(t.Context(), account))
		if i%2 == 0 {
			begin(t, db, account)
		}
		all = append(all, account)
	}
	gone := signUp(t, db, "gone@example.org")
	require.NoError(t, repositories.NewDeletionRepository(db).Create(t.Context(), auth.Deletion{UserID: gone.ID}))
	walk := func(t require.TestingT, find auth.Find, limit int) (list []app.ManagedUser) {
		page := app.PageRequest{Limit: limit}
		for range 20 {
			got, err := kept.List(context.Background(), find, page)
			require.NoError(t, err)
			require.LessOrEqual(t, len(got.Data), limit)
			list = append(list, got.Data...)
			if got.Pagination.Next == nil {
				return list
			}
			page.Cursor = *got.Pagination.Next
		}
		require.Fail(t, "the list has no end")
		return nil
	}

	t.Run("whatever the order, page by page is all of them, once, and backwards the other way round", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			find := auth.Find{Order: rapid.SampledFrom([]auth.Order{auth.ByCreated, auth.ByName, auth.ByEmail, auth.BySeen}).Draw(t, "order")}
			up := walk(t, find, rapid.IntRange(1, 11).Draw(t, "limit"))
			require.Len(t, up, len(all))
			find.Descending = true
			down := walk(t, find, rapid.IntRange(1, 11).Draw(t, "limit"))
			slices.Reverse(down)
			require.Equal(t, up, down)
		})
	})
	t.Run("each order is what it says", func(t *testing.T) {
		t.Parallel()
		require.True(t, slices.IsSortedFunc(walk(t, auth.Find{Order: auth.ByEmail}, 3), func(a, b app.ManagedUser) int {
			return strings.Compare(strings.ToLower(a.Email), strings.ToLower(b.Email))
		}))
		byName := walk(t, auth.Find{Order: auth.ByName}, 100)
		require.Equal(t, "Zoe", byName[len(byName)-2].Name, "case and accents do not tear names apart")
		require.Nil(t, walk(t, auth.Find{Order: auth.BySeen}, 100)[0].SeenAt)
	})
	t.Run("one is looked for by parts of name and address, and by what he is", func(t *testing.T) {
		t.Parallel()
		for query, want := range map[string]int{"ada": 3, "ADA": 3, "person3@": 1, "example.ORG": 10, "%_": 1, "_": 1, "nobody": 0, "gone": 0, "李": 1, "émi": 1} {
			require.Len(t, walk(t, auth.Find{Query: query, Order: auth.ByName}, 4), want, query)
		}
		require.Len(t, walk(t, auth.Find{Role: app.RoleAdmin}, 4), 3)
		require.Len(t, walk(t, auth.Find{Status: app.UserDisabled}, 4), 3)
		require.Len(t, walk(t, auth.Find{Status: app.UserActive, Role: app.RoleUser}, 4), 4+1)
	})
	t.Run("they are counted", func(t *testing.T) {
		t.Parallel()
		got, err := kept.Count(t.Context(), auth.Find{})
		require.NoError(t, err)
		require.Equal(t, auth.Tally{Count: 10, Exact: true}, got)
		got, err = kept.Count(t.Context(), auth.Find{Query: "ada", Role: app.RoleAdmin})
		require.NoError(t, err)
		require.Equal(t, auth.Tally{Count: 2, Exact: true}, got)
	})
	t.Run("one alone, with his living sessions", func(t *testing.T) {
		t.Parallel()
		got, err := kept.Get(t.Context(), all[0].ID)
		require.NoError(t, err)
		require.Equal(t, 1, got.Sessions)
		require.WithinDuration(t, time.Now(), *got.SeenAt, time.Hour)
		_, err = kept.Get(t.Context(), gone.ID)
		require.ErrorIs(t, err, app.ErrNotFound)
	})
	t.Run("what is no cursor of this list is refused", func(t *testing.T) {
		t.Parallel()
		first, err := kept.List(t.Context(), auth.Find{Order: auth.ByName}, app.PageRequest{Limit: 1})
		require.NoError(t, err)
		_, err = kept.List(t.Context(), auth.Find{Order: auth.ByEmail}, app.PageRequest{Limit: 1, Cursor: *first.Pagination.Next})
		require.ErrorIs(t, err, app.ErrInvalidInput)
		rapid.Check(t, func(t *rapid.T) {
			_, err := kept.List(context.Background(), auth.Find{}, app.PageRequest{Limit: 1, Cursor: rapid.String().Draw(t, "cursor") + "x"})
			require.ErrorIs(t, err, app.ErrInvalidInput)
		})
	})
}

func TestSignupInvites(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	kept, ada, now := repositories.NewSignupInviteRepository(db), signUp(t, db, "ada@example.org"), moment()
	add := func(hash string, uses int, lasts time.Duration) app.SignupInvite {
		invite := app.SignupInvite{ID: app.NewID[app.InviteID](), MaxUses: uses, CreatedAt: now, ExpiresAt: now.Add(lasts)}
		require.NoError(t, kept.Create(t.Context(), invite, ada.ID, []byte(hash)))
		return invite
	}
	twice, brief := add("twice", 2, time.Hour), add("brief", 1, time.Minute)
	lives := func(hash string, at time.Time) bool {
		got, err := kept.Lives(t.Context(), []byte(hash), at)
		require.NoError(t, err)
		return got
	}
	require.True(t, lives("twice", now) && lives("brief", now))
	require.False(t, lives("brief", now.Add(time.Minute)) || lives("other", now))

	page, err := kept.List(t.Context(), now, app.PageRequest{Limit: 1})
	require.NoError(t, err)
	require.Equal(t, brief.ID, page.Data[0].ID)
	require.Equal(t, &app.Person{ID: ada.ID, Name: ada.Name}, page.Data[0].CreatedBy)
	page, err = kept.List(t.Context(), now, app.PageRequest{Limit: 1, Cursor: *page.Pagination.Next})
	require.NoError(t, err)
	require.Equal(t, twice.ID, page.Data[0].ID)
	require.Nil(t, page.Pagination.Next)

	require.NoError(t, kept.Use(t.Context(), []byte("twice"), now))
	require.NoError(t, kept.Use(t.Context(), []byte("twice"), now))
	require.ErrorIs(t, kept.Use(t.Context(), []byte("twice"), now), app.ErrNotFound, "it is used up")
	require.ErrorIs(t, kept.Use(t.Context(), []byte("brief"), now.Add(time.Hour)), app.ErrNotFound, "it ran out")
	require.NoError(t, kept.Delete(t.Context(), brief.ID))
	require.ErrorIs(t, kept.Delete(t.Context(), brief.ID), app.ErrNotFound)
	require.False(t, lives("brief", now))
}
