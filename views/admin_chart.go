package views

import (
	"fmt"
	"strconv"
	"time"
)

// Series is one line of numbers of a chart, one a step.
type Series struct {
	Name   string
	Values []float64
	// Level numbers are not added up: a time it took, not a count.
	Level bool
}

// Chart is numbers over time, as bars that stand on each other: the same
// numbers are in a table beside it. At has the beginning of each step.
type Chart struct {
	Title, Unit string
	At          []time.Time
	// Day: a step is a day, else an hour, or whatever lies between two times.
	Day    bool
	Series []Series
}

// The chart's own coordinates.
const (
	chartWidth, chartHeight = 600.0, 120.0
	chartGap                = 0.18
)

// bar is one rectangle.
type bar struct {
	X, Y, Width, Height, Title string
	Class                      string
}

func (c Chart) highest() float64 {
	top := 0.0
	for i := range c.At {
		sum := 0.0
		for _, s := range c.Series {
			sum += s.Values[i]
		}
		top = max(top, sum)
	}
	return top
}

// bars are stacked from the bottom; each says in words what it is.
func (c Chart) bars() (bars []bar) {
	top := c.highest()
	if top == 0 {
		return nil
	}
	step := chartWidth / float64(len(c.At))
	for i, at := range c.At {
		bottom := chartHeight
		for n, s := range c.Series {
			height := s.Values[i] / top * (chartHeight - 4)
			if height == 0 {
				continue
			}
			bottom -= height
			bars = append(bars, bar{
				X: coordinate(float64(i)*step + step*chartGap/2), Y: coordinate(bottom), Width: coordinate(step * (1 - chartGap)), Height: coordinate(height),
				Title: fmt.Sprintf("%s: %s %s", c.label(at), s.Name, c.say(s.Values[i])), Class: "bar s" + strconv.Itoa(n%6),
			})
		}
	}
	return bars
}

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

func (c Chart) label(at time.Time) string {
	if c.Day {
		return at.UTC().Format("2 Jan")
	}
	return at.UTC().Format("2 Jan 15:04 UTC")
}

// say writes a number with its unit.
func (c Chart) say(v float64) string {
	text := strconv.FormatFloat(v, 'f', 2, 64)
	if v == float64(int64(v)) {
		text = Grouped(int64(v))
	}
	if c.Unit != "" {
		text += " " + c.Unit
	}
	return text
}

// sum is what a series came to; of a level the highest.
func (c Chart) sum(s Series) string {
	total, top := 0.0, 0.0
	for _, v := range s.Values {
		total, top = total+v, max(top, v)
	}
	if s.Level {
		return c.say(top) + " at most"
	}
	return c.say(total)
}

// summary is what who cannot see the bars is told.
func (c Chart) summary() string {
	text := c.Title + ":"
	for _, s := range c.Series {
		text += fmt.Sprintf(" %s %s.", s.Name, c.sum(s))
	}
	return text
}
