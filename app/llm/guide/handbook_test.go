package guide_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/llm/guide"
	"github.com/quillium/quillium/docs"
)

const pageOnBees = `# Keeping bees

All about hives.

## How do I open a hive?

Slowly, and with
smoke. See [gloves](#gloves) or [the web](https://example.org/bees).

` + "```sh\nsmoke --slowly\n\n# not a heading\n```" + `

## Tools

### Gloves

Wear leather:

` + "```\nleather\n```" + `

### Lists

What you need:

- ` + "`VEIL_SIZE` (large)" + `: how wide the veil is,
  in two lines.
- ` + "`HAT_SIZE`" + `: how wide the hat is.

1. First, calm down.
2. Then begin.

| bee | work |
| --- | --- |
| drone | none |

## Empty

`

func TestReadingTheHandbook(t *testing.T) {
	t.Parallel()
	desk := shelf(t, map[string]string{"bees.md": pageOnBees})

	t.Run("names page and heading, and quotes what is below it", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "From *Keeping bees*, under *How do I open a hive?*, in the handbook:\n\n"+
			"Slowly, and with smoke. See *gloves* or [the web](https://example.org/bees).\n\n"+
			"```sh\nsmoke --slowly\n\n# not a heading\n```", desk.Answer("how do I open the hive"))
	})
	t.Run("keeps code with the words that lead to it", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "From *Keeping bees*, under *Gloves*, in the handbook:\n\n"+
			"Wear leather:\n\n```\nleather\n```", desk.Answer("which gloves?"))
	})
	t.Run("keeps lists and tables in shape", func(t *testing.T) {
		t.Parallel()
		answer := desk.Answer("HAT_SIZE")
		require.Contains(t, answer, "(large): how wide the veil is, in two lines.\n- `HAT_SIZE`")
		require.Contains(t, answer, "1. First, calm down.\n2. Then begin.")
		require.Contains(t, answer, "| bee | work |\n| --- | --- |\n| drone | none |")
	})
	t.Run("names the page alone for what stands below its title", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "From *Keeping bees*, in the handbook:\n\nAll about hives.\n\n"+
			"See also: *Gloves*, in *Keeping bees*; *How do I open a hive?*, in *Keeping bees*.", desk.Answer("keeping bees"))
	})
	t.Run("links to what it names, where that has an address", func(t *testing.T) {
		t.Parallel()
		desk, err := guide.New(fstest.MapFS{"bees.md": {Data: []byte(pageOnBees)}}, guide.WithPace(0),
			guide.WithAddress(func(page, heading string) string { return "/" + page + "#" + strings.ReplaceAll(heading, " ", "-") }))
		require.NoError(t, err)
		require.Contains(t, desk.Answer("which gloves?"), "From *Keeping bees*, under [Gloves](/bees#Gloves), in the handbook:\n\n")
		require.Equal(t, "From [Keeping bees](/bees#), in the handbook:\n\nAll about hives.\n\n"+
			"See also: [Gloves](/bees#Gloves), in *Keeping bees*; [How do I open a hive?](/bees#How-do-I-open-a-hive?), in *Keeping bees*.",
			desk.Answer("keeping bees"))
	})
	t.Run("closes code that the page left open", func(t *testing.T) {
		t.Parallel()
		open := shelf(t, map[string]string{"open.md": "# Wax\n\n## Melting wax\n\n```\nmelt"})
		require.Contains(t, open.Answer("melting wax"), "```\nmelt\n```")
	})
}

func TestShorteningAPassage(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("Bees fly far and come home in the evening. ", 12)
	page := "# Bees\n\n## Honey\n\nHoney is sweet.\n\n" + filler + "\n\n" + filler + "\n\n" + filler +
		"\n\nHoney crystals melt at forty degrees:\n\n```\nheat 40\n```\n"
	answer := shelf(t, map[string]string{"bees.md": page}).Answer("honey crystals")

	require.Contains(t, answer, "Honey is sweet.")
	require.Contains(t, answer, "forty degrees:\n\n```\nheat 40\n```")
	require.Contains(t, answer, "(The handbook says more there.)")
	require.Less(t, len(answer), 1700)
}

