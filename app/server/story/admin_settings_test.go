package story

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// An administrator writes a line for everybody, whose page has it; what is
// wrong with a value is told beside it.
func TestAdministratorSetsUpTheInstance(t *testing.T) {
	t.Parallel()
	link := newServer(t, silent(t))
	server, _, _ := strings.Cut(link, "/setup")
	b, a := newBrowser(t), newAxe(t)
	b.setUp(link)
	b.eventually(`!location.pathname.startsWith("/setup") || Boolean(document.querySelector("#setup-models"))`, "the administrator is there")

	b.console(server, "/admin/settings")
	a.accepts(b, "settings as they are by default")
	b.do(chromedp.SetValue(chromedp.CSS("#f-banner"), "Away at noon, back at one"), chromedp.SetValue(chromedp.CSS("#f-instance_name"), "The Inn"))
	b.do(chromedp.Submit(chromedp.CSS("#f-banner")))
	b.eventually(`document.querySelector(".admin-done")?.textContent.includes("on all servers now")`, "it is saved")
	b.eventually(`document.querySelector("#f-banner").closest("form").textContent.includes("set here")`, "it says where it comes from")
	b.open(server + "/admin/settings?name=banner")
	b.eventually(`document.querySelector("#panel")?.textContent.includes("Away at noon")`, "its history is beside")
	a.accepts(b, "settings that were changed, with a history")

	b.do(chromedp.SetValue(chromedp.CSS("#f-email_domains"), "example.org\nno domain@all"))
	b.do(chromedp.Submit(chromedp.CSS("#f-email_domains")))
	b.eventually(`document.querySelector("#f-email_domains-hint .field-error")?.textContent.includes("a domain such as")`, "it is told beside the field")
	b.eventually(`document.querySelector("#f-email_domains").value.includes("@all")`, "what was typed is there")
	a.accepts(b, "a setting that was refused")

	b.open(server + "/admin/settings")
	b.do(chromedp.SetValue(chromedp.CSS("#f-instance_name"), "The Tavern"))
	b.do(chromedp.SendKeys(chromedp.CSS("#f-instance_name"), "\r"))
	b.eventually(`document.querySelector(".brand").textContent.includes("The Tavern")`, "Enter saves, and resets nothing")
	b.press(`document.querySelector("button[name=reset][value=instance_name]")`)
	b.eventually(`document.querySelector("#f-instance_name").value === "Quillium"`, "one is taken back")
	b.eventually(`document.querySelector("#f-banner").value.includes("noon")`, "that one alone")

	b.open(server + "/")
	b.eventually(`document.querySelector(".banner")?.textContent === "Away at noon, back at one"`, "everybody reads it")
	b.eventually(`document.title.includes("Quillium")`, "under the name as it is")
	b.eventually(`document.documentElement.scrollHeight <= innerHeight && document.querySelector("#composer").getBoundingClientRect().bottom <= innerHeight`, "the line takes its room from the messages")
	a.accepts(b, "the chat with a banner")
}
