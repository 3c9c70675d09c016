package views

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

var page = Page{Face: Face{Name: "The <Inn>"}, Version: "1.2.3", Assets: "/assets/abc/", Icons: `<svg class="sprite"></svg>`}

func html(t *testing.T, component templ.Component) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, component.Render(t.Context(), &out))
	return out.String()
}

func all(signups app.Signups, needed bool) map[string]templ.Component {
	entrance := Entrance{Page: page, NeedsSetup: needed}
	entrance.Signups = signups
	return map[string]templ.Component{
		"chat": Chat(page), "sign in": SignIn(entrance), "sign up": SignUp(entrance), "set up": Setup(entrance), "reset": Reset(entrance), "invite": Invite(entrance),
		"error":     Error(Problem{Page: page, Status: 404, Message: "Nothing <here>.", RequestID: "r-1"}),
		"reference": APIReference(page, `<main id="main"><h1>The API</h1></main>`),
		"handbook":  HandbookPage(Handbook{Page: page, HTML: "<h1>Start</h1>", Pages: []HandbookLink{{Title: "Start", Address: "/handbook/index", Here: true}}}),
		"found":     HandbookSearch(Handbook{Page: page, Query: "<q>", Results: []HandbookResult{{Page: "Chats", Heading: "A", Text: "<t>", Address: "/handbook/chats#a"}}}),
	}
}

func TestEveryPage(t *testing.T) {
	t.Parallel()
	for name, component := range all(app.SignupsOpen, true) {
		t.Run(name+" lives under the policy", func(t *testing.T) {
			t.Parallel()
			text := html(t, component)
			require.NotRegexp(t, `<[^>]* style=`, text)
			require.NotRegexp(t, `<[^>]* on[a-z]+=`, text)
			require.NotContains(t, text, "<style")
			require.NotRegexp(t, `<script>`, text)
			for _, script := range regexp.MustCompile(`<script[^>]*>([^<]*)</script>`).FindAllStringSubmatch(text, -1) {
				require.Empty(t, script[1])
			}
			for _, url := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
				require.Regexp(t, `^[/#]`, url[1])
			}
		})
		t.Run(name+" says what it is, in one heading and a language, and escapes what it is told", func(t *testing.T) {
			t.Parallel()
			text := html(t, component)
			require.Contains(t, text, `<html lang="en">`)
			require.Contains(t, text, "The &lt;Inn&gt;</title>")
			require.NotContains(t, text, "<Inn>")
			require.Equal(t, 1, strings.Count(text, "<h1"))
			require.Equal(t, 1, strings.Count(text, `id="main"`))
			require.Contains(t, text, page.Icons)
		})
		t.Run(name+" has each id once, and a label for each field", func(t *testing.T) {
			t.Parallel()
			text := strings.ReplaceAll(html(t, component), `tabindex="-1" aria-hidden="true"`, "aria-label")
			seen := map[string]bool{}
			for _, id := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(text, -1) {
				require.False(t, seen[id[1]], id[1])
				seen[id[1]] = true
			}
			for _, field := range regexp.MustCompile(`<(?:input|textarea)[^>]*>`).FindAllString(text, -1) {
				if strings.Contains(field, "aria-label") {
					continue
				}
				id := regexp.MustCompile(` id="([^"]+)"`).FindStringSubmatch(field)
				require.NotNil(t, id, field)
				require.Contains(t, text, `for="`+id[1]+`"`)
			}
		})
		t.Run(name+" passes on that it could not be written", func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, component.Render(t.Context(), broken{}), errBroken)
		})
	}
}

func TestEntrances(t *testing.T) {
	t.Parallel()
	t.Run("closed sign-ups show no form without a link, and no way to one", func(t *testing.T) {
		t.Parallel()
		closed := all(app.SignupsClosed, false)
		require.NotContains(t, html(t, closed["sign in"]), "/sign-up")
		require.Contains(t, html(t, closed["sign up"]), `<form id="sign-up" class="form" method="post" novalidate hidden>`)
		require.Contains(t, html(t, closed["sign up"]), "closed")
		require.NotContains(t, html(t, closed["invite"]), "invite-new")
		require.NotContains(t, html(t, closed["invite"]), "invite-none")
	})
	t.Run("by invitation, the invitation has one", func(t *testing.T) {
		t.Parallel()
		some := all(app.SignupsByInvitation, false)
		require.NotContains(t, html(t, some["sign in"]), "/sign-up")
		require.Contains(t, html(t, some["sign up"]), "invite link")
		require.Contains(t, html(t, some["invite"]), `id="invite-new"`)
	})
	t.Run("open sign-ups do", func(t *testing.T) {
		t.Parallel()
		open := all(app.SignupsOpen, false)
		require.Contains(t, html(t, open["sign in"]), "/sign-up")
		require.Contains(t, html(t, open["sign up"]), `id="sign-up"`)
	})
	t.Run("a server with an administrator is not set up again", func(t *testing.T) {
		t.Parallel()
		require.NotContains(t, html(t, all(app.SignupsOpen, false)["set up"]), "<form")
		require.Contains(t, html(t, all(app.SignupsOpen, true)["set up"]), `id="setup"`)
	})
	t.Run("a server without one says so where people sign in", func(t *testing.T) {
		t.Parallel()
		require.Contains(t, html(t, all(app.SignupsOpen, true)["sign in"]), "no administrator")
		require.NotContains(t, html(t, all(app.SignupsOpen, false)["sign in"]), "no administrator")
	})
}

func TestFace(t *testing.T) {
	t.Parallel()
	t.Run("without a banner there is no line, without a logo a quill", func(t *testing.T) {
		t.Parallel()
		text := html(t, Chat(page))
		require.NotContains(t, text, `class="banner"`)
		require.NotContains(t, text, "<img")
	})
	t.Run("a banner is text, on every page", func(t *testing.T) {
		t.Parallel()
		dressed := page
		dressed.Banner, dressed.Logo = "Away at <b>noon</b>", "abc"
		for _, component := range []templ.Component{Chat(dressed), SignIn(Entrance{Page: dressed}), Error(Problem{Page: dressed}), HandbookPage(Handbook{Page: dressed})} {
			text := html(t, component)
			require.Contains(t, text, "Away at &lt;b&gt;noon&lt;/b&gt;")
			require.Contains(t, text, `<img class="logo" src="/logo/abc" alt=""`)
		}
	})
}

func TestError(t *testing.T) {
	t.Parallel()
	text := html(t, all(app.SignupsOpen, false)["error"])
	require.Contains(t, text, "Nothing &lt;here&gt;.")
	require.Contains(t, text, "404")
	require.Contains(t, text, "r-1")
	require.NotContains(t, text, "module", "a page that went wrong needs no script")

	unnamed := html(t, Error(Problem{Page: page, Status: 500, Message: "Oh."}))
	require.NotContains(t, unnamed, "request")
}

var errBroken = errors.New("broken pipe")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
