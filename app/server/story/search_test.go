package story

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/repositories/pgtest"
)

// search opens the dialog by its keys and writes these words.
func (b tab) search(words string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.eventually(`document.activeElement?.role === "searchbox"`, "the field has the focus")
	b.do(chromedp.KeyEvent(words))
}

// What was written long ago is found by a part of a word, and opened there.
func TestSearch(t *testing.T) {
	t.Parallel()
	model := newEndpoint(t, 3, time.Millisecond)
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words")
	p.start()
	b := newBrowser(t)
	b.signUp(p, "Ada")
	p.as("ada")
	chat := p.open("words")
	p.call("PATCH", "/chats/"+chat, object{"title": "A haystack", "reply_policy": "never"}, 200, nil)
	for i := range 170 {
		text := fmt.Sprint("straw number ", i+1)
		if i == 6 {
			text = "here lies a <b>silvery</b> needle in the hay"
		}
		p.call("POST", "/chats/"+chat+"/messages", object{"content": text}, 201, nil)
	}
	p.call("POST", "/chats", object{"title": "Needlework"}, 201, nil)
	const hits = `[...document.querySelectorAll(".hit-text")].map((hit) => hit.textContent).join("|")`
	const marked = `[...document.querySelectorAll(".hit-text mark")].map((mark) => mark.textContent).join("|")`
	const told = `document.querySelector(".hits-told").textContent`

	t.Run("titles come first, and what was looked for is marked", func(t *testing.T) {
		b.search("eedle")
		b.eventually(hits+` === "Needlework|here lies a <b>silvery</b> needle in the hay"`, "both are found")
		require.Equal(t, "eedle|eedle", eval[string](b, marked))
		require.Equal(t, "2 places", eval[string](b, told))
	})
	t.Run("by keyboard it opens far up in its chat, in sight and marked", func(t *testing.T) {
		b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))
		b.eventually(`document.activeElement.classList.contains("message") && document.activeElement.textContent.includes("silvery") && "found" in document.activeElement.dataset`, "the message has the focus")
		require.Equal(t, "/c/"+chat+"#7", eval[string](b, "location.pathname + location.hash"))
		require.True(t, eval[bool](b, `(() => { const at = document.activeElement.getBoundingClientRect(); const frame = document.querySelector("#log-scroll").getBoundingClientRect(); return at.top >= frame.top && at.bottom <= frame.bottom; })()`))
		b.eventually(`!document.querySelector("[data-found]")`, "the mark goes")
	})
	t.Run("the address of a message leads to it", func(t *testing.T) {
		b.do(chromedp.Reload())
		b.eventually(`document.activeElement.textContent.includes("silvery") && document.activeElement.classList.contains("message")`, "there again")
	})
	t.Run("what comes meanwhile at the end moves nobody who reads further up", func(t *testing.T) {
		b.eventually(`!document.querySelector("[data-found]")`, "the mark goes")
		const place = `document.querySelectorAll("#log .message")[6].getBoundingClientRect().top`
		before := eval[float64](b, place)
		p.call("POST", "/chats/"+chat+"/messages", object{"content": "the last straw"}, 201, nil)
		b.eventually(`document.querySelectorAll("#log .message").length === 171`, "it is there")
		require.InDelta(t, before, eval[float64](b, place), 1)
	})
	t.Run("in one chat alone", func(t *testing.T) {
		b.search("straw")
		b.eventually(told+`.startsWith("The first 20")`, "many are found")
		b.press(`document.querySelector(".search-box > .dialog-body > .button")`)
		b.eventually(told+`.startsWith("The first 40") && document.activeElement === document.querySelectorAll(".hit")[20]`, "more, and the focus is on the first of them")
		b.press(`document.querySelector(".search-box [type=checkbox]")`)
		b.press(`document.querySelector(".search-field input")`)
		b.do(chromedp.Focus(chromedp.CSS(".search-field input")), chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent("needle"))
		b.eventually(hits+` === "here lies a <b>silvery</b> needle in the hay"`, "the other chat's title is not among them")
	})
	t.Run("nothing found says what to try, an empty field shows the latest chats", func(t *testing.T) {
		b.do(chromedp.KeyEvent("zzz"))
		b.eventually(told+`.startsWith("Nothing has all of these words")`, "nothing")
		b.do(chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(kb.Backspace))
		b.eventually(hits+`.includes("Needlework") && `+told+` === "Your latest chats"`, "the latest")
	})
	t.Run("Escape closes it at once, whatever is written there", func(t *testing.T) {
		b.do(chromedp.KeyEvent("words" + kb.Escape))
		b.eventually(`!document.querySelector("dialog")`, "closed")
		b.search("")
	})
	t.Run("an error is told where it was asked", func(t *testing.T) {
		p.kill()
		b.do(chromedp.KeyEvent("anything"))
		b.eventually(told+`.startsWith("The server cannot be reached")`, "told")
		p.start()
		b.press(`[...document.querySelectorAll(".search-box button")].find((b) => b.textContent === "Try again")`)
		b.eventually(told+`.startsWith("Nothing has all")`, "asked again")
	})
}
