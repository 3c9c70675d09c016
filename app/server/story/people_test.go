package story

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/repositories/pgtest"
)

// settledTexts are the texts of all messages in the log, without the time.
const settledTexts = `[...document.querySelectorAll("#log .message")].map((m) => m.querySelector(".message-name").textContent + ": " + m.querySelector(".message-body").textContent.trim()).join("\n")`

// fill writes into the fields of a form by their names, whatever was there,
// and sends it.
func (b tab) fill(form string, values ...string) {
	b.t.Helper()
	for i := 0; i < len(values); i += 2 {
		field := form + " [name=" + values[i] + "]"
		eval[string](b, fmt.Sprintf("document.querySelector(%q).value = ''", field))
		b.do(chromedp.SendKeys(chromedp.CSS(field), values[i+1]))
	}
	b.do(chromedp.Click(chromedp.CSS(form + " [type=submit]")))
}

func (b tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// invite makes a link in the open chat by the panel of its people.
func (b tab) invite() string {
	b.t.Helper()
	if !eval[bool](b, `!document.querySelector("#people").hidden`) {
		b.click("#open-people")
	}
	before := eval[string](b, `document.querySelector(".invite-link input")?.value ?? ""`)
	b.click("#invite-form [type=submit]")
	b.eventually(fmt.Sprintf(`(document.querySelector(".invite-link:not([hidden]) input")?.value ?? %q) !== %q`, before, before), "the link is shown")
	return eval[string](b, `document.querySelector(".invite-link input").value`)
}

// Two people in two browsers: one comes by a link into a server whose sign-ups
// are closed, both watch one answer, and end with the same text.
func TestTwoPeople(t *testing.T) {
	t.Parallel()
	model := newEndpoint(t, 120, 10*time.Millisecond)
	settings := []string{"DATABASE_URL=" + pgtest.Empty(t), "OPENAI_BASE_URL=" + model.URL + "/v1", "DEFAULT_MODEL=words"}
	p := newProgram(t, settings...)
	p.start()
	ada := newBrowser(t)
	ada.signUp(p, "Ada")
	ada.say("Tell me words")
	ada.eventually(lastAnswer+`?.dataset.status === "complete"`, "alone, every message is answered")
	p.kill()
	p.settings = append(p.settings, "ENABLE_SIGNUPS=false")
	p.start()
	ada.do(chromedp.Reload())
	ada.eventually(`document.querySelector("#connection").textContent === "Live" && !document.querySelector("#open-people").hidden`, "back")
	link := ada.invite()

	ben := newBrowser(t)
	ben.open(link)
	ben.eventually(`!document.querySelector("#invite-new").hidden`, "the link tells what it is before one signs in")
	require.Equal(t, "Ada", eval[string](ben, `document.querySelector("#invite-who").textContent`))
	require.Equal(t, "Tell me words", eval[string](ben, `document.querySelector("#invite-title").textContent`))
	require.NotContains(t, eval[string](ben, "location.href"), "#", "the token is not in the address bar any more")
	ben.fill("#invite-new", "name", "Ben", "email", "ben@example.org", "password", "correct horse battery")
	ben.eventually(`location.pathname.startsWith("/c/") && document.querySelectorAll("#log .message").length === 2`, "the account is made and the chat is open")
	require.Equal(t, eval[string](ada, "location.pathname"), eval[string](ben, "location.pathname"))
	ada.eventually(`[...document.querySelectorAll(".person-name")].some((p) => p.textContent === "Ben")`, "Ada sees him come")
	ben.eventually(`document.querySelector("#composer-text").placeholder.includes("@words")`, "with two, models wait to be asked, and it is said how")

	t.Run("a second one cannot use the link", func(t *testing.T) {
		late := newBrowser(t)
		late.open(link)
		late.eventually(`!document.querySelector("#invite-gone").hidden`, "it is told")
		require.True(t, eval[bool](late, `document.querySelector("#invite-new").hidden`))
	})

	ada.click("#close-people")
	ben.do(chromedp.SendKeys(chromedp.CSS("#composer-text"), "Hello @ad"))
	ada.eventually(`document.querySelector("#activity").textContent === "Ben is typing"`, "typing is seen")
	ben.eventually(`document.querySelector("#mentions [aria-selected=true]")?.textContent.includes("Ada")`, "her name is offered")
	ben.do(chromedp.SendKeys(chromedp.CSS("#composer-text"), kb.Tab+"and @wor"))
	ben.eventually(`document.querySelector("#mentions [aria-selected=true]")?.textContent.includes("words")`, "the model is offered")
	ben.do(chromedp.SendKeys(chromedp.CSS("#composer-text"), kb.Tab+kb.Enter))
	ada.eventually(`[...document.querySelectorAll(".mention")].map((m) => m.textContent).join() === "@Ada,@words"`, "both are marked")
	require.True(t, eval[bool](ada, `document.querySelector(".mention").classList.contains("me")`))
	for _, b := range []tab{ada, ben} {
		b.eventually(`document.querySelectorAll("#log .message").length === 4 && `+lastAnswer+`.dataset.status === "streaming"`, "both watch it grow")
	}
	for _, b := range []tab{ada, ben} {
		b.eventually(lastAnswer+`.dataset.status === "complete"`, "it ends for both")
	}
	require.Equal(t, eval[string](ada, settledTexts), eval[string](ben, settledTexts))
	require.Equal(t, strings.TrimSpace(model.last().text(time.Now())), ben.lastText())
	ben.eventually(`document.querySelector("#activity").textContent === "Read by Ada"`, "the one who asked sees that she has read it")
}

// What owners do with people and links, and what those see whom it meets.
func TestPeoplePanel(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t))
	p.start()
	ada, ben := newBrowser(t), newBrowser(t)
	ada.signUp(p, "Ada")
	ben.signUp(p, "Ben")
	ada.say("What is Quillium?")
	ada.eventually(lastAnswer+`?.dataset.status === "complete"`, "answered")
	const problem = `[...document.querySelectorAll("#people .form-error:not([hidden])")].map((e) => e.textContent).join()`

	t.Run("the panel opens, closes and gives the focus back by keyboard alone", func(t *testing.T) {
		ada.do(chromedp.Focus(chromedp.CSS("#open-people")), chromedp.KeyEvent(kb.Enter))
		ada.eventually(`!document.querySelector("#people").hidden && document.querySelector("#people").contains(document.activeElement)`, "the focus is in it")
		ada.do(chromedp.KeyEvent(kb.Escape))
		ada.eventually(`document.querySelector("#people").hidden && document.activeElement.id === "open-people"`, "and back")
		ada.do(chromedp.KeyEvent(kb.Enter))
	})
	t.Run("an address that nobody has is told beside it", func(t *testing.T) {
		ada.fill("#add-person", "email", "nobody@example.org")
		ada.eventually(problem+`.includes("invite link")`, "what to do instead")
	})
	t.Run("somebody who is added is there, and so is the chat in his list", func(t *testing.T) {
		ada.fill("#add-person", "email", "ben@example.org")
		ada.eventually(`document.querySelectorAll(".person").length === 2 && document.querySelector("#people-count").textContent === "2"`, "two people")
		ada.eventually(`document.querySelector("#people-body").textContent.includes("ben@example.org")`, "owners see addresses")
		ben.comesBack()
		ben.eventually(`document.querySelector(".chat-link") !== null && document.querySelector(".unread") === null`, "what was before him is not new to him")
	})
	t.Run("what is new is counted in the list and in the tab's title, until one has seen it", func(t *testing.T) {
		ada.say("Welcome @ben")
		ada.eventually(`document.querySelectorAll("#log .message[data-status=complete]").length === 3`, "stored")
		ben.comesBack()
		ben.eventually(`document.querySelector(".chat-link .unread")?.textContent === "1 unread" && document.title.startsWith("(1) ")`, "one message")
		ben.click(".chat-link")
		ben.eventually(`document.querySelectorAll("#log .message").length === 3 && document.querySelector("#log .new").nextElementSibling.textContent.includes("@ben")`, "a line stands above what is new")
		ben.eventually(`!document.title.startsWith("(")`, "what is on the screen counts as read")
		ada.eventually(`document.querySelector("#activity").textContent === "Read by Ben"`, "and others are told")
	})
	t.Run("an editor sees who is there, and nothing that only owners do", func(t *testing.T) {
		ben.click("#open-people")
		ben.eventually(`document.querySelectorAll(".person").length === 2`, "the list")
		require.Equal(t, 0, eval[int](ben, `document.querySelectorAll(".person button, #people form").length`))
		require.NotContains(t, eval[string](ben, `document.querySelector("#people-body").textContent`), "@")
	})
	t.Run("the last owner cannot leave the others alone, and is told so where he asked", func(t *testing.T) {
		ada.click("#people-body > section:last-child .button")
		ada.click("dialog .dialog-actions .danger")
		ada.eventually(problem+`.includes("owner first")`, "refused in a sentence")
	})
	t.Run("a viewer is told why he cannot write, and his draft is kept", func(t *testing.T) {
		ben.do(chromedp.SendKeys(chromedp.CSS("#composer-text"), "half a thought"))
		ada.role("Ben", "Viewer")
		ben.eventually(`document.querySelector("#composer-text").disabled && document.querySelector("#composer-text").value === "" && document.querySelector("#composer-text").placeholder.includes("viewer")`, "off, with a reason")
		ada.role("Ben", "Editor")
		ben.eventually(`document.querySelector("#composer-text").value === "half a thought"`, "and back")
	})
	t.Run("a link that was revoked lets nobody in", func(t *testing.T) {
		link := ada.invite()
		ada.click(".invite .button")
		ada.eventually(`document.querySelectorAll(".invite").length === 0`, "it is gone from the list")
		cy := newBrowser(t)
		cy.open(link)
		cy.eventually(`!document.querySelector("#invite-gone").hidden`, "it is told")
	})
	t.Run("somebody who is signed in joins by one click", func(t *testing.T) {
		link := ada.invite()
		cy := newBrowser(t)
		cy.signUp(p, "Cy")
		cy.open(link)
		cy.eventually(`!document.querySelector("#invite-accept").hidden`, "who one is, is known")
		cy.click("#invite-accept [type=submit]")
		cy.eventually(`location.pathname.startsWith("/c/") && document.querySelectorAll("#log .message").length === 3`, "in the chat")
		ada.eventually(`document.querySelectorAll(".person").length === 3`, "seen by the others")
	})
	t.Run("somebody who has an account signs in on the page of the link", func(t *testing.T) {
		link := ada.invite()
		p.join("dee")
		dee := newBrowser(t)
		dee.open(link)
		dee.eventually(`!document.querySelector("#invite-new").hidden`, "nobody is known")
		dee.click("#invite-have")
		dee.fill("#invite-known", "email", "dee@example.org", "password", "wrong horse battery")
		dee.eventually(`document.querySelector("#invite-known .form-error").textContent !== ""`, "a wrong password is told")
		dee.fill("#invite-known", "email", "dee@example.org", "password", "correct horse battery")
		dee.eventually(`location.pathname.startsWith("/c/") && document.querySelectorAll("#log .message").length === 3`, "in the chat")
		ada.eventually(`document.querySelectorAll(".person").length === 4`, "seen by the others")
	})
	t.Run("somebody who is removed loses the chat at once, with a plain notice", func(t *testing.T) {
		ada.member("Ben", "Remove from chat")
		ada.click("dialog .dialog-actions .danger")
		ada.eventually(`document.querySelectorAll(".person").length === 3`, "he is gone")
		ben.eventually(`document.querySelector("#empty h2").textContent === "This chat is not here" && document.querySelectorAll(".chat-link").length === 0 && document.querySelector("#people").hidden`, "and knows it")
	})
	t.Run("signing out leaves no draft on the device", func(t *testing.T) {
		ben.click("#account")
		// By key: the dialog still grows by its devices, and a click may miss.
		ben.do(chromedp.WaitVisible(chromedp.CSS("#sign-out")), chromedp.Focus(chromedp.CSS("#sign-out")), chromedp.KeyEvent(kb.Enter))
		ben.eventually(`location.pathname === "/sign-in"`, "signed out")
		require.Equal(t, 0, eval[int](ben, `Object.keys(localStorage).filter((key) => key.includes("draft")).length`))
	})
}

