// Package handbook is the handbook as pages for browsers: its Markdown as
// safe HTML, with an anchor at each heading and links that lead from page to
// page. It imports goldmark and the standard library; the files and whoever
// finds passages are handed in.
package handbook

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// first is the page that the handbook opens with. The others follow in the
// order in which its list has them.
const first = "index"

// Page is one page. HTML is made from Markdown without any raw HTML in it.
type Page struct {
	Slug, Title string
	HTML        string
	Headings    []Heading
}

// Heading is one heading of a page and its name in an address.
type Heading struct {
	Level         int
	Title, Anchor string
}

// Passage is where something was found: titles of page and heading, and the
// text below them.
type Passage struct{ Page, Heading, Text string }

// Find finds at most so many passages about a question, the best first.
type Find func(question string, most int) []Passage

// Result is a found passage with the address that leads to it.
type Result struct {
	Passage
	Address string
}

// Book is the whole handbook. It never changes and is safe for concurrent use.
type Book struct {
	pages []Page
	find  Find
	press *press
}

// New reads every Markdown file at the top of a file system. It fails where
// one has no title, and where the first page is missing.
func New(files fs.FS, find Find) (*Book, error) {
	names, err := fs.Glob(files, "*.md")
	if err != nil {
		return nil, fmt.Errorf("handbook: list: %w", err)
	}
	known := map[string]bool{}
	for _, name := range names {
		known[strings.TrimSuffix(name, ".md")] = true
	}
	if !known[first] {
		return nil, errors.New("handbook: there is no " + first + ".md")
	}
	press := newPress(known)
	made := map[string]Page{}
	for slug := range known {
		source, err := fs.ReadFile(files, slug+".md")
		if err != nil {
			return nil, fmt.Errorf("handbook: read: %w", err)
		}
		page, err := press.print(slug, source)
		if err != nil {
			return nil, err
		}
		made[slug] = page
	}
	opening, err := fs.ReadFile(files, first+".md")
	if err != nil {
		return nil, fmt.Errorf("handbook: read: %w", err)
	}
	book := &Book{find: find, press: press}
	for _, slug := range order(string(opening), names) {
		book.pages = append(book.pages, made[slug])
	}
	return book, nil
}

// listed is an item that is a page.
var listed = regexp.MustCompile(`(?m)^- \[[^\]]+\]\(([a-z0-9-]+)\.md\)$`)

// order is the first page, those it lists, and the rest by name.
func order(opening string, names []string) []string {
	slugs := []string{first}
	for _, found := range listed.FindAllStringSubmatch(opening, -1) {
		slugs = append(slugs, found[1])
	}
	known := map[string]bool{}
	for _, name := range names {
		slugs = append(slugs, strings.TrimSuffix(name, ".md"))
		known[strings.TrimSuffix(name, ".md")] = true
	}
	var once []string
	for _, slug := range slugs {
		if known[slug] {
			once = append(once, slug)
			delete(known, slug)
		}
	}
	return once
}

// Pages are all pages in the order in which to read them.
func (b *Book) Pages() []Page { return b.pages }

// Page is the page of this name.
func (b *Book) Page(slug string) (Page, bool) {
	for _, page := range b.pages {
		if page.Slug == slug {
			return page, true
		}
	}
	return Page{}, false
}

// First is the page that the handbook opens with.
func (b *Book) First() Page { return b.pages[0] }

// Search finds passages about what somebody typed, the best first.
func (b *Book) Search(question string) []Result {
	const most = 12
	var results []Result
	for _, passage := range b.find(question, most) {
		if address := b.address(passage); address != "" {
			passage.Text = b.press.words(passage.Text)
			results = append(results, Result{Passage: passage, Address: address})
		}
	}
	return results
}

func (b *Book) address(passage Passage) string {
	for _, page := range b.pages {
		if page.Title != passage.Page {
			continue
		}
		if passage.Heading == page.Title {
			return Address(page.Slug, "")
		}
		return Address(page.Slug, passage.Heading)
	}
	return ""
}
