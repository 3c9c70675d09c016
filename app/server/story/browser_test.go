package story

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories/pgtest"
)

// tab is one page of a real browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// newBrowser starts a browser with a profile of its own.
func newBrowser(t *testing.T) tab {
	t.Helper()
	flags := chromedp.DefaultExecAllocatorOptions[:]
	flags = append(flags, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 800),
		// A mouse, which a browser without a screen has not: 2 hovers, 4 points finely.
		chromedp.Flag("blink-settings", "primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4"),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-background-networking", true))
	processes, end := chromedp.NewExecAllocator(context.Background(), flags...)
	t.Cleanup(end)
	ctx, closeTab := chromedp.NewContext(processes)
	t.Cleanup(closeTab)
	require.NoError(t, chromedp.Do(ctx), "Chromium does not start")
	return tab{t: t, ctx: ctx}
}

// another opens a second tab of the same browser: same cookies, same storage.
func (b tab) another() tab {
	ctx, closeTab := chromedp.NewContext(b.ctx)
	b.t.Cleanup(closeTab)
	return tab{t: b.t, ctx: ctx}
}

func (b tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	require.NoError(b.t, chromedp.Do(ctx, steps...))
}

// eval asks the page; an expression that fails gives the zero value.
func eval[T any](b tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	value, _ := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	return value
}

func (b tab) eventually(expression, why string) {
	b.t.Helper()
	require.Eventually(b.t, func() bool { return eval[bool](b, expression) }, 30*time.Second, 50*time.Millisecond, why)
}

func (b tab) open(url string) {
	b.t.Helper()
	// The tab's first action must not have a deadline: it would be the tab's.
	require.NoError(b.t, chromedp.Do(b.ctx, chromedp.Navigate(url)))
}

func (b tab) signUp(p *program, name string) {
	b.t.Helper()
	b.open(p.url + "/sign-up")
	b.do(
		chromedp.SendKeys(chromedp.CSS("#name"), name),
		chromedp.SendKeys(chromedp.CSS("#email"), strings.ToLower(name)+"@example.org"),
		chromedp.SendKeys(chromedp.CSS("#password"), "correct horse battery"+kb.Enter),
	)
	b.eventually(`location.pathname === "/" && document.querySelector("#connection").textContent === "Live"`, "signed up and connected")
}

func (b tab) say(text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS("#composer-text"), text+kb.Enter))
}

// lastAnswer is the newest answer's text as a person reads it.
const lastAnswer = `[...document.querySelectorAll("#log .assistant")].at(-1)`

func (b tab) lastText() string {
	b.t.Helper()
	return strings.TrimSpace(eval[string](b, lastAnswer+`.querySelector(".message-body").textContent`))
}

func (b tab) lastStatus() string {
	b.t.Helper()
	return eval[string](b, lastAnswer+`.dataset.status`)
}

// Somebody signs up, asks, reloads in the middle, and reads the same text.
func TestBrowser(t *testing.T) {
	t.Parallel()
	model := newEndpoint(t, 300, 10*time.Millisecond)
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words")
	p.start()
	b := newBrowser(t)
	b.signUp(p, "Ada")
	b.say("Tell me words")
	b.eventually(lastAnswer+`.dataset.status === "streaming" && `+lastAnswer+`.textContent.includes("wörd20.")`, "the answer streams")
	early := b.lastText()
	b.do(chromedp.Reload())
	b.eventually(`document.querySelector("#log .assistant .message-body")?.textContent.length > 0`, "the answer is there again")
	require.Equal(t, "streaming", b.lastStatus(), "the reload is in the middle of the answer")
	require.True(t, strings.HasPrefix(b.lastText(), early), "nothing that was read is gone")
	b.eventually(lastAnswer+`.dataset.status === "complete"`, "the answer ends")
	require.Equal(t, strings.TrimSpace(model.last().text(time.Now())), b.lastText())
	b.do(chromedp.Reload())
	b.say("Quicker than the page")
	b.eventually(`document.querySelectorAll("#log .user:not([data-status=pending])").length === 2`, "the message is in the chat that the address names")
	require.Equal(t, 1, eval[int](b, `document.querySelectorAll(".chat-link").length`), "and no other chat was made")
}

// Two tabs of one person outlive many access tokens, both at once.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	model := newEndpoint(t, 3, time.Millisecond)
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words", "ACCESS_TOKEN_EXPIRY=1m")
	p.start()
	one := newBrowser(t)
	one.signUp(p, "Ada")
	one.say("the first")
	one.eventually(lastAnswer+`?.dataset.status === "complete"`, "answered")
	two := one.another()
	two.open(eval[string](one, "location.href"))
	two.eventually(`document.querySelectorAll("#log .message").length === 2`, "the second tab shows the chat")
	// With a minute to live a token is renewed at every use.
	const rounds = 5
	const stored = `document.querySelectorAll("#log .message[data-status=complete]").length === %d`
	for i := range rounds {
		one.say(fmt.Sprint("one ", i))
		two.say(fmt.Sprint("two ", i))
		for _, b := range []tab{one, two} {
			b.eventually(fmt.Sprintf(stored, 2+(i+1)*4), "both messages and their answers are in both tabs")
		}
		one.do(chromedp.Reload())
		two.do(chromedp.Reload())
		for _, b := range []tab{one, two} {
			b.eventually(fmt.Sprintf(stored, 2+(i+1)*4), "they are there after a reload")
		}
	}
	require.Equal(t, 2+rounds*4, p.stored(t, "ada"))
}

// stored counts the messages of the one chat of somebody.
func (p *program) stored(t *testing.T, name string) int {
	t.Helper()
	p.as(name)
	var chats app.Page[app.Chat]
	_, text, err := p.try("GET", "/chats", nil)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &chats))
	require.Len(t, chats.Data, 1)
	return int(chats.Data[0].LastSeq)
}
