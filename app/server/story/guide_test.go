package story

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/repositories/pgtest"
)

// Somebody asks the guide and follows its link into the handbook; a text that
// links to anything else on this server has words only.
func TestGuideLinks(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "QUILLIUM_AUTODETECT=off")
	p.start()
	b := newBrowser(t)
	b.signUp(p, "Ada")
	b.say("How do I connect Ollama?")
	b.eventually(lastAnswer+`?.dataset.status === "complete"`, "the guide answers")
	const link = lastAnswer + `.querySelector('a[href^="/handbook/"]')`
	require.True(t, eval[bool](b, link+`?.origin === location.origin`), "the answer links to the handbook here")
	require.Equal(t, "_blank", eval[string](b, link+`.target`), "the chat stays open")
	page := b.another()
	page.open(eval[string](b, link+`.href`))
	page.eventually(`document.getElementById(decodeURIComponent(location.hash.slice(1)))?.matches("h1, h2, h3")`, "the link leads to its heading")

	b.say("[one](/api/v1/users/me) [two](//elsewhere.example/handbook/x) [three](/handbook/../sign-in) [four](javascript:alert(1)) [five](/handbook/models)")
	b.eventually(`[...document.querySelectorAll("#log .user")].at(-1)?.textContent.includes("five")`, "the message is there")
	require.Equal(t, "five", eval[string](b, `[...[...document.querySelectorAll("#log .user")].at(-1).querySelectorAll(".message-body a")].map((a) => a.textContent).join()`))
}
