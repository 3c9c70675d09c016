package story

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/repositories/pgtest"
)

// Two people in two browsers on two servers see each other come, type and go,
// and hear of what is new in a chat that they do not look at.
func TestPresenceInTheBrowser(t *testing.T) {
	t.Parallel()
	database := "DATABASE_URL=" + pgtest.Empty(t)
	one, two := newProgram(t, database), newProgram(t, database)
	one.start()
	two.start()
	ada, ben := newBrowser(t), newBrowser(t)
	ada.signUp(one, "Ada")
	ben.signUp(two, "Ben")
	ada.say("What is Quillium?")
	ada.eventually(lastAnswer+`?.dataset.status === "complete"`, "answered")

	ada.click("#open-people")
	ada.eventually(`document.querySelector(".people-here").textContent === "1 online"`, "oneself")
	ada.fill("#add-person", "email", "ben@example.org")
	ben.eventually(`document.querySelectorAll(".chat-link").length === 1`, "the chat comes into his list by itself")
	ada.eventually(`document.querySelector(".people-here").textContent === "2 online"`, "he is here, on another server")
	require.Equal(t, 2, eval[int](ada, `document.querySelectorAll(".person .online-dot").length`))
	require.Contains(t, eval[string](ada, `[...document.querySelectorAll(".person")].at(-1).textContent`), "online", "in a word too")

	ben.click(".chat-link")
	ben.eventually(`document.querySelectorAll("#log .message").length === 2`, "he reads")
	ben.do(chromedp.SendKeys(chromedp.CSS("#composer-text"), "Hello"))
	ada.eventually(`document.querySelector("#activity").textContent === "Ben is typing"`, "she sees him type")

	ada.click("#new-chat")
	ben.say(" there")
	ada.eventually(`document.querySelector(".chat-link .unread")?.textContent === "1 unread" && document.title.startsWith("(1) ")`, "what is new is counted in the list, without asking for it")

	ada.click(".chat-link")
	ada.click("#open-people")
	ben.do(chromedp.Navigate("about:blank"))
	ada.eventually(`document.querySelector(".people-here").textContent === "1 online"`, "he has gone")
	require.Equal(t, 1, eval[int](ada, `document.querySelectorAll(".person .online-dot").length`))
}
