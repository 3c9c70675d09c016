package story

import (
	"bytes"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/model"
	"github.com/quillium/quillium/app/server"
	"github.com/quillium/quillium/repositories/pgtest"
)

// newServer runs a server in this process, beside model servers in these
// places, and tells its set-up link.
func newServer(t *testing.T, places ...model.Place) (setUp string) {
	t.Helper()
	settings := map[string]string{
		"PORT": "0", "DATABASE_URL": pgtest.URL(t), "QUILLIUM_DATA": t.TempDir(), "DRAIN_TIMEOUT": "0s",
		"JWT_SECRET": strings.Repeat("one secret ", 4), "ENCRYPTION_KEY": strings.Repeat("two secrets ", 4),
	}
	c, err := config.Load(func(name string) (string, bool) { value, found := settings[name]; return value, found })
	require.NoError(t, err)
	options := server.Options{Log: slog.New(slog.DiscardHandler), Out: new(bytes.Buffer), Version: "story", ModelPlaces: places}
	running, err := server.New(t.Context(), c, options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Close()) })
	desk, err := server.OpenDesk(t.Context(), c, options)
	require.NoError(t, err)
	link, err := desk.SetupLink(t.Context())
	require.NoError(t, err)
	require.NoError(t, desk.Close())
	return link
}

// at is the place of an address.
func at(t *testing.T, address, program string) model.Place {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	port, err := strconv.Atoi(parsed.Port())
	require.NoError(t, err)
	return model.Place{Host: parsed.Hostname(), Port: port, Program: program}
}

// silent is a place where nothing listens.
func silent(t *testing.T) model.Place {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return at(t, "http://"+listener.Addr().String(), "Ollama")
}

func (b tab) setUp(link string) {
	b.t.Helper()
	b.open(link)
	b.eventually(`document.querySelector("#setup")?.hidden === false`, "the form is there")
	b.do(
		chromedp.SendKeys(chromedp.CSS("#name"), "Ada"),
		chromedp.SendKeys(chromedp.CSS("#email"), "ada@example.org"),
		chromedp.SendKeys(chromedp.CSS("#password"), "correct horse battery"+kb.Enter),
	)
	b.eventually(`document.querySelector("#setup-models")?.hidden === false`, "models are offered")
}

// The first administrator connects, by one click, the models that run on his
// machine, and the chat has them.
func TestModelsAreFound(t *testing.T) {
	t.Parallel()
	endpoint := newEndpoint(t, 5, time.Millisecond)
	b := newBrowser(t)
	b.setUp(newServer(t, silent(t), at(t, endpoint.URL, "vLLM")))
	require.Contains(t, eval[string](b, `document.querySelector("#setup-found").textContent`), "words")
	require.Contains(t, eval[string](b, `document.querySelector("#setup-missed").textContent`), "Nothing listens on port")
	require.False(t, eval[bool](b, `document.querySelector("#setup-missed").open`))
	require.True(t, eval[bool](b, `document.querySelector("#setup-lead").hidden`), "what was to do is done")
	b.do(chromedp.Click(chromedp.CSS("#setup-found button")))
	b.eventually(`location.pathname === "/" && document.querySelector("#connection")?.textContent === "Live"`, "the chat is open")
	b.eventually(`document.querySelector("#model-name").textContent === "words"`, "the chat asks the model that was found")
}

// Where no model runs, each place says what to do, and the chat is one click
// away.
func TestNoModelsAreFound(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.setUp(newServer(t, silent(t)))
	require.Regexp(t, `Nothing listens on port \d+.*; .*, or set OPENAI_BASE_URL\.`, eval[string](b, `document.querySelector("#setup-missed[open]").innerText`))
	require.Zero(t, eval[int](b, `document.querySelectorAll("#setup-found button").length`))
	b.do(chromedp.Click(chromedp.CSS("#setup-models > a.button")))
	b.eventually(`location.pathname === "/" && document.querySelector("#connection")?.textContent === "Live"`, "the chat is open")
}
