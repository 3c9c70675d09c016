package reference

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/public"
)

var update = flag.Bool("update", false, "write public/reference.html")

// What the server embeds is what the contract says now.
func TestPage(t *testing.T) {
	t.Parallel()
	r, err := Read([]byte(public.OpenAPI()))
	require.NoError(t, err)
	var made strings.Builder
	require.NoError(t, body(r).Render(t.Context(), &made))
	if *update {
		require.NoError(t, os.WriteFile("../../public/reference.html", []byte(made.String()), 0o600))
		return
	}
	require.Equal(t, public.Reference(), made.String(), "run make generate")
}

func TestThePageOfTheCalls(t *testing.T) {
	t.Parallel()
	page := public.Reference()
	require.Equal(t, strings.Count(public.OpenAPI(), "operationId:"), strings.Count(page, `<details class="operation" id="`)-strings.Count(page, `id="shape-`))
	require.Equal(t, 1, strings.Count(page, "<h1"))
	require.NotRegexp(t, `<[^>]* (style|on[a-z]+)=|<script|<style`, page)
	for _, link := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.Contains(t, page, `id="`+link[1]+`"`)
	}
	for _, link := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.Regexp(t, `^[/#]`, link[1])
	}
}

func TestWhatACallIsToldIsEscaped(t *testing.T) {
	t.Parallel()
	var made strings.Builder
	r := &Reference{Title: "Q", Groups: []Group{{Name: "chats", Operations: []Operation{{
		ID: "listChats", Method: "GET", Path: "/chats", Summary: "<List>", Parameters: []Field{{Name: "q", In: "query", Type: Type{Rule: "short"}}},
		Body: &Type{Shape: "Chat"}, Answers: []Answer{{Status: "200"}},
	}}}}, Shapes: []Shape{{Name: "Chat"}}}
	require.NoError(t, body(r).Render(t.Context(), &made))
	require.Contains(t, made.String(), "&lt;List&gt;")
	require.NotContains(t, made.String(), "<List>")
}
