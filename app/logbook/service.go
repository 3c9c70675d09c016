package logbook

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/quillium/quillium/app"
)

// Filter says which entries: between Since and Until, of this level or a worse
// one, and of those named. Text is part of the message, the route or a detail,
// whatever its case. Empty fields narrow nothing.
type Filter struct {
	Since, Until time.Time
	Level        string
	Node         app.NodeID
	RequestID    string
	UserID       string
	Text         string
}

// Steps is into how many pieces the time shown is cut.
const Steps = 48

// Step is how long one piece is, in whole seconds.
func (f Filter) Step() time.Duration {
	return max(f.Until.Sub(f.Since)/Steps, time.Second).Round(time.Second)
}

// Levels are this level and the worse ones; all of them for none.
func (f Filter) Levels() []string {
	levels := []string{"debug", "info", "warn", "error"}
	return levels[max(0, slices.Index(levels, f.Level)):]
}

// Reader reads what is stored, newest first.
type Reader interface {
	List(ctx context.Context, filter Filter, page app.PageRequest) (app.Page[app.LogEntry], error)
	// Count counts by pieces of time; those without entries are left out.
	Count(ctx context.Context, filter Filter) ([]app.LogStep, error)
}

// Logs are entries and, of the time asked for, how many there were when. Here
// says that they are what this node remembers.
type Logs struct {
	app.Page[app.LogEntry]
	Here  bool          `json:"here"`
	Since time.Time     `json:"since"`
	Until time.Time     `json:"until"`
	Step  int           `json:"step"`
	Steps []app.LogStep `json:"steps"`
}

// Service lets administrators read.
type Service struct {
	book   *Book
	stored Reader
	node   app.NodeID
	now    func() time.Time
}

// NewService makes one of what is stored, and of the book of this node.
func NewService(book *Book, stored Reader, node app.NodeID, now func() time.Time) *Service {
	return &Service{book: book, stored: stored, node: node, now: now}
}

// usual is how far back is looked where nobody says.
const usual = 24 * time.Hour

// settle fills in the time, and refuses what cannot be.
func (s *Service) settle(filter *Filter) error {
	now := s.now().UTC().Truncate(time.Second).Add(time.Second)
	if filter.Until.IsZero() || filter.Until.After(now) {
		filter.Until = now
	}
	if filter.Since.IsZero() {
		filter.Since = filter.Until.Add(-usual)
	}
	filter.Since, filter.Until = filter.Since.UTC().Truncate(time.Second), filter.Until.UTC().Truncate(time.Second)
	switch {
	case filter.Level != "" && !slices.Contains((Filter{}).Levels(), filter.Level):
		return app.Invalid("level", "debug, info, warn or error")
	case !filter.Since.Before(filter.Until):
		return app.Invalid("since", "a time before until")
	case filter.Until.Sub(filter.Since) > Lasts+time.Minute:
		return app.Invalid("since", "at most 7 days before until")
	}
	return nil
}

// Stored reads warnings and errors of all nodes. Actors who are no
// administrators are forbidden; a level or a time that cannot be is
// invalid_input.
func (s *Service) Stored(ctx context.Context, actor app.Actor, filter Filter, page app.PageRequest) (Logs, error) {
	if actor.Role != app.RoleAdmin {
		return Logs{}, app.ErrForbidden
	}
	if err := s.settle(&filter); err != nil {
		return Logs{}, err
	}
	list, err := s.stored.List(ctx, filter, page)
	if err != nil {
		return Logs{}, err
	}
	steps, err := s.stored.Count(ctx, filter)
	return logsOf(filter, list, steps), err
}

// Here reads what this node remembers, info too, the newest alone: there are
// no further pages.
func (s *Service) Here(_ context.Context, actor app.Actor, filter Filter, limit int) (Logs, error) {
	if actor.Role != app.RoleAdmin {
		return Logs{}, app.ErrForbidden
	}
	if err := s.settle(&filter); err != nil {
		return Logs{}, err
	}
	page := app.Page[app.LogEntry]{Data: []app.LogEntry{}, Pagination: app.Pagination{Limit: limit}}
	counts := map[time.Time]app.LogStep{}
	for _, e := range slices.Backward(s.book.remembered()) {
		e.Node = s.node
		if !filter.matches(e) {
			continue
		}
		if len(page.Data) < limit {
			page.Data = append(page.Data, e)
		}
		at := filter.Since.Add(e.At.Sub(filter.Since).Truncate(filter.Step()))
		counts[at] = counted(counts[at], e.Level)
	}
	var steps []app.LogStep
	for at, step := range counts {
		step.At = at
		steps = append(steps, step)
	}
	logs := logsOf(filter, page, steps)
	logs.Here = true
	return logs, nil
}

// remembered are the entries in memory, oldest first.
func (b *Book) remembered() []app.LogEntry {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]app.LogEntry, len(b.ring.entries))
	for i, e := range b.ring.entries {
		list[i] = e.LogEntry
	}
	return list
}

func counted(step app.LogStep, level string) app.LogStep {
	switch level {
	case "error":
		step.Errors++
	case "warn":
		step.Warns++
	default:
		step.Infos++
	}
	return step
}

// logsOf has a step for each piece of the time, also where there was nothing.
func logsOf(filter Filter, page app.Page[app.LogEntry], steps []app.LogStep) Logs {
	logs := Logs{Page: page, Since: filter.Since, Until: filter.Until, Step: int(filter.Step().Seconds()), Steps: []app.LogStep{}}
	for at := filter.Since; at.Before(filter.Until); at = at.Add(filter.Step()) {
		step := app.LogStep{At: at}
		for _, s := range steps {
			if s.At.Equal(at) {
				step.Infos, step.Warns, step.Errors = s.Infos, s.Warns, s.Errors
			}
		}
		logs.Steps = append(logs.Steps, step)
	}
	return logs
}

func (f Filter) matches(e app.LogEntry) bool {
	switch {
	case e.At.Before(f.Since) || !e.At.Before(f.Until),
		!slices.Contains(f.Levels(), e.Level),
		f.Node != "" && f.Node != e.Node,
		f.RequestID != "" && f.RequestID != e.RequestID,
		f.UserID != "" && f.UserID != e.UserID:
		return false
	}
	return f.Text == "" || contains(e, f.Text)
}

// contains looks where the store looks.
func contains(e app.LogEntry, text string) bool {
	text = strings.ToLower(text)
	has := func(said string) bool { return strings.Contains(strings.ToLower(said), text) }
	if has(e.Message) || has(e.Route) {
		return true
	}
	for _, value := range e.Details {
		if has(value) {
			return true
		}
	}
	return false
}
