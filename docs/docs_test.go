package docs_test

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"sort"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/docs"
)

var (
	heading  = regexp.MustCompile(`^(#{1,6}) +(.+?) *$`)
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	variable = regexp.MustCompile(`\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b`)
	setting  = regexp.MustCompile(`(?m)^#?\s*([A-Z][A-Z0-9_]*)=`)
)

// wanted are the pages that the README and the program refer to.
var wanted = []string{
	"accounts.md", "api.md", "chats.md", "configuration.md", "console.md", "faq.md", "getting-started.md",
	"how-it-works.md", "index.md", "models.md", "nodes.md", "operating.md", "security.md", "socket.md",
}

func TestHandbook(t *testing.T) {
	t.Parallel()
	pages := readPages(t)

	t.Run("has every page, and no other paper", func(t *testing.T) {
		t.Parallel()
		for _, name := range wanted {
			require.Contains(t, pages, name)
		}
		for name := range pages {
			require.Equal(t, path.Base(name), name, "pages lie in one folder")
		}
	})
	t.Run("gives each page exactly one first heading, on its first line", func(t *testing.T) {
		t.Parallel()
		for name, text := range pages {
			require.True(t, strings.HasPrefix(text, "# "), "%s begins with its title", name)
			require.Equal(t, 1, len(headingsOf(text, 1)), "first headings of %s", name)
		}
	})
	t.Run("names no heading of a page twice", func(t *testing.T) {
		t.Parallel()
		for name, text := range pages {
			seen := map[string]bool{}
			for _, title := range headingsOf(text, 0) {
				require.False(t, seen[anchor(title)], "%s has %q twice", name, title)
				seen[anchor(title)] = true
			}
		}
	})
	t.Run("closes every code block", func(t *testing.T) {
		t.Parallel()
		for name, text := range pages {
			require.Zero(t, strings.Count(text, "\n```")%2, "fences of %s", name)
		}
	})
}

func TestLinks(t *testing.T) {
	t.Parallel()
	pages := readPages(t)
	for name, text := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, found := range link.FindAllStringSubmatch(withoutCode(text), -1) {
				requireTarget(t, pages, name, found[1])
			}
		})
	}
}

func TestLinksOfTheREADME(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	for _, found := range link.FindAllStringSubmatch(withoutCode(string(text)), -1) {
		if strings.Contains(found[1], ":") {
			requireAddress(t, found[1])
			continue
		}
		name, fragment, _ := strings.Cut(found[1], "#")
		if name == "" {
			name = "README.md"
		}
		_, err := os.Stat(path.Join("..", name))
		require.NoError(t, err, "README links to %s", found[1])
		if fragment == "" {
			continue
		}
		page, err := os.ReadFile(path.Join("..", name))
		require.NoError(t, err)
		require.Contains(t, anchorsOf(string(page)), fragment, "README links to %s", found[1])
	}
}

// TestVariables keeps handbook and example apart from drifting: both name the
// same variables.
func TestVariables(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile("../.env.example")
	require.NoError(t, err, "the example of the configuration lies at the top of the project")
	known := map[string]bool{}
	for _, found := range setting.FindAllStringSubmatch(string(example), -1) {
		known[found[1]] = true
	}
	require.NotEmpty(t, known)
	pages := readPages(t)

	t.Run("no page names a variable that there is not", func(t *testing.T) {
		t.Parallel()
		for name, text := range pages {
			for _, found := range variable.FindAllString(text, -1) {
				require.True(t, known[found], "%s names %s", name, found)
			}
		}
	})
	t.Run("the page about configuration describes every variable", func(t *testing.T) {
		t.Parallel()
		for _, name := range sortedKeys(known) {
			require.Contains(t, pages["configuration.md"], "`"+name+"`")
		}
	})
}

func TestAnchor(t *testing.T) {
	t.Parallel()
	require.Equal(t, "how-do-i-close-sign-ups", anchor("How do I close sign-ups?"))
	require.Equal(t, "llamacpp", anchor("llama.cpp"))
	require.Equal(t, "in-code-now", anchor("In `code`, now"))
}

func readPages(t *testing.T) map[string]string {
	t.Helper()
	files := docs.Files()
	pages := map[string]string{}
	require.NoError(t, fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		pages[name] = string(text)
		return err
	}))
	require.NotEmpty(t, pages)
	return pages
}

// headingsOf lists the headings outside code of one level, or of all for 0.
func headingsOf(text string, level int) []string {
	var titles []string
	for line := range strings.Lines(withoutCode(text)) {
		found := heading.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if found != nil && (level == 0 || len(found[1]) == level) {
			titles = append(titles, found[2])
		}
	}
	return titles
}

func withoutCode(text string) string {
	var kept strings.Builder
	fenced := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
			continue
		}
		if !fenced {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// requireTarget follows a link that stays in the handbook; others must say
// with which protocol they leave it.
func requireTarget(t *testing.T, pages map[string]string, from, target string) {
	t.Helper()
	if strings.Contains(target, ":") {
		requireAddress(t, target)
		return
	}
	name, fragment, _ := strings.Cut(target, "#")
	if name == "" {
		name = from
	}
	require.Contains(t, pages, name, "%s links to %s", from, target)
	if fragment == "" {
		return
	}
	require.Contains(t, anchorsOf(pages[name]), fragment, "%s links to %s", from, target)
}

// requireAddress holds what leads out of the handbook to be a whole address.
func requireAddress(t *testing.T, address string) {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err, address)
	require.Equal(t, "https", parsed.Scheme, address)
	require.Contains(t, parsed.Hostname(), ".", address)
}

func anchorsOf(text string) []string {
	var anchors []string
	for _, title := range headingsOf(text, 0) {
		anchors = append(anchors, anchor(title))
	}
	return anchors
}

// anchor is what a heading is called in an address: lower case, spaces to
// hyphens, other punctuation gone.
func anchor(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, title)
}

func sortedKeys(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for key := range set {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
