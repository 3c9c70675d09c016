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

// as signs somebody in who has an account, for calls of the API.
func (p *program) as(name string) {
	p.t.Helper()
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	p.call("POST", "/auth/login", object{"email": name + "@example.org", "password": "correct horse battery"}, 200, &tokens)
	p.access = tokens.AccessToken
}

// press clicks what only a hovering mouse brings into sight.
func (b tab) press(expression string) {
	b.t.Helper()
	b.eventually(`(() => { const one = `+expression+`; one?.click(); return Boolean(one); })()`, expression)
}

// choose opens the menu of a message and takes one of its entries.
func (b tab) choose(message, entry string) {
	b.t.Helper()
	b.press(message + `?.querySelector(".tools [aria-haspopup=menu]")`)
	b.press(fmt.Sprintf(`[...document.querySelectorAll(".menu-item")].find((item) => item.textContent === %q)`, entry))
}

// What a message was is kept, shown to all by a click, copied and erased.
func TestHistory(t *testing.T) {
	t.Parallel()
	model := newEndpoint(t, 3, time.Millisecond)
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words")
	p.start()
	ada, ben := newBrowser(t), newBrowser(t)
	ben.signUp(p, "Ben")
	ada.signUp(p, "Ada")
	const question, body = `document.querySelector("#log .user")`, `document.querySelector("#log .user .message-body")?.textContent.trim()`
	const answered = `document.querySelectorAll("#log .assistant[data-status=complete]").length === 1`
	ada.say("the first words")
	ada.eventually(answered, "answered")
	p.as("ada")
	address := eval[string](ada, "location.pathname")
	chat := address[len("/c/"):]
	p.call("POST", "/chats/"+chat+"/members", object{"email": "ben@example.org", "role": "editor"}, 201, nil)
	p.call("PATCH", "/chats/"+chat, object{"reply_policy": "always"}, 200, nil)
	ben.open(p.url + address)
	ben.eventually(body+` === "the first words"`, "Ben reads the chat")

	t.Run("an edit stands where the message is, and Escape leaves it", func(t *testing.T) {
		ada.press(question + `.querySelector("[aria-label=Edit]")`)
		ada.do(chromedp.SendKeys(chromedp.CSS(".editor textarea"), " that are not kept"+kb.Escape))
		ada.eventually(`!document.querySelector(".editor") && `+body+` === "the first words"`, "as it was")
	})
	t.Run("saved, others see it, and no model is asked", func(t *testing.T) {
		ada.press(question + `.querySelector("[aria-label=Edit]")`)
		ada.do(chromedp.SendKeys(chromedp.CSS(".editor textarea"), ", edited"))
		ada.press(`[...document.querySelectorAll(".editor button")].find((b) => b.textContent === "Save")`)
		for _, b := range []tab{ada, ben} {
			b.eventually(body+` === "the first words, edited" && `+answered, "the new text")
		}
		require.Empty(t, eval[string](ada, `document.querySelector("#log .assistant .versions")?.textContent ?? ""`))
	})
	t.Run("saved and asked again, the answer is a new version", func(t *testing.T) {
		ada.press(question + `.querySelector("[aria-label=Edit]")`)
		ada.do(chromedp.SendKeys(chromedp.CSS(".editor textarea"), " twice"+kb.Enter))
		for _, b := range []tab{ada, ben} {
			b.eventually(body+` === "the first words, edited twice" && document.querySelector("#log .assistant .versions-all")?.textContent === "2/2" && `+answered, "asked again")
		}
	})
	t.Run("the author shows an earlier version to all by keyboard, and the focus stays", func(t *testing.T) {
		eval[string](ada, question+`.querySelector("[aria-label='Previous version']").focus()`)
		ada.do(chromedp.KeyEvent(kb.Enter))
		ada.eventually(body+` === "the first words, edited" && document.activeElement.ariaLabel === "Previous version"`, "the second version")
		ada.do(chromedp.KeyEvent(kb.Enter))
		for _, b := range []tab{ada, ben} {
			b.eventually(body+` === "the first words" && `+question+`.querySelector(".versions-all").textContent === "1/3"`, "the first version, for both")
		}
	})
	t.Run("another may look at all of somebody's versions, and show none", func(t *testing.T) {
		require.False(t, eval[bool](ben, `Boolean(`+question+`.querySelector("[aria-label='Next version']"))`))
		ben.press(question + `.querySelector(".versions-all")`)
		ben.eventually(`[...document.querySelectorAll(".version-text")].map((v) => v.textContent.trim()).join("|") === "the first words|the first words, edited|the first words, edited twice"`, "all of them")
		require.Zero(t, eval[int](ben, `document.querySelectorAll(".version-row button").length`))
		ben.do(chromedp.KeyEvent(kb.Escape))
		require.True(t, eval[bool](ben, `Boolean(document.querySelector("#log .assistant [aria-label='Next version']"))`), "an answer is every editor's")
	})
	t.Run("another model answers anew", func(t *testing.T) {
		ben.choose(`document.querySelector("#log .assistant")`, "Ask another model")
		ben.press(`[...document.querySelectorAll(".menu-item")].find((item) => item.textContent.startsWith("Guide") || item.textContent.startsWith("Quillium"))`)
		for _, b := range []tab{ada, ben} {
			b.eventually(`document.querySelector("#log .assistant .versions-all")?.textContent === "3/3" && `+answered, "a third version")
		}
	})
	t.Run("a fork is a chat of one's own, up to there", func(t *testing.T) {
		ben.choose(question, "Fork from here")
		ben.eventually(`location.pathname !== "`+address+`" && document.querySelectorAll("#log .message").length === 1 && document.querySelector("#room-title").textContent.endsWith("(fork)")`, "the copy")
		require.Equal(t, "1", eval[string](ben, `document.querySelector("#people-count").textContent`))
	})
	t.Run("deleting names what goes, and only yes does it", func(t *testing.T) {
		for _, verb := range []string{"Cancel", "Delete message"} {
			ada.choose(question, "Delete")
			ada.eventually(`document.querySelector("dialog p")?.textContent.includes("“the first words”, in all 3 versions, is erased")`, "it is named")
			require.Equal(t, "Cancel", eval[string](ada, `document.activeElement.textContent`))
			ada.press(fmt.Sprintf(`[...document.querySelectorAll("dialog button")].find((b) => b.textContent === %q)`, verb))
			ada.eventually(`!document.querySelector("dialog")`, "decided")
			if verb == "Cancel" {
				require.Equal(t, "the first words", eval[string](ada, body))
			}
		}
		ada.eventually(question+`.classList.contains("deleted")`, "it is gone")
	})
}
