package story

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/repositories/pgtest"
)

// Somebody reads the page of the API, opens a call, and tries it with a token.
func TestReference(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t))
	p.start()
	p.join("ada")
	b := newBrowser(t)
	b.open(p.url + "/api/docs#getMe")
	const status = `document.querySelector("#getMe .try-answer p").textContent`
	b.eventually(`document.querySelector("#getMe").open && !document.querySelector("#getMe .try").hidden`, "the link opens the call")
	b.do(chromedp.Click(chromedp.CSS("#getMe .try button")))
	b.eventually(status+`.startsWith("401 ")`, "nobody is nobody")
	b.do(
		chromedp.SendKeys(chromedp.CSS("#access-token"), p.access+kb.Enter),
		chromedp.Focus(chromedp.CSS("#getMe .try button")),
		chromedp.KeyEvent(kb.Enter),
	)
	b.eventually(status+`.startsWith("200 ")`, "the token is sent")
	b.eventually(`document.querySelector("#getMe .try-answer pre").textContent.includes('"email": "ada@example.org"')`, "what came back is shown")

	t.Run("a body and a path", func(t *testing.T) {
		b.do(
			chromedp.Click(chromedp.CSS("#createChat > summary")),
			chromedp.Click(chromedp.CSS("#createChat .try button")),
		)
		b.eventually(`document.querySelector("#createChat .try-answer p").textContent.startsWith("201 ")`, "the example is a body that is taken")
		const id = `JSON.parse(document.querySelector("#createChat .try-answer pre").textContent).id`
		b.do(
			chromedp.Click(chromedp.CSS("#postMessage > summary")),
			chromedp.SendKeys(chromedp.CSS("#postMessage-id"), eval[string](b, id)),
			chromedp.SendKeys(chromedp.CSS("#postMessage-body"), ""),
			chromedp.Click(chromedp.CSS("#postMessage .try button")),
		)
		b.eventually(`document.querySelector("#postMessage .try-answer p").textContent.startsWith("201 ")`, "the message is stored")
	})
	t.Run("nothing of the token is kept", func(t *testing.T) {
		require.Empty(t, eval[string](b, `JSON.stringify(Object.values(localStorage)) === "[]" && JSON.stringify(Object.values(sessionStorage)) === "[]" ? "" : "kept"`))
		b.do(chromedp.Reload())
		require.Empty(t, eval[string](b, `document.querySelector("#access-token").value`))
	})
	t.Run("nothing is wider than a small phone", func(t *testing.T) {
		b.do(chromedp.EmulateViewport(360, 740))
		b.eventually(`[...document.querySelectorAll("details")].forEach(d => d.open = true) || document.documentElement.scrollWidth <= 360`, "no sideways scrolling")
	})
}

// Without scripts everything can be read, and nothing that needs them shows.
func TestReferenceWithoutScripts(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t))
	p.start()
	answer, err := http.Get(p.url + "/api/docs")
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	page := string(text)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Contains(t, answer.Header.Get("Content-Security-Policy"), "script-src 'self'; style-src 'self'; connect-src 'self';")
	require.Contains(t, page, "/api/v1/chats/{id}/messages/{mid}/stream")
	require.NotContains(t, page, "<script>")
	require.NotContains(t, page, "style=")
	require.Equal(t, strings.Count(page, `<form`), strings.Count(page, ` hidden>`)-strings.Count(page, `role="status" hidden>`), "every form waits for its script")
}