func TestARelatedHeadingIsNamed(t *testing.T) {
	t.Parallel()
	answer := newGuide(t).Answer("How do I make a backup?")
	require.Contains(t, answer, "*How do I restore a backup?*, in *Operating Quillium*")
}

func TestAHandbookThatCannotServe(t *testing.T) {
	t.Parallel()
	for name, pages := range map[string]fs.FS{
		"has no pages":       fstest.MapFS{"readme.txt": {Data: []byte("# Text\n\nWords.")}},
		"has no text":        fstest.MapFS{"a.md": {Data: []byte("# Title\n\n## Another\n")}},
		"has no heading":     fstest.MapFS{"a.md": {Data: []byte("Words alone.")}},
		"is too large":       fstest.MapFS{"a.md": {Data: []byte("# A\n\n" + strings.Repeat("word ", 1<<18))}},
		"cannot be read":     brokenFS{fstest.MapFS{"a.md": {Data: []byte("# A\n\nText.")}}},
		"has a folder named": fstest.MapFS{"a.md/b.md": {Data: []byte("# A\n\nText.")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := guide.New(pages)
			require.ErrorContains(t, err, "guide: handbook: ")
		})
	}
}

// TestTheGuideQuotesTheHandbookOnConnecting keeps the lines that the guide
// says by heart equal to those that people read.
func TestTheGuideQuotesTheHandbookOnConnecting(t *testing.T) {
	t.Parallel()
	page, err := fs.ReadFile(docs.Files(), "models.md")
	require.NoError(t, err)
	_, after, found := strings.Cut(newGuide(t).Answer("Tell me a joke"), "```sh\n")
	require.True(t, found)
	lines, _, _ := strings.Cut(after, "```")
	require.Contains(t, string(page), "```sh\n"+lines+"```")
}

func TestSmallTalk(t *testing.T) {
	t.Parallel()
	desk := newGuide(t)
	for _, text := range []string{"Hello", "hi there!", "Good morning", "hey guide", "Who are you?", "help", "", "  ", "@guide hello", "Ada: hi"} {
		t.Run("greets on "+text, func(t *testing.T) {
			t.Parallel()
			require.True(t, strings.HasPrefix(desk.Answer(text), "Hello. I am the guide"))
		})
	}
	for _, text := range []string{"Thanks!", "thank you very much", "bye"} {
		t.Run("takes leave on "+text, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, desk.Answer(text), "You are welcome")
		})
	}
	for text, heading := range map[string]string{
		"Hello, how do I connect Ollama?":        "*Ollama*",
		"Hi! I forgot my password":               "*I forgot my password",
		"thanks, and how do I make a backup?":    "*How do I make a backup?*",
		"Good morning, how do I delete a chat?":  "*How do I delete or restore a chat?*",
		"@guide what is a system prompt":         "*What is a system prompt?*",
		"Hello @guide, what is Quillium?":        "From *What Quillium is*",
		"Ada: and (@guide) how do I stop it":     "*How do I stop an answer?*",
		"help me connect a language model, hey!": "*How do I connect a language model?*",
	} {
		t.Run("does not mistake a question for talk: "+text, func(t *testing.T) {
			t.Parallel()
			first, _, _ := strings.Cut(desk.Answer(text), "\n")
			require.Contains(t, first, heading)
		})
	}
}

// brokenFS lists its files and cannot read them.
type brokenFS struct{ fstest.MapFS }

func (brokenFS) ReadFile(string) ([]byte, error) { return nil, errors.New("the disk is gone") }

func shelf(t *testing.T, texts map[string]string) *guide.Guide {
	t.Helper()
	pages := fstest.MapFS{}
	for name, text := range texts {
		pages[name] = &fstest.MapFile{Data: []byte(text)}
	}
	desk, err := guide.New(pages, guide.WithPace(0))
	require.NoError(t, err)
	return desk
}
