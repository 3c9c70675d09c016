package guide

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// maxQuote bounds a quoted passage, in bytes; what is longer is shortened
	// to the blocks that the question is about.
	maxQuote = 1400
	// related is how near, compared with the best passage, another one must
	// be to be named.
	related    = 0.5
	maxRelated = 2
)

// quote answers with the best passage and names those that are near it.
func (g *Guide) quote(query []term, found []hit) string {
	best := g.index.sections[found[0].section]
	var answer strings.Builder
	if best.intro() {
		answer.WriteString("From " + g.link(best) + ", ")
	} else {
		answer.WriteString("From *" + best.page + "*, under " + g.link(best) + ", ")
	}
	answer.WriteString("in the handbook:\n\n")
	answer.WriteString(passage(g.index, query, best))
	if others := g.relatedTo(found); others != "" {
		answer.WriteString("\n\n" + others)
	}
	return answer.String()
}

// link is the title of a section, and leads to it where there is somewhere to
// lead.
func (g *Guide) link(s section) string {
	if g.address == nil {
		return "*" + s.title + "*"
	}
	heading := s.title
	if s.intro() {
		heading = ""
	}
	return "[" + s.title + "](" + g.address(s.slug, heading) + ")"
}

// passage is the text of a section: whole where it is short, else its first
// block and those that have most in common with the question, in order.
func passage(x *index, query []term, s section) string {
	keep := make([]bool, len(s.blocks))
	room := maxQuote
	for rank, number := range byRelevance(x, query, s.blocks) {
		// The first is taken whatever its size: half a block is none.
		if size := len(s.blocks[number].text); rank == 0 || size <= room {
			keep[number] = true
			room -= size
		}
	}
	var text strings.Builder
	left := false
	previous := block{}
	for number, b := range s.blocks {
		if !keep[number] {
			left = true
			continue
		}
		if text.Len() > 0 {
			text.WriteString(between(previous, b))
		}
		text.WriteString(b.text)
		previous = b
	}
	if left {
		text.WriteString("\n\n(The handbook says more there.)")
	}
	return text.String()
}

func between(before, after block) string {
	if before.item && after.item && !before.code {
		return "\n"
	}
	return "\n\n"
}

// byRelevance orders the blocks for quoting: what the question names first,
// then as they are written.
func byRelevance(x *index, query []term, blocks []block) []int {
	scores := make([]float64, len(blocks))
	order := make([]int, len(blocks))
	for number, b := range blocks {
		order[number] = number
		words := x.vocabulary.words(b.text, never)
		for _, q := range query {
			if slices.Contains(words, q.text) {
				scores[number] += q.rarity * q.trust
			}
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return a - b
	})
	return order
}

func (g *Guide) relatedTo(found []hit) string {
	var others []string
	for _, other := range found[1:] {
		if other.score < confident || other.score < found[0].score*related || len(others) == maxRelated {
			break
		}
		s := g.index.sections[other.section]
		if s.intro() {
			others = append(others, g.link(s))
			continue
		}
		others = append(others, fmt.Sprintf("%s, in *%s*", g.link(s), s.page))
	}
	if len(others) == 0 {
		return ""
	}
	return "See also: " + strings.Join(others, "; ") + "."
}
