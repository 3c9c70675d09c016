package story

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories/pgtest"
)

// The browser chat can be used by everybody: with nothing in it, with one row
// and with many, and with what opens over it.
func TestAxe(t *testing.T) {
	t.Parallel()
	model := newEndpoint(t, 3, time.Millisecond)
	database := pgtest.Empty(t)
	p := newProgram(t, "DATABASE_URL="+database, "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words")
	p.start()
	a, b := newAxe(t), newBrowser(t)
	b.signUp(p, "Ada")
	p.as("ada")
	const closed = `!document.querySelector("dialog, .menu")`
	for _, rows := range []int{0, 1, 200} {
		t.Run(fmt.Sprint("a chat, with ", rows, " chats and messages"), func(t *testing.T) {
			b := tab{t: t, ctx: b.ctx}
			path := p.furnish(rows)
			b.open(p.url + "/")
			b.eventually(fmt.Sprintf(`document.querySelectorAll(".chat-link").length === %d && document.querySelector("#connection").textContent === "Live"`, min(rows, 50)), "the list")
			a.accepts(b, "/")
			b.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
			b.eventually(`document.querySelectorAll(".hit").length === `+fmt.Sprint(min(rows, 8)), "the search")
			b.do(chromedp.KeyEvent("story"))
			b.eventually(`/^(Nothing|One|2 places|The first)/.test(document.querySelector(".hits-told").textContent)`, "found or not")
			a.accepts(b, "the search")
			b.do(chromedp.KeyEvent(kb.Escape))
			b.eventually(closed, "closed")
			for _, view := range []string{"Archived chats", "Deleted chats", "Chats"} {
				b.press(`document.querySelector("#chats-filter")`)
				b.press(fmt.Sprintf(`[...document.querySelectorAll(".menu-item")].find((item) => item.textContent === %q)`, view))
				b.eventually(fmt.Sprintf(closed+` && document.querySelectorAll(".chat-link").length === %d && Boolean(document.querySelector(".chat-link, .chats-empty"))`, min(rows, 50)), "listed")
				a.accepts(b, view)
			}
			if path == "" {
				return
			}
			b.open(p.url + path)
			b.eventually(fmt.Sprintf(`document.querySelectorAll("#log .message").length >= %d`, min(rows, 50)), "the messages")
			a.accepts(b, "a chat")
			if rows == 200 {
				fill(t, database, path[len("/c/"):], rows)
				b.do(chromedp.Reload())
				b.eventually(`document.querySelectorAll("#log .message").length >= 50`, "the messages again")
			}
			b.press(`document.querySelector("#open-people")`)
			b.eventually(fmt.Sprintf(`document.querySelectorAll(".person").length === %d`, rows), "the people")
			a.accepts(b, "people")
		})
	}
	t.Run("a chat that is not there", func(t *testing.T) {
		b := tab{t: t, ctx: b.ctx}
		there := eval[string](b, "location.href")
		b.open(p.url + "/c/0197a3b3-1f00-7aaa-8000-5d6e7f809102")
		b.eventually(`document.querySelector("#empty h2").textContent === "This chat is not here"`, "told")
		a.accepts(b, "no chat")
		b.open(there)
		b.eventually(`document.querySelectorAll("#log .message").length >= 50`, "back")
	})

	// What opens over a chat with everything in it.
	for _, over := range []struct{ name, open, entry, there string }{
		{"people", `document.querySelector("#open-people")`, "", `!document.querySelector("#people").hidden && document.querySelector(".person")`},
		{"no people", `document.querySelector("#close-people")`, "", `document.querySelector("#people").hidden`},
		{"the chat's menu", `document.querySelector("#room-more")`, "", `document.querySelector(".menu")`},
		{"the models", `document.querySelector("#model")`, "", `document.querySelector(".menu")`},
		{"a message's menu", `document.querySelector("#log .tools [aria-haspopup=menu]")`, "", `document.querySelector(".menu")`},
		{"settings", `document.querySelector("#account")`, "", `document.querySelector("dialog .device")`},
		{"the chat's settings", `document.querySelector("#room-settings")`, "", `document.querySelector("dialog form")`},
		{"versions", `document.querySelector(".versions-all")`, "", `document.querySelectorAll(".version-row").length === 20`},
		{"an editor", `document.querySelector("#log .own [aria-label=Edit]")`, "", `document.querySelector(".editor")`},
		{"a new title", `document.querySelector("#room-more")`, "Rename", `document.querySelector("dialog form")`},
		{"a question before it is deleted", `document.querySelector("#room-more")`, "Delete", `document.querySelector("dialog .danger")`},
		{"a toast", `document.querySelector("#room-more")`, "Archive", `document.querySelector(".toast")`},
	} {
		t.Run("with "+over.name, func(t *testing.T) {
			b := tab{t: t, ctx: b.ctx}
			b.press(over.open)
			if over.entry != "" {
				b.press(fmt.Sprintf(`[...document.querySelectorAll(".menu-item")].find((item) => item.textContent === %q)`, over.entry))
			}
			b.eventually(`Boolean(`+over.there+`)`, over.name)
			a.accepts(b, over.name)
			b.do(chromedp.KeyEvent(kb.Escape))
			b.eventually(closed+` && !document.querySelector(".editor")`, "closed")
		})
	}
}

