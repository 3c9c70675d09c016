package handbook

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// prefix is where pages live.
const prefix = "/handbook/"

// press makes HTML of Markdown. Raw HTML is left out (goldmark's default), and
// so are styles: the policy of pages forbids both.
type press struct {
	markdown goldmark.Markdown
	known    map[string]bool
}

func newPress(known map[string]bool) *press {
	return &press{known: known, markdown: goldmark.New(
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
		goldmark.WithParserOptions(
			parser.WithAutoHeadingID(),
			parser.WithASTTransformers(util.Prioritized(&links{known: known}, 100)),
		),
	)}
}

func (p *press) print(slug string, source []byte) (Page, error) {
	document := p.markdown.Parser().Parse(text.NewReader(source), parser.WithContext(parser.NewContext(parser.WithIDs(anchors{}))))
	page := Page{Slug: slug}
	for node := document.FirstChild(); node != nil; node = node.NextSibling() {
		if heading, is := node.(*ast.Heading); is {
			title := plain(heading, source)
			page.Headings = append(page.Headings, Heading{Level: heading.Level, Title: title, Anchor: Anchor(title)})
		}
	}
	if len(page.Headings) == 0 || page.Headings[0].Level != 1 {
		return page, fmt.Errorf("handbook: %s.md does not begin with its title", slug)
	}
	page.Title = page.Headings[0].Title
	var out bytes.Buffer
	if err := p.markdown.Renderer().Render(&out, source, document); err != nil {
		return page, fmt.Errorf("handbook: %s.md: %w", slug, err)
	}
	page.HTML = scrolling.Replace(out.String())
	return page, nil
}

// scrolling lets wide blocks be scrolled by keyboard, and by themselves. Text
// cannot hold these: its angle brackets are escaped.
var scrolling = strings.NewReplacer(
	"<pre>", `<pre tabindex="0">`,
	"<table>", `<div class="table-scroll" tabindex="0"><table>`,
	"</table>", "</table></div>",
)

// words is what a piece of Markdown says, without its marks.
func (p *press) words(markdown string) string {
	source := []byte(markdown)
	return plain(p.markdown.Parser().Parse(text.NewReader(source)), source)
}

// plain is the text of a node, without its marks.
func plain(node ast.Node, source []byte) string {
	var out strings.Builder
	_ = ast.Walk(node, func(part ast.Node, entering bool) (ast.WalkStatus, error) {
		switch part := part.(type) {
		case *ast.Text:
			if entering {
				out.Write(part.Segment.Value(source))
				if part.SoftLineBreak() {
					out.WriteByte(' ')
				}
			}
		case *ast.String:
			if entering {
				out.Write(part.Value)
			}
		}
		return ast.WalkContinue, nil
	})
	return out.String()
}

// Anchor is what a heading is called in an address: lower case, spaces to
// hyphens, other punctuation gone.
func Anchor(title string) string {
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

// Address is where a page is read, or a heading on it; empty is all of it.
func Address(slug, heading string) string {
	if heading == "" {
		return prefix + slug
	}
	return prefix + slug + "#" + Anchor(heading)
}

// anchors names headings for goldmark; no page has a heading twice.
type anchors struct{}

func (anchors) Generate(value []byte, _ ast.NodeKind) []byte { return []byte(Anchor(string(value))) }
func (anchors) Put([]byte)                                   {}

// links turns links between files into links between pages. One to a file
// that is no page leaves its words.
type links struct{ known map[string]bool }

// Transform is parser.ASTTransformer.
func (l *links) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	var lost []*ast.Link
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		link, is := node.(*ast.Link)
		if !is || !entering {
			return ast.WalkContinue, nil
		}
		target, leads := l.target(string(link.Destination))
		if !leads {
			lost = append(lost, link)
		}
		link.Destination = []byte(target)
		if strings.HasPrefix(target, "https://") {
			link.SetAttributeString("rel", []byte("noopener noreferrer"))
		}
		return ast.WalkContinue, nil
	})
	for _, link := range lost {
		for child := link.FirstChild(); child != nil; child = link.FirstChild() {
			link.Parent().InsertBefore(link.Parent(), link, child)
		}
		link.Parent().RemoveChild(link.Parent(), link)
	}
}

// target is where a link leads from a page; false where nowhere.
func (l *links) target(address string) (string, bool) {
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "#") {
		return address, true
	}
	name, fragment, found := strings.Cut(address, "#")
	slug, is := strings.CutSuffix(name, ".md")
	if !is || !l.known[slug] {
		return "", false
	}
	if found {
		return prefix + slug + "#" + fragment, true
	}
	return prefix + slug, true
}
