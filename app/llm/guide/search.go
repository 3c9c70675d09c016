package guide

import "strings"

// Passage is a section of the handbook: the titles of its page and its
// heading (the same below the title), and its first words in Markdown.
type Passage struct{ Page, Heading, Text string }

// Search finds the sections that have most in common with what somebody typed,
// at most so many, the best first. It finds more than the guide would quote.
func (g *Guide) Search(question string, most int) []Passage {
	found := g.index.search(g.index.read(question))
	passages := make([]Passage, 0, min(most, len(found)))
	for _, one := range found[:min(most, len(found))] {
		section := g.index.sections[one.section]
		passages = append(passages, Passage{Page: section.page, Heading: section.title, Text: opening(section)})
	}
	return passages
}

// opening is the first text of a section that is not code, or empty.
func opening(s section) string {
	for _, b := range s.blocks {
		if text, _, _ := strings.Cut(b.text, "\n\n```"); !strings.HasPrefix(text, "```") {
			return text
		}
	}
	return ""
}
