package story

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories/pgtest"
)

// pictures writes the pictures of the README anew: make screenshots.
var pictures = flag.Bool("pictures", false, "write the pictures of the README")

const (
	album = top + "docs/images/"
	// largestPicture is what one may have, in bytes: they are in the history for ever.
	largestPicture = 90_000
)

// advice is what the model says in the pictures.
const advice = "Both work. For a team of five I would keep it small:\n\n| | One box | Two boxes |\n| --- | --- | --- |\n| Set-up | an hour | a day |\n| If it breaks | restore the backup | the other takes over |\n\n" +
	"Start with one, and back it up every night:\n\n```sh\nquillium backup /backups/quillium.tar\n```\n\nMove to two when an hour of silence would hurt."

// adviser is a model server that gives one piece of advice to whatever it is asked.
func adviser(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"object":"list","data":[{"id":"llama3.2","object":"model"}]}`)
	})
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		chunk, _ := json.Marshal(object{"object": "chat.completion.chunk", "choices": []any{object{"index": 0, "delta": object{"content": advice}}}})
		_, _ = fmt.Fprintf(w, "data: %s\n\ndata: %s\n\ndata: [DONE]\n\n", chunk, `{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// The README's pictures are there, small, and all of them are used; with
// -pictures they are taken first, of a server that is furnished for it.
func TestPictures(t *testing.T) {
	t.Parallel()
	if *pictures {
		takePictures(t)
	}
	readme, err := os.ReadFile(top + "README.md")
	require.NoError(t, err)
	files, err := filepath.Glob(album + "*")
	require.NoError(t, err)
	require.Len(t, files, 6)
	for _, path := range files {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Less(t, info.Size(), int64(largestPicture), path)
		require.Contains(t, string(readme), "docs/images/"+filepath.Base(path))
	}
}

func takePictures(t *testing.T) {
	t.Helper()
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+adviser(t)+"/v1", "DEFAULT_MODEL=llama3.2")
	p.start()
	b := newBrowser(t)
	p.join("ben")
	ben := p.access
	p.call("PATCH", "/users/me", object{"name": "Ben Okafor"}, 200, nil)
	b.signUp(p, "Ada")
	p.as("ada")
	for _, title := range []string{"Names for the new branch", "Rezept für Sauerteig", "Why is the build slow on Mondays", "Letter to the landlord", "خطة السفر إلى فاس", "SQL: newest row of each group", "Notes from the retrospective", "A birthday speech"} {
		p.call("POST", "/chats", object{"title": title}, 201, nil)
	}
	chat := p.open("llama3.2")
	p.call("PATCH", "/chats/"+chat, object{"title": "Where should our server live", "pinned": true}, 200, nil)
	p.call("POST", "/chats/"+chat+"/members", object{"email": "ben@example.org", "role": "editor"}, 201, nil)
	messages := "/chats/" + chat + "/messages"
	var question struct{ ID string }
	p.access = ben
	p.call("POST", messages, object{"content": "The old machine under my desk is getting loud. Where do we put the new one?"}, 201, nil)
	p.as("ada")
	p.call("POST", messages, object{"content": "@llama3.2 One server or two, for a team of five? A table, please."}, 201, &question)
	p.answerOf(chat, question.ID, app.StatusComplete)
	p.call("PATCH", messages+"/"+question.ID, object{"content": "@llama3.2 One server or two, for a team of five? A short table, please.", "answer": true}, 200, nil)
	p.answerOf(chat, question.ID, app.StatusComplete)
	p.access = ben
	p.call("POST", messages, object{"content": "One it is. I will bring the cables."}, 201, nil)
	require.NoError(t, os.MkdirAll(album, 0o755)) //nolint:gosec // pictures for everybody
	b.open(p.url + "/c/" + chat)
	b.eventually(`document.querySelectorAll("#log .message").length === 4`, "all is read, so that nothing is new in the pictures")
	b.take(p.url+"/c/"+chat, "room", 1280, 860, "")
	b.take(p.url+"/c/"+chat, "phone", 390, 800, "")
	b.take(p.url+"/c/"+chat, "search", 1280, 860, "server")
}

// take makes a picture in both schemes, with all that differs from run to run
// put to one value: times, and the colours of people. words: looked for first.
func (b tab) take(url, name string, width, height int64, words string) {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.look(scheme, width, height)
		b.open(url)
		b.eventually(`document.querySelectorAll("#log .message[data-status=complete]").length === 4 && document.querySelector("#connection").textContent === "Live" && document.querySelectorAll(".chat-link").length === 9 && !document.querySelector("#new-line")`, "the chat")
		if words != "" {
			b.search(words)
			b.eventually(`document.querySelectorAll(".hit mark").length > 0`, "found")
		}
		eval[string](b, `document.activeElement.blur();
			for (const time of document.querySelectorAll("time")) time.textContent = "10:24";
			for (const mark of document.querySelectorAll(".mark[data-hue]")) mark.dataset.hue = mark.textContent === "A" ? "6" : "3";
			document.querySelector("#log-scroll").style.scrollbarWidth = "none"; ""`)
		quality := int64(82)
		picture, err := chromedp.Call(b.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: &quality})
		require.NoError(b.t, err)
		require.NoError(b.t, os.WriteFile(album+name+"-"+scheme+".webp", picture.Data, 0o644)) //nolint:gosec // pictures for everybody
	}
}
