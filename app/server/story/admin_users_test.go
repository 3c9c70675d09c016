package story

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// An administrator looks after accounts with the keyboard alone, and every
// page on his way can be used by everybody.
func TestAdministratorLooksAfterPeople(t *testing.T) {
	t.Parallel()
	link := newServer(t, silent(t))
	server, _, _ := strings.Cut(link, "/setup")
	b, a := newBrowser(t), newAxe(t)
	b.setUp(link)
	b.eventually(`!location.pathname.startsWith("/setup") || Boolean(document.querySelector("#setup-models"))`, "the administrator is there")
	b.open(server + "/admin/sign-in")
	a.accepts(b, "the entrance")
	b.console(server, "/admin")
	a.accepts(b, "the overview")

	press := func(keys string) {
		t.Helper()
		b.do(chromedp.KeyEvent(keys))
	}
	press("g")
	press("u")
	b.eventually(`location.pathname === "/admin/users" && document.querySelector("h1")?.textContent === "Users"`, "g and u lead to users")
	a.accepts(b, "users")
	press("/")
	b.eventually(`document.activeElement.id === "filter"`, "/ goes to the search box")
	press("nobody is called so" + kb.Enter)
	b.eventually(`document.querySelector(".empty-title")?.textContent === "Nobody is like this"`, "nobody is found")
	a.accepts(b, "nobody")

	b.open(server + "/admin/users/new")
	b.eventually(`document.activeElement.name === "name"`, "the first field has the focus")
	press("Bob" + kb.Tab + "bob@example.org" + kb.Enter)
	b.eventually(`document.querySelector("#one-time")?.value.includes("/reset#")`, "the link is shown")
	a.accepts(b, "a new account")
	b.open(server + "/admin/users?q=bob")
	b.eventually(`document.querySelectorAll("a.row-link").length === 1`, "he is found")
	eval[string](b, `document.querySelector("a.row-link").focus(); ""`)
	press(kb.Enter)
	b.eventually(`document.activeElement.id === "panel"`, "the panel opens and has the focus")
	a.accepts(b, "an account")
	press(kb.Escape)
	b.eventually(`!document.querySelector("#panel") && !location.search.includes("id=")`, "Escape closes it")

	b.open(server + "/admin/users")
	b.press(`document.querySelector("[data-pick-all]")`)
	require.Equal(t, 2, eval[int](b, `document.querySelectorAll("input[name=ids]:checked").length`))
	b.open(server + "/admin/invites")
	a.accepts(b, "invites")
	for _, page := range []string{"/admin/users/export", "/admin/audit", "/admin/jobs", "/admin/system"} {
		b.open(server + page)
		a.accepts(b, page)
	}
	b.open(server + "/admin/audit")
	b.do(chromedp.KeyEvent(kb.Tab))
	require.Equal(t, "#main", eval[string](b, `document.activeElement.getAttribute("href")`), "the first key leads to a way past the head")
}
