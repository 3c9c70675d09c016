package usage

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
)

// Keep is how long hours are kept.
const Keep = 400 * 24 * time.Hour

// Repository keeps what was counted.
type Repository interface {
	Ledger
	// Hours lists what was counted in hours from since to before until, in no
	// order; one hour and model may come in several rows.
	Hours(ctx context.Context, since, until time.Time) ([]Hour, error)
	// RollUp adds what nodes noted to the hours. Done twice it does nothing.
	RollUp(ctx context.Context) (rows int64, err error)
	// Forget removes hours before a time.
	Forget(ctx context.Context, before time.Time) error
}

// Service tells administrators what was used.
type Service struct {
	counts Repository
	now    func() time.Time
}

// NewService makes a service; now is the clock.
func NewService(counts Repository, now func() time.Time) *Service {
	return &Service{counts: counts, now: now}
}

// Range is how far a report looks back.
type Range string

// The ranges: a day by hours, 30 days by days.
const (
	LastDay   Range = "24h"
	LastMonth Range = "30d"
)

// Report is what was used in a range. Every step of it has its time in Times,
// also where nothing happened.
type Report struct {
	Range        Range
	Since, Until time.Time
	// Step is how long each of Times lasts.
	Step  time.Duration
	Times []time.Time
	Data  []Hour
}

// Hours lists what was counted from the hour of since up to before until, by
// hour and model, in this order; forbidden to all but administrators.
func (s *Service) Hours(ctx context.Context, actor app.Actor, since, until time.Time) ([]Hour, error) {
	if actor.Role != app.RoleAdmin {
		return nil, app.ErrForbidden
	}
	list, err := s.counts.Hours(ctx, HourOf(since), until)
	if err != nil {
		return nil, err
	}
	return Merge(list, HourOf), nil
}

// Report tells what was used in a range up to now; invalid_input for a range
// that there is not.
func (s *Service) Report(ctx context.Context, actor app.Actor, over Range) (Report, error) {
	if actor.Role != app.RoleAdmin {
		return Report{}, app.ErrForbidden
	}
	report := Report{Range: over, Until: s.now().UTC()}
	steps, at := 24, HourOf
	switch over {
	case LastDay:
		report.Step = time.Hour
	case LastMonth:
		report.Step, steps, at = 24*time.Hour, 30, DayOf
	default:
		return Report{}, app.Invalid("range", "24h or 30d is expected")
	}
	report.Since = at(report.Until).Add(-time.Duration(steps-1) * report.Step)
	for i := range steps {
		report.Times = append(report.Times, report.Since.Add(time.Duration(i)*report.Step))
	}
	list, err := s.counts.Hours(ctx, report.Since, report.Until)
	report.Data = Merge(list, at)
	return report, err
}

// RollUp adds what nodes noted to the hours, and forgets those that are older
// than Keep. It may be done at any time and by several nodes at once.
func (s *Service) RollUp(ctx context.Context) error {
	if _, err := s.counts.RollUp(ctx); err != nil {
		return err
	}
	return s.counts.Forget(ctx, s.now().Add(-Keep))
}
