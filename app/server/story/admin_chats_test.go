package story

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Whoever has a chat open sees at once that an administrator reads it, and why.
func TestAnAdministratorReadsAChat(t *testing.T) {
	t.Parallel()
	link := newServer(t, silent(t))
	server, _, _ := strings.Cut(link, "/setup")
	b, c, a := newBrowser(t), newBrowser(t), newAxe(t)
	b.setUp(link)
	b.do(chromedp.Click(chromedp.CSS("#setup-models > a.button")))
	b.eventually(`location.pathname === "/" && document.querySelector("#connection")?.textContent === "Live"`, "he went on without models")
	b.say("Where is the key?")
	b.eventually(`location.pathname.startsWith("/c/")`, "the chat is there")
	b.eventually(lastAnswer+`?.dataset.status === "complete"`, "it is answered")
	b.say("The key is under the mat.")
	b.eventually(`document.querySelectorAll("#log .message.own").length === 2`, "it is said")
	chat := strings.TrimPrefix(eval[string](b, `location.pathname`), "/c/")

	c.console(server, "/admin/chats")
	c.eventually(`document.querySelectorAll(".table tbody tr").length === 1`, "the chat is listed")
	a.accepts(c, "a list of one chat")
	c.do(chromedp.Click(chromedp.CSS(".row-link")))
	c.eventually(`document.querySelector("#panel")?.textContent.includes("`+chat+`")`, "its panel is open")
	require.NotContains(t, eval[string](c, `document.querySelector("main").textContent`), "under the mat")
	a.accepts(c, "the panel of a chat")
	c.follow("Read")
	c.eventually(`Boolean(document.querySelector("#f-reason"))`, "it asks why")
	a.accepts(c, "the form that asks why")
	c.enter("reason", "Looking for a *key*")
	c.follow("Read this chat")
	c.eventually(`document.querySelector(".transcript")?.textContent.includes("under the mat")`, "it is read")
	a.accepts(c, "what is said in a chat")

	b.eventually(`document.querySelector("#log .message.system p span")?.textContent === "An administrator read this chat: Looking for a *key*"`, "the member is told, in plain text")
	require.Zero(t, eval[int](b, `document.querySelectorAll("#log .message.system button").length`), "nothing can be done with it")
	a.accepts(b, "a chat with a notice")
}
