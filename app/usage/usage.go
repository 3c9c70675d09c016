// Package usage counts what is said and answered, hour by hour, so that charts
// need not count messages. It imports app and the standard library only.
package usage

import (
	"cmp"
	"slices"
	"time"
)

// Hour is what happened in one hour with one model, or, under the empty model,
// what people wrote and which answers failed before any model was asked.
type Hour struct {
	// At is where the hour begins, in UTC; in a report by days, the day.
	At    time.Time
	Model string
	Counts
}

// Counts are what is counted. Counts of different times and models can be
// added.
type Counts struct {
	// Messages are those of people, Answers those of models that ended, well or
	// badly, and Failures the ones among them that ended badly.
	Messages, Answers, Failures int64
	// PromptTokens and CompletionTokens are what endpoints told of.
	PromptTokens, CompletionTokens int64
	// FirstToken is how long answers took until the first of their text came.
	FirstToken Latency
}

// Add adds other counts to these.
func (c *Counts) Add(other Counts) {
	c.Messages += other.Messages
	c.Answers += other.Answers
	c.Failures += other.Failures
	c.PromptTokens += other.PromptTokens
	c.CompletionTokens += other.CompletionTokens
	c.FirstToken.Add(other.FirstToken)
}

// Total is the sum of everything in a list.
func Total(list []Hour) Counts {
	var sum Counts
	for _, hour := range list {
		sum.Add(hour.Counts)
	}
	return sum
}

// Merge adds up what is of the same time and model, where at says which time
// an hour belongs to, in order of time and model.
func Merge(list []Hour, at func(time.Time) time.Time) []Hour {
	type key struct {
		at    time.Time
		model string
	}
	places := map[key]int{}
	merged := []Hour{}
	for _, hour := range list {
		k := key{at(hour.At.UTC()), hour.Model}
		place, known := places[k]
		if !known {
			place = len(merged)
			places[k] = place
			merged = append(merged, Hour{At: k.at, Model: k.model})
		}
		merged[place].Add(hour.Counts)
	}
	slices.SortFunc(merged, func(a, b Hour) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Model, b.Model))
	})
	return merged
}

// HourOf is where the hour of a time begins, in UTC.
func HourOf(t time.Time) time.Time { return t.UTC().Truncate(time.Hour) }

// DayOf is where the day of a time begins, in UTC.
func DayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
