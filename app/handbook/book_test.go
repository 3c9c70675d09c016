package handbook_test

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app/handbook"
	"github.com/quillium/quillium/app/llm/guide"
	"github.com/quillium/quillium/docs"
)

func nothing(string, int) []handbook.Passage { return nil }

// bookOf prints one page beside another.
func bookOf(t require.TestingT, text string) handbook.Page {
	book, err := handbook.New(fstest.MapFS{
		"index.md": {Data: []byte("# Start\n\n" + text)}, "chats.md": {Data: []byte("# Chats\n\n## A room\n\ntext\n")},
	}, nothing)
	require.NoError(t, err)
	return book.First()
}

// real is the handbook as people read it.
func real(t *testing.T) *handbook.Book {
	t.Helper()
	help, err := guide.New(docs.Files())
	require.NoError(t, err)
	book, err := handbook.New(docs.Files(), func(question string, most int) []handbook.Passage {
		var passages []handbook.Passage
		for _, found := range help.Search(question, most) {
			passages = append(passages, handbook.Passage(found))
		}
		return passages
	})
	require.NoError(t, err)
	return book
}

func TestBook(t *testing.T) {
	t.Parallel()
	t.Run("opens with the first page, goes on as that lists them, then by name", func(t *testing.T) {
		t.Parallel()
		book, err := handbook.New(fstest.MapFS{
			"zoo.md": {Data: []byte("# Zoo")}, "index.md": {Data: []byte("# Start\n\nSee [a](a.md).\n\n- [z](zoo.md)\n- [no](none.md)\n")}, "b.md": {Data: []byte("# B")}, "a.md": {Data: []byte("# A")},
		}, nothing)
		require.NoError(t, err)
		var slugs []string
		for _, page := range book.Pages() {
			slugs = append(slugs, page.Slug)
		}
		require.Equal(t, []string{"index", "zoo", "a", "b"}, slugs)
		require.Equal(t, "Start", book.First().Title)
		_, known := book.Page("none")
		require.False(t, known)
	})
	t.Run("is none without a first page, or with one that has no title", func(t *testing.T) {
		t.Parallel()
		for _, files := range []fstest.MapFS{{}, {"a.md": {Data: []byte("# A")}}, {"index.md": {Data: []byte("text")}}, {"index.md": {Data: []byte("## B")}}} {
			_, err := handbook.New(files, nothing)
			require.Error(t, err)
		}
	})
}

func TestPrint(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, has, lacks string }{
		"a heading has an anchor":                   {text: "## How do I `set` it?", has: `<h2 id="how-do-i-set-it">How do I <code>set</code> it?</h2>`},
		"a link to a page":                          {text: "[c](chats.md)", has: `<a href="/handbook/chats">c</a>`},
		"a link to a heading of a page":             {text: "[c](chats.md#a-room)", has: `<a href="/handbook/chats#a-room">c</a>`},
		"a link within the page":                    {text: "[c](#here)", has: `<a href="#here">c</a>`},
		"a link to elsewhere":                       {text: "[c](https://example.org/x)", has: `<a href="https://example.org/x" rel="noopener noreferrer">c</a>`},
		"a link to what is no page keeps its words": {text: "so *[the **file**](../README.md)* it", has: "so <em>the <strong>file</strong></em> it", lacks: "<a"},
		"nor to a decision":                         {text: "[d](decisions/0001-departures.md)", has: "<p>d</p>", lacks: "<a"},
		"nor to a script":                           {text: "[d](javascript:alert(1))", has: "<p>d", lacks: "<a"},
		"no raw HTML goes through":                  {text: "<script>alert(1)</script>\n\nx <b onclick=a()>y</b>", has: "y", lacks: "alert(1)</script"},
		"code is shown as it is, and scrolls":       {text: "```sh runnable\na <b> && c\n```", has: `<pre tabindex="0"><code class="language-sh">a &lt;b&gt; &amp;&amp; c`, lacks: "runnable"},
		"a table scrolls":                           {text: "| a | b |\n| --- | ---: |\n| 1 | 2 |", has: `<div class="table-scroll" tabindex="0"><table>`, lacks: "style="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := bookOf(t, c.text)
			require.Contains(t, page.HTML, c.has)
			if c.lacks != "" {
				require.NotContains(t, page.HTML, c.lacks)
			}
		})
	}
	t.Run("what is found is told in plain words", func(t *testing.T) {
		t.Parallel()
		book, err := handbook.New(fstest.MapFS{"index.md": {Data: []byte("# Start")}}, func(string, int) []handbook.Passage {
			return []handbook.Passage{{Page: "Start", Heading: "Start", Text: "Set `PORT`,\nor *see* [there](https://x.example)."}, {Page: "Gone", Heading: "x"}}
		})
		require.NoError(t, err)
		require.Equal(t, []handbook.Result{{Passage: handbook.Passage{Page: "Start", Heading: "Start", Text: "Set PORT, or see there."}, Address: "/handbook/index"}}, book.Search("port"))
	})
	t.Run("whatever a page holds, no script, style or handler comes out", func(t *testing.T) {
		t.Parallel()
		pieces := []string{"<script>", "<img src=x onerror=a()>", "<b style=x>", "](javascript:a())", "![i](data:x)", "[", "`", "\n", "| a |\n|---|\n", "<a href=javascript:x>", "&lt;script&gt;", "<!--", "[x]: javascript:y\n", "[x]", "<javascript:z>"}
		rapid.Check(t, func(t *rapid.T) {
			text := strings.Join(rapid.SliceOf(rapid.OneOf(rapid.SampledFrom(pieces), rapid.String())).Draw(t, "text"), "")
			html := bookOf(t, text).HTML
			require.NotRegexp(t, `(?i)<(script|style|iframe|object|b )`, html)
			require.NotRegexp(t, `(?i)<[a-z]+ [^>]*\b(on[a-z]+|style)=`, quoted.ReplaceAllString(html, `""`))
			require.NotRegexp(t, `(?i)(href|src)="\s*javascript:`, html)
		})
	})
}

