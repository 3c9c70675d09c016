package server

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/handbook"
	"github.com/quillium/quillium/app/llm/guide"
	"github.com/quillium/quillium/docs"
)

// TestGuideLinks asks the guide every heading of the handbook and follows
// every link of its answers.
func TestGuideLinks(t *testing.T) {
	t.Parallel()
	help, err := guide.New(docs.Files(), guide.WithAddress(handbook.Address))
	require.NoError(t, err)
	book, err := buildHandbook(help)
	require.NoError(t, err)
	places := map[string]bool{}
	for _, page := range book.Pages() {
		places["/handbook/"+page.Slug] = true
		for _, heading := range page.Headings {
			places["/handbook/"+page.Slug+"#"+heading.Anchor] = true
		}
	}
	link := regexp.MustCompile(`\[[^\]]+\]\((/[^)]*)\)`)
	linked := 0
	for _, page := range book.Pages() {
		for _, heading := range page.Headings {
			answer := help.Answer(heading.Title)
			found := link.FindAllStringSubmatch(answer, -1)
			require.Equal(t, strings.HasPrefix(answer, "From "), len(found) > 0, "%s: %s", heading.Title, answer)
			for _, each := range found {
				require.True(t, places[each[1]], "%s: %s leads nowhere", heading.Title, each[1])
				linked++
			}
		}
	}
	require.Greater(t, linked, 50)
}