// rich has everything that a text can be drawn with.
const rich = "# A heading\n\nWords, *more*, **strong**, `code`, [a link](https://example.org).\n\n> quoted\n\n1. one\n2. two\n\n- [x] done\n\n" +
	"| | b |\n| --- | ---: |\n| 1 | 2 |\n\n```go\nfunc main() { println(\"hello\", 42) } // so\n```\n\n---\n\n@words مرحبا بالعالم"

// mostVersions are as many as a message may have.
const mostVersions = 100

// furnish makes so many chats, as many archived and deleted ones, and as many
// messages in the last of them, and gives that one's path. With many, the last
// question has as many versions as it may.
func (p *program) furnish(rows int) string {
	p.t.Helper()
	if rows == 0 {
		return ""
	}
	for range rows {
		p.call("PATCH", "/chats/"+p.open("words"), object{"archived": true}, 200, nil)
		p.call("DELETE", "/chats/"+p.open("words"), nil, 204, nil)
	}
	chat := p.open("words")
	p.call("PATCH", "/chats/"+chat, object{"reply_policy": "never"}, 200, nil)
	var last, gone struct{ ID string }
	messages := "/chats/" + chat + "/messages"
	for range rows - 2 {
		p.call("POST", messages, object{"content": "One line of a story"}, 201, &gone)
	}
	p.call("POST", messages, object{"content": rich}, 201, &last)
	if rows == 1 {
		return "/c/" + chat
	}
	for range rows - 2 {
		p.open("words")
	}
	p.call("DELETE", messages+"/"+gone.ID, nil, 200, nil)
	p.call("PATCH", "/chats/"+chat, object{"reply_policy": "always", "title": strings.Repeat("A very long title ", 14)}, 200, nil)
	p.call("POST", messages, object{"content": "A question", "reply_to": last.ID}, 201, &last)
	p.answerOf(chat, last.ID, app.StatusComplete)
	for i := range min(rows, mostVersions) - 1 {
		p.call("PATCH", messages+"/"+last.ID, object{"content": fmt.Sprint("Another question ", i)}, 200, nil)
	}
	p.call("PATCH", "/chats/"+chat, object{"pinned": true}, 200, nil)
	return "/c/" + chat
}

// fill brings so many people into a chat, its owner among them.
func fill(t *testing.T, database, chat string, people int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(t.Context(), `with made as (
		insert into users (id, email, email_key, name, password_hash)
		select gen_random_uuid(), i || '@example.org', i || '@example.org', 'Person of the name ' || i, '' from generate_series(2, $2::int) i returning id),
		counted as (update chats set member_count = $2 where id = $1)
		insert into members (chat_id, user_id, role, rev) select $1, id, 'editor', 1 from made`, chat, people)
	require.NoError(t, err)
}
