package guide

import (
	"math"
	"slices"
	"sort"
	"strings"
)

// The weights of BM25 (Robertson and Zaragoza, "The Probabilistic Relevance
// Framework", 2009), with fields: a word in a heading counts for several.
const (
	saturation  = 1.2
	lengthShare = 0.6

	weightTitle  = 4
	weightParent = 1.5
	weightPage   = 1
	weightBody   = 1
	// An item of a list that begins with a name in code is about that name.
	weightSubject = 3

	// A heading that the question has whole is worth this much more.
	titleBonus = 0.35
	// What stands before the first heading below a title only leads to the rest.
	introShare = 0.8
	// Misspelled words count less than those that are met exactly.
	misspelled = 0.8
)

// Bounds for a question: what is beyond them is not read.
const (
	maxQuestion = 4 << 10
	maxTerms    = 48
)

// From these scores on, between 0 (nothing in common) and about 1 (every word
// met, in a heading), a passage is quoted. A question with a word that the
// whole handbook lacks is likely about something else and must match better.
const (
	confident = 0.36
	doubtful  = 0.48
)

// sure is the score from which passages answer this query.
func (x *index) sure(query []term) float64 {
	for _, q := range query {
		if !x.knows(q.text) {
			return doubtful
		}
	}
	return confident
}

// index finds sections by their words.
type index struct {
	vocabulary *vocabulary
	sections   []section
	titles     [][]string // the terms of each heading, for the bonus
	lengths    []float64
	average    float64
	postings   map[string][]posting
	rarest     float64 // the weight of a word that no section has
}

// posting is how much one section has of a term.
type posting struct {
	section int
	weight  float64
}

// term is a word of a question.
type term struct {
	text   string
	rarity float64 // its inverse document frequency
	trust  float64 // 1, or less for a guess at a misspelled word
}

// hit is a section that was found; score is between 0 and about 1.
type hit struct {
	section int
	score   float64
}

func newIndex(sections []section) *index {
	x := &index{vocabulary: newVocabulary(), sections: sections, postings: map[string][]posting{}}
	total := 0.0
	for number, s := range sections {
		length := x.add(number, s)
		x.lengths = append(x.lengths, length)
		total += length
	}
	x.average = total / float64(len(sections))
	x.rarest = rarity(0, len(sections))
	return x
}

// add counts the words of a section and tells its length.
func (x *index) add(number int, s section) float64 {
	counts := map[string]float64{}
	words := func(text string) []string { return x.vocabulary.words(text, never) }
	title := words(s.title)
	x.titles = append(x.titles, title)
	count := func(terms []string, weight float64) float64 {
		for _, text := range terms {
			counts[text] += weight
		}
		return float64(len(terms)) * weight
	}
	length := count(title, weightTitle) +
		count(words(s.parents), weightParent) +
		count(words(s.page), weightPage)
	for _, b := range s.blocks {
		length += count(words(b.text), weightBody)
		length += count(words(b.subject()), weightSubject)
	}
	for text, weight := range counts {
		x.postings[text] = append(x.postings[text], posting{section: number, weight: weight})
	}
	return length
}

// read makes terms of a question, each once, at most maxTerms.
func (x *index) read(question string) []term {
	if len(question) > maxQuestion {
		question = strings.ToValidUTF8(question[:maxQuestion], "")
	}
	var query []term
	seen := map[string]bool{}
	for _, text := range x.vocabulary.words(question, x.knows) {
		trust := 1.0
		if !x.knows(text) {
			text, trust = x.correct(text)
		}
		if seen[text] || len(query) == maxTerms {
			continue
		}
		seen[text] = true
		query = append(query, term{text: text, rarity: rarity(len(x.postings[text]), len(x.sections)), trust: trust})
	}
	return query
}

// knows tells whether the handbook has this term anywhere.
func (x *index) knows(text string) bool { return x.postings[text] != nil }

func never(string) bool { return false }

// correct finds the one known word that a typing error away is meant.
func (x *index) correct(text string) (string, float64) {
	const shortest = 5 // shorter words have too many neighbours
	if len(text) < shortest {
		return text, 1
	}
	var known []string
	for candidate := range x.postings {
		if candidate[0] == text[0] && len(candidate) > shortest && oneApart(candidate, text) {
			known = append(known, candidate)
		}
	}
	if len(known) == 0 {
		return text, 1
	}
	return slices.Min(known), misspelled
}

// search lists the sections that share words with the query, best first;
// equal ones in the order of the handbook.
func (x *index) search(query []term) []hit {
	best := 0.0
	scores := map[int]float64{}
	for _, q := range query {
		best += q.rarity * (saturation + 1)
		for _, p := range x.postings[q.text] {
			long := 1 - lengthShare + lengthShare*x.lengths[p.section]/x.average
			scores[p.section] += q.trust * q.rarity * p.weight * (saturation + 1) / (p.weight + saturation*long)
		}
	}
	hits := make([]hit, 0, len(scores))
	for number, score := range scores {
		share := 1 + titleBonus*x.covered(number, query)
		if x.sections[number].intro() {
			share *= introShare
		}
		hits = append(hits, hit{section: number, score: score / best * share})
	}
	sort.Slice(hits, func(i, j int) bool {
		if hits[i].score != hits[j].score {
			return hits[i].score > hits[j].score
		}
		return hits[i].section < hits[j].section
	})
	return hits
}

// covered is the part of a section's heading that the query names, weighed by
// how rare its words are.
func (x *index) covered(number int, query []term) float64 {
	met, all := 0.0, 0.0
	for _, text := range x.titles[number] {
		weight := rarity(len(x.postings[text]), len(x.sections))
		all += weight
		if slices.ContainsFunc(query, func(q term) bool { return q.text == text }) {
			met += weight
		}
	}
	if all == 0 {
		return 0
	}
	return met / all
}

// rarity is the inverse document frequency of a word that so many sections have.
func rarity(having, all int) float64 {
	return math.Log(1 + (float64(all-having)+0.5)/(float64(having)+0.5))
}