// comesBack does what a tab does when somebody looks at it again.
func (b tab) comesBack() {
	b.t.Helper()
	require.True(b.t, eval[bool](b, `document.dispatchEvent(new Event("visibilitychange"))`))
}

// member takes an entry of somebody's menu in the list of people.
func (b tab) member(name, entry string) {
	b.t.Helper()
	b.eventually(fmt.Sprintf(`Boolean([...document.querySelectorAll(".person")].find((p) => p.textContent.includes(%q))?.querySelector("button"))`, name), "there is a menu")
	eval[bool](b, fmt.Sprintf(`([...document.querySelectorAll(".person")].find((p) => p.textContent.includes(%q)).querySelector("button").click(), true)`, name))
	b.eventually(`document.querySelector("[role=menu]") !== null`, "it opens")
	eval[bool](b, fmt.Sprintf(`([...document.querySelectorAll("[role=menu] .menu-item")].find((i) => i.textContent.includes(%q)).click(), true)`, entry))
}

// role gives somebody another role, and waits until that is stored.
func (b tab) role(name, role string) {
	b.t.Helper()
	b.member(name, role)
	b.eventually(fmt.Sprintf(`[...document.querySelectorAll(".person")].find((p) => p.textContent.includes(%q))?.querySelector("button").textContent === %q`, name, role), "the role is changed")
}
