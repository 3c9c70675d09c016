package story

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/backup"
)

// An administrator makes a backup without a command line, takes it away, and
// deletes it; meanwhile the page of background work shows how it goes.
func TestAdministratorMakesABackup(t *testing.T) {
	t.Parallel()
	link := newServer(t, silent(t))
	server, _, _ := strings.Cut(link, "/setup")
	b, a := newBrowser(t), newAxe(t)
	b.setUp(link)
	b.eventually(`!location.pathname.startsWith("/setup") || Boolean(document.querySelector("#setup-models"))`, "the administrator is there")

	b.console(server, "/admin/backups")
	a.accepts(b, "no backup")
	b.follow("Back up now")
	b.eventually(`document.querySelector(".admin-done")?.textContent.includes("being made")`, "it has begun")
	b.eventually(`Boolean(document.querySelector("#live .row-link"))`, "it comes into the list by itself")
	a.accepts(b, "a backup")
	b.do(chromedp.Click(chromedp.CSS("#live .row-link")))
	b.eventually(`Boolean(document.querySelector("#f-reason"))`, "its panel is open")
	a.accepts(b, "a backup's panel")

	folder := t.TempDir()
	_, err := chromedp.Call(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder})
	require.NoError(t, err)
	b.enter("reason", "To move away")
	b.follow("Download")
	var files []string
	require.Eventually(t, func() bool {
		files, _ = filepath.Glob(filepath.Join(folder, "quillium-*.quillium"))
		return len(files) == 1
	}, 20*time.Second, 20*time.Millisecond)
	archive, err := backup.Open(files[0])
	require.NoError(t, err, "what arrived is whole")
	require.NoError(t, archive.Close())
	require.NoError(t, os.Remove(files[0]))
	require.Equal(t, "/admin/backups", eval[string](b, "location.pathname"), "the page stays")

	b.follow("Delete")
	b.eventually(`document.querySelector("#panel").textContent.includes("gone for good")`, "it asks once")
	a.accepts(b, "what is asked before one is deleted")
	b.follow("Delete the backup")
	b.eventually(`document.querySelector(".admin-done")?.textContent.includes("was deleted")`, "it is gone")

	b.open(server + "/admin/jobs?state=done")
	b.eventually(`document.querySelector("#live").textContent.includes("Make a backup")`, "the job is told")
	a.accepts(b, "jobs")
	b.do(chromedp.Click(chromedp.CSS("#live .row-link")))
	b.eventually(`Boolean(document.querySelector("#panel"))`, "one is open")
	a.accepts(b, "a job's panel")
	b.open(server + "/admin/jobs?state=cancelled")
	b.eventually(`document.querySelector("#live .empty-title")?.textContent.includes("No job")`, "a state without jobs")
	a.accepts(b, "no jobs")
}
