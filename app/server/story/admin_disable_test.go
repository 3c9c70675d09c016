package story

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// Somebody whose account is disabled while he has the chat open is signed out
// within a second, and the audit log tells who did it.
func TestAdministratorDisablesSomebody(t *testing.T) {
	t.Parallel()
	link := newServer(t, silent(t))
	server, _, _ := strings.Cut(link, "/setup")
	admin, bob := newBrowser(t), newBrowser(t)
	admin.setUp(link)
	admin.eventually(`!location.pathname.startsWith("/setup") || Boolean(document.querySelector("#setup-models"))`, "the administrator is there")
	bob.open(server + "/sign-up")
	bob.do(
		chromedp.SendKeys(chromedp.CSS("#name"), "Bob"), chromedp.SendKeys(chromedp.CSS("#email"), "bob@example.org"),
		chromedp.SendKeys(chromedp.CSS("#password"), "correct horse battery"+kb.Enter),
	)
	bob.eventually(`location.pathname === "/" && document.querySelector("#connection")?.textContent === "Live"`, "Bob is in the chat")

	admin.console(server, "/admin/users")
	admin.open(server + "/admin/users?q=bob")
	admin.do(chromedp.Click(chromedp.CSS("a.row-link")))
	admin.eventually(`Boolean(document.querySelector("#panel"))`, "his account is open")
	began := time.Now()
	admin.press(`document.querySelector("#panel button[name=status]")`)
	bob.eventually(`location.pathname === "/sign-in"`, "he is signed out")
	require.Less(t, time.Since(began), 5*time.Second, "a busy machine has its time, and nobody waits for a token to run out")
	admin.eventually(`document.querySelector(".admin-done")?.textContent.includes("signed out everywhere")`, "it is told")

	admin.open(server + "/admin/audit")
	admin.eventually(`document.querySelector(".table")?.textContent.includes("Account disabled")`, "it is in the audit log")
	admin.open(server + "/admin/users?status=disabled")
	admin.do(chromedp.Click(chromedp.CSS("a.row-link")))
	admin.press(`document.querySelector("#panel button[name=status]")`)
	admin.eventually(`document.querySelector(".admin-done")?.textContent.includes("Enabled again")`, "and it is undone")
}