var quoted = regexp.MustCompile(`"[^"]*"`)

func TestTheHandbook(t *testing.T) {
	t.Parallel()
	book := real(t)
	ids := map[string]map[string]bool{}
	for _, page := range book.Pages() {
		ids[page.Slug] = map[string]bool{}
		for _, found := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page.HTML, -1) {
			require.False(t, ids[page.Slug][found[1]], "%s has %s twice", page.Slug, found[1])
			ids[page.Slug][found[1]] = true
		}
	}
	t.Run("prints every page, each heading with its anchor", func(t *testing.T) {
		t.Parallel()
		require.GreaterOrEqual(t, len(book.Pages()), 12)
		for _, page := range book.Pages() {
			require.NotEmpty(t, page.Title)
			require.Equal(t, 1, strings.Count(page.HTML, "<h1 "), page.Slug)
			require.NotContains(t, page.HTML, "raw HTML omitted", page.Slug)
			for _, heading := range page.Headings {
				require.True(t, ids[page.Slug][heading.Anchor], "%s#%s", page.Slug, heading.Anchor)
			}
		}
	})
	t.Run("leads every link to a page and a heading", func(t *testing.T) {
		t.Parallel()
		followed := 0
		for _, page := range book.Pages() {
			for _, found := range regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(page.HTML, -1) {
				if strings.HasPrefix(found[1], "https://") {
					continue
				}
				path, anchor, _ := strings.Cut(found[1], "#")
				slug := page.Slug
				if path != "" {
					var inside bool
					slug, inside = strings.CutPrefix(path, "/handbook/")
					require.True(t, inside, "%s links to %s", page.Slug, found[1])
				}
				require.Contains(t, ids, slug, "%s links to %s", page.Slug, found[1])
				require.True(t, anchor == "" || ids[slug][anchor], "%s links to %s", page.Slug, found[1])
				followed++
			}
		}
		require.Greater(t, followed, 10)
	})
	t.Run("finds what it has, and leads there", func(t *testing.T) {
		t.Parallel()
		for question, address := range map[string]string{
			"ollama": "/handbook/models#ollama", "forgot my password": "/handbook/accounts", "backup": "/handbook/operating",
			"how often may I call": "/handbook/api#how-often-may-i-call", "websocket client": "/handbook/socket",
		} {
			results := book.Search(question)
			require.NotEmpty(t, results, question)
			require.LessOrEqual(t, len(results), 12)
			found := false
			for _, result := range results[:min(3, len(results))] {
				found = found || strings.HasPrefix(result.Address, address)
			}
			require.True(t, found, "%s: %v", question, results)
			for _, result := range results {
				slug, anchor, _ := strings.Cut(strings.TrimPrefix(result.Address, "/handbook/"), "#")
				require.True(t, anchor == "" || ids[slug][anchor], result.Address)
			}
		}
		require.Empty(t, book.Search("xyzzy"))
		require.Empty(t, book.Search(""))
	})
}
