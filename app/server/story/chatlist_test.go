package story

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/repositories/pgtest"
)

const (
	// listed are the titles in the list of chats, from top to bottom, or what
	// stands there instead.
	listed = `[...document.querySelectorAll("#chats .chat-title")].map((title) => title.textContent).join("|") || (document.querySelector(".chats-empty")?.textContent ?? "")`
	// told is what the newest toast says.
	toasted = `[...document.querySelectorAll("#toasts .toast > span")].at(-1)?.textContent`
	// focused is the name of what has the focus.
	focused = `document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent`
)

// keys presses these, one after the other.
func (b tab) keys(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		b.do(chromedp.KeyEvent(key))
	}
}

// pick opens a menu with the keyboard and takes the entry of this name.
func (b tab) pick(opener, entry string) {
	b.t.Helper()
	b.do(chromedp.Focus(chromedp.CSS(opener)), chromedp.KeyEvent(kb.Enter))
	for range 10 {
		if eval[string](b, `document.activeElement.querySelector(".menu-text > span")?.textContent`) == entry {
			b.keys(kb.Enter)
			return
		}
		b.keys(kb.ArrowDown)
	}
	b.t.Fatalf("no entry %q in the menu of %s", entry, opener)
}

// lists waits until the list of chats shows these.
func (b tab) lists(titles, why string) {
	b.t.Helper()
	require.EventuallyWithT(b.t, func(c *assert.CollectT) { assert.Equal(c, titles, eval[string](b, listed)) }, 30*time.Second, 50*time.Millisecond, why)
}

func more(title string) string { return fmt.Sprintf(`[aria-label="More for %s"]`, title) }

// Chats are put away, deleted and taken back by the list at the side, with
// the keyboard alone.
func TestChatList(t *testing.T) {
	t.Parallel()
	model := newEndpoint(t, 3, time.Millisecond)
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words")
	p.start()
	b := newBrowser(t)
	b.signUp(p, "Ada")
	p.as("ada")
	ids := map[string]string{}
	for _, title := range []string{"one", "two", "three"} {
		var chat struct{ ID string }
		p.call("POST", "/chats", object{"title": title}, 201, &chat)
		ids[title] = chat.ID
	}
	b.do(chromedp.Reload())
	b.lists("three|two|one", "the newest first")

	t.Run("an archived chat leaves the list, and the focus stays where it was", func(t *testing.T) {
		b := tab{t: t, ctx: b.ctx}
		b.pick(more("two"), "Archive")
		b.lists("three|one", "it is out of the list")
		b.eventually(toasted+` === "“two” is archived."`, "told")
		require.Equal(t, "More for one", eval[string](b, focused))
	})
	t.Run("it can be opened, and is not put back by that", func(t *testing.T) {
		b := tab{t: t, ctx: b.ctx}
		b.open(p.url + "/c/" + ids["two"])
		b.eventually(`document.querySelector("#room-title").textContent === "two" && document.querySelector("#connection").textContent === "Live"`, "open")
		b.say("a word")
		b.eventually(lastAnswer+`?.dataset.status === "complete"`, "answered")
		require.Equal(t, "three|one", eval[string](b, listed))
	})
	t.Run("it is among the archived ones, and comes back from there", func(t *testing.T) {
		b := tab{t: t, ctx: b.ctx}
		b.pick("#chats-filter", "Archived chats")
		b.lists("two", "listed")
		require.Equal(t, "Archived chats", eval[string](b, `document.querySelector("#chats-view h2").textContent`))
		b.pick(more("two"), "Move back to chats")
		b.lists("Nothing is archived. A chat’s menu has Archive in it.", "an empty list says so")
		b.press(`document.querySelector("#chats-view button")`)
		b.lists("two|three|one", "back")
		require.Equal(t, "Show archived or deleted chats", eval[string](b, focused))
	})
	t.Run("deleting the open chat leads out of it, and Undo back in", func(t *testing.T) {
		b := tab{t: t, ctx: b.ctx}
		b.pick("#room-more", "Delete")
		b.lists("three|one", "gone")
		b.eventually(`location.pathname === "/"`, "and not open any more")
		b.press(`[...document.querySelectorAll(".toast button")].findLast((b) => b.textContent === "Undo")`)
		b.eventually(`location.pathname === "/c/`+ids["two"]+`" && document.querySelectorAll("#log .message").length === 2`, "there again, with its messages")
		b.lists("two|three|one", "and listed")
	})
	t.Run("deleted chats are restored one after the other", func(t *testing.T) {
		b := tab{t: t, ctx: b.ctx}
		b.pick(more("three"), "Delete")
		b.lists("two|one", "gone")
		b.pick(more("one"), "Delete")
		b.lists("two", "gone too")
		b.pick("#chats-filter", "Deleted chats")
		b.lists("three|one", "both can be had back")
		require.Contains(t, eval[string](b, `document.querySelector("#chats-view").textContent`), "For 7 days")
		require.Zero(t, eval[int](b, `document.querySelectorAll("#chats a").length`), "there is nothing to open")
		b.do(chromedp.Focus(chromedp.CSS(`[aria-label="Restore three"]`)), chromedp.KeyEvent(kb.ArrowDown))
		require.Equal(t, "Restore one", eval[string](b, focused))
		b.keys(kb.ArrowUp, kb.Enter)
		b.lists("one", "restored")
		b.eventually(toasted+` === "“three” is back."`, "told")
		require.Equal(t, "Restore one", eval[string](b, focused), "the focus is on the next one")
		require.Equal(t, "/c/"+ids["two"], eval[string](b, "location.pathname"), "nobody is led away")
	})
	t.Run("what is gone for good meanwhile is told", func(t *testing.T) {
		b := tab{t: t, ctx: b.ctx}
		p.call("POST", "/chats/"+ids["one"]+"/restore", nil, 200, nil)
		b.keys(kb.Enter)
		b.eventually(`document.querySelector(".chats-empty")?.textContent === "Nothing was deleted in the last 7 days."`, "not offered any more")
	})
	t.Run("an error stands where the list would", func(t *testing.T) {
		b := tab{t: t, ctx: b.ctx}
		p.kill()
		b.pick("#chats-filter", "Archived chats")
		b.eventually(`document.querySelector(".chats-empty [role=alert]")?.textContent.startsWith("The server cannot be reached")`, "told there")
		p.start()
		b.press(`document.querySelector(".chats-empty button")`)
		b.eventually(`document.querySelector(".chats-empty")?.textContent.startsWith("Nothing is archived. A chat’s menu has Archive in it.")`, "asked again")
	})
	t.Run("all of it fits a small phone", func(t *testing.T) {
		b := tab{t: t, ctx: b.ctx}
		p.call("PATCH", "/chats/"+ids["one"], object{"title": "A title that is so long that it does not fit into any list of chats at all"}, 200, nil)
		p.call("DELETE", "/chats/"+ids["one"], nil, 204, nil)
		b.look("light", 360, 740)
		b.press(`document.querySelector("#open-sidebar")`)
		b.pick("#chats-filter", "Deleted chats")
		b.eventually(`document.querySelectorAll(".chat-row.deleted").length === 1`, "listed")
		require.True(t, eval[bool](b, `(() => {
			const button = document.querySelector(".chat-row.deleted .button").getBoundingClientRect(), side = document.querySelector("#sidebar").getBoundingClientRect();
			return button.left > side.left && button.right <= side.right && button.width > 40 && document.documentElement.scrollWidth <= 360;
		})()`), "the button is in sight, and nothing is wider than the screen")
	})
}
