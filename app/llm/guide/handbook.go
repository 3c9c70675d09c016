package guide

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// maxHandbook bounds what is kept in memory, in bytes of Markdown.
const maxHandbook = 1 << 20

// section is a heading with the text up to the next one.
type section struct {
	slug    string // the name of its file, without .md
	page    string // the title of its page
	parents string // the headings above it, the page's left out
	title   string
	blocks  []block
}

// intro tells whether this is what stands below the title of a page.
func (s section) intro() bool { return s.title == s.page }

// block is what is quoted whole or not at all: a paragraph, an item of a list,
// a table, or code together with the words that lead to it.
type block struct {
	text string
	item bool // joined to an item before it without an empty line
	code bool
}

// subject is the name in code that an item of a list begins with, or empty.
func (b block) subject() string {
	rest, ok := strings.CutPrefix(b.text, "- `")
	if !ok || !b.item {
		return ""
	}
	name, _, _ := strings.Cut(rest, "`")
	return name
}

// readHandbook splits all pages into sections, in the order of their names.
func readHandbook(pages fs.FS) ([]section, error) {
	names, err := fs.Glob(pages, "*.md")
	if err != nil {
		return nil, fmt.Errorf("guide: handbook: %w", err)
	}
	// Of links within the handbook the words stay: they are what is looked for,
	// and from a chat such a link leads nowhere.
	inner := regexp.MustCompile(`\[([^\]]+)\]\([^):\s]+\)`)
	var sections []section
	size := 0
	for _, name := range names {
		text, err := fs.ReadFile(pages, name)
		if err != nil {
			return nil, fmt.Errorf("guide: handbook: %w", err)
		}
		if size += len(text); size > maxHandbook {
			return nil, fmt.Errorf("guide: handbook: more than %d bytes", maxHandbook)
		}
		sections = append(sections, readPage(strings.TrimSuffix(name, ".md"), strings.ToValidUTF8(string(text), "\uFFFD"), inner)...)
	}
	if len(sections) == 0 {
		return nil, errors.New("guide: handbook: no pages with text")
	}
	return sections, nil
}

// reader goes through one page, line by line.
type reader struct {
	slug     string
	inner    *regexp.Regexp
	sections []section
	current  section
	above    [7]string // the open heading of each level
	lines    []string  // of the block being read
	fenced   bool
}

func readPage(slug, text string, inner *regexp.Regexp) []section {
	r := &reader{slug: slug, inner: inner}
	for line := range strings.Lines(text) {
		r.line(strings.TrimRight(line, "\r\n"))
	}
	r.endSection()
	return r.sections
}

func (r *reader) line(line string) {
	if strings.HasPrefix(line, "```") {
		r.fence(line)
		return
	}
	if r.fenced {
		r.lines = append(r.lines, line)
		return
	}
	if level, title := headingOf(line); level > 0 {
		r.endSection()
		r.begin(level, title)
		return
	}
	if strings.TrimSpace(line) == "" {
		r.endBlock()
		return
	}
	if isItem(line) {
		r.endBlock()
	}
	r.lines = append(r.lines, line)
}

func (r *reader) fence(line string) {
	if !r.fenced {
		r.endBlock()
	}
	// Of what stands behind the fence, only the language is for readers.
	fence, _, _ := strings.Cut(line, " ")
	r.lines = append(r.lines, fence)
	r.fenced = !r.fenced
	if !r.fenced {
		r.addCode(strings.Join(r.lines, "\n"))
		r.lines = nil
	}
}

// addCode keeps code with the sentence that leads to it.
func (r *reader) addCode(code string) {
	if last := len(r.current.blocks) - 1; last >= 0 && strings.HasSuffix(r.current.blocks[last].text, ":") {
		r.current.blocks[last].text += "\n\n" + code
		r.current.blocks[last].code = true
		return
	}
	r.current.blocks = append(r.current.blocks, block{text: code, code: true})
}

func (r *reader) endBlock() {
	if len(r.lines) == 0 {
		return
	}
	first := r.lines[0]
	separator := " "
	if strings.HasPrefix(first, "|") {
		separator = "\n"
	}
	for i := range r.lines {
		r.lines[i] = strings.TrimSpace(r.lines[i])
	}
	text := r.inner.ReplaceAllString(strings.Join(r.lines, separator), "*$1*")
	r.current.blocks = append(r.current.blocks, block{text: text, item: isItem(first)})
	r.lines = nil
}

func (r *reader) begin(level int, title string) {
	r.above[level] = title
	for i := level + 1; i < len(r.above); i++ {
		r.above[i] = ""
	}
	page := r.above[1]
	if page == "" {
		page = title
	}
	parents := strings.TrimSpace(strings.Join(r.above[min(2, level):level], " "))
	if level <= 2 {
		parents = ""
	}
	r.current = section{slug: r.slug, page: page, parents: parents, title: title}
}

// endSection closes the section; one without text is not kept, and neither
// is text before the first heading, which could not be named.
func (r *reader) endSection() {
	if r.fenced {
		r.fence("```")
	}
	r.endBlock()
	if len(r.current.blocks) > 0 && r.current.title != "" {
		r.sections = append(r.sections, r.current)
	}
	r.current = section{}
}

// headingOf reads a heading; level 0 is none.
func headingOf(line string) (level int, title string) {
	text := strings.TrimLeft(line, "#")
	level = len(line) - len(text)
	if level == 0 || level > 6 || !strings.HasPrefix(text, " ") {
		return 0, ""
	}
	return level, strings.TrimSpace(text)
}

// isItem tells whether a line begins an item of a list.
func isItem(line string) bool {
	if strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* ") {
		return true
	}
	digits := strings.TrimLeft(line, "0123456789")
	return len(digits) < len(line) && strings.HasPrefix(digits, ". ")
}
