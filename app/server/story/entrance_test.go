package story

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/repositories/pgtest"
)

// Somebody signs up, at the second try, on a server that has its
// administrator, and looks at a set-up link of before.
func TestEntrance(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "ADMIN_EMAIL=root@example.org", "ADMIN_PASSWORD=correct horse battery")
	p.start()
	b := newBrowser(t)
	b.open(p.url + "/setup#old")
	b.eventually(`document.querySelector("#setup-onward")?.textContent === "Sign in"`, "who is signed out is to sign in")

	b.open(p.url + "/sign-up")
	b.do(
		chromedp.SendKeys(chromedp.CSS("#name"), "Ada"),
		chromedp.SendKeys(chromedp.CSS("#email"), "ada@example.org"),
		chromedp.SendKeys(chromedp.CSS("#password"), "short"+kb.Enter),
	)
	b.eventually(`document.activeElement.matches("#password[aria-invalid]")`, "the password is refused")
	require.Equal(t, 1, eval[int](b, `document.querySelector("#sign-up").innerText.split("At least 10 characters.").length - 1`), "it is said once")
	require.True(t, eval[bool](b, `document.querySelector("#password-hint").classList.contains("wrong")`))
	b.do(chromedp.SendKeys(chromedp.CSS("#password"), " but then correct horse battery"+kb.Enter))
	b.eventually(`location.pathname === "/" && document.querySelector("#connection")?.textContent === "Live"`, "the second try is taken")

	b.open(p.url + "/setup#old")
	b.eventually(`document.querySelector("#setup-onward")?.textContent === "Go to your chats"`, "who is signed in goes on")
	b.do(chromedp.Click(chromedp.CSS("#setup-onward")))
	b.eventually(`location.pathname === "/" && document.querySelector("#connection")?.textContent === "Live"`, "the chats are open")
}
