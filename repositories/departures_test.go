package repositories_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/repositories"
)

func TestDepartures(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	departures := repositories.NewDepartureRepository(w.db)
	ctx := context.Background()
	say := func(id app.ChatID, author app.UserID, text string, answers ...app.Answer) chat.Posted {
		posted, err := w.messages.Create(ctx, w.owner, []chat.Posting{{ID: app.NewID[app.MessageID](), ChatID: id, AuthorID: author, Content: text, Answers: answers}})
		require.NoError(t, err)
		require.Equal(t, chat.Stored, posted[0].Verdict)
		return posted[0]
	}
	room := func(owner app.UserID) app.ChatID {
		made, err := w.chats.Create(ctx, owner, app.Chat{ID: app.NewID[app.ChatID](), Title: "A room", ReplyPolicy: app.ReplyAlways}, false)
		require.NoError(t, err)
		return made.ID
	}
	join := func(id app.ChatID, user app.UserID, role app.MemberRole, ago string) {
		w.do(`insert into members (chat_id, user_id, role, rev, joined_at) values ($1, $2, $3, 1, now() - $4::interval)`, id, user, role, ago)
		w.do(`update chats set member_count = member_count + 1 where id = $1`, id)
	}

	t.Run("a chat where nobody is left is gone with all that was in it, a running answer too", func(t *testing.T) {
		ada := w.user("Ada")
		id := room(ada)
		posted := say(id, ada, "hello", app.Answer{ID: app.NewID[app.MessageID](), Model: "m"})
		answer := posted.Messages[1]
		_, _, err := w.nodes.Flush(ctx, w.owner, []app.Run{{MessageID: answer.ID, Rev: answer.Rev}}, []app.Chunk{{MessageID: answer.ID, Rev: answer.Rev, Part: app.PartContent, Text: "so far"}})
		require.NoError(t, err)
		changes, err := departures.Leave(ctx, ada, id, false)
		require.NoError(t, err)
		require.Equal(t, changes.From, changes.Rev, "nobody is left to be told")
		require.Zero(t, w.count(`select count(*) from chats where id = $1`, id))
		require.Zero(t, w.count(`select count(*) from messages where chat_id = $1`, id))
		require.Zero(t, w.count(`select count(*) from chunks where message_id = $1`, answer.ID))
		_, err = departures.Leave(ctx, ada, id, false)
		require.ErrorIs(t, err, app.ErrNotFound)
	})
	t.Run("the only owner is followed by the editor who is longest there", func(t *testing.T) {
		ada, vic, eve, edd := w.user("Ada"), w.user("Vic"), w.user("Eve"), w.user("Edd")
		id := room(ada)
		join(id, vic, app.MemberViewer, "3 days")
		join(id, eve, app.MemberEditor, "2 days")
		join(id, edd, app.MemberEditor, "1 day")
		say(id, ada, "mine")
		changes, err := departures.Leave(ctx, ada, id, false)
		require.NoError(t, err)
		require.Equal(t, 3, changes.Chat.MemberCount)
		require.Len(t, changes.Members, 2, "who went and who follows")
		require.True(t, changes.Members[0].Removed)
		require.Equal(t, app.Member{User: app.Person{ID: eve, Name: "Eve"}, Role: app.MemberOwner, Rev: changes.Rev, JoinedAt: changes.Members[1].JoinedAt}, changes.Members[1])
		require.Equal(t, int64(2), changes.Rev-changes.From, "no rev is burnt")
		require.Equal(t, 1, w.count(`select count(*) from messages where chat_id = $1 and content = 'mine'`, id), "what was written stays")
	})
	t.Run("a viewer follows where there is no editor", func(t *testing.T) {
		ada, vic := w.user("Ada"), w.user("Vic")
		id := room(ada)
		join(id, vic, app.MemberViewer, "1 day")
		_, err := departures.Leave(ctx, ada, id, false)
		require.NoError(t, err)
		role, err := w.members.Role(ctx, vic, id)
		require.NoError(t, err)
		require.Equal(t, app.MemberOwner, role)
	})
	t.Run("with erase no word of his is left, and the places stay", func(t *testing.T) {
		ada, eve := w.user("Ada"), w.user("Eve")
		id := room(eve)
		join(id, ada, app.MemberEditor, "1 day")
		first := say(id, ada, "secret one")
		say(id, eve, "not his")
		say(id, ada, "secret two")
		_, err := w.messages.Update(ctx, chat.Edit{ChatID: id, MessageID: first.ID, Author: ada, Content: "secret three"})
		require.NoError(t, err)
		changes, err := departures.Leave(ctx, ada, id, true)
		require.NoError(t, err)
		require.Len(t, changes.Messages, 2)
		require.Equal(t, int64(3), changes.Rev-changes.From)
		require.Zero(t, w.count(`select count(*) from messages where content like '%secret%'`))
		require.Zero(t, w.count(`select count(*) from message_versions where content like '%secret%'`))
		require.Equal(t, 3, w.count(`select count(*) from messages where chat_id = $1`, id))
		again, err := departures.Leave(ctx, ada, id, true)
		require.NoError(t, err, "twice is as good as once")
		require.Equal(t, again.From, again.Rev)
		chats, err := departures.GetByUserID(ctx, ada)
		require.NoError(t, err)
		require.Equal(t, []app.ChatID{id}, chats, "also one that he has left")
	})
}
