package usage

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

const (
	flushEvery = 10 * time.Second
	// maxModels bounds what one flush may hold: a catalogue has no more, and
	// whatever is beyond is counted under the empty model.
	maxModels = 1000
	// maxWaiting bounds what is kept while the database is away.
	maxWaiting = 10_000
)

// Count is what was counted for one hour and model. Its id makes storing it
// twice the same as once.
type Count struct {
	ID string
	Hour
}

// Ledger takes what nodes counted.
type Ledger interface {
	// Note stores counts; those that are there already are left alone.
	Note(ctx context.Context, counts []Count) error
}

// Meter counts on one node, in memory, and stores what it counted every ten
// seconds: no message waits for it, and a crash loses ten seconds of counting.
type Meter struct {
	ledger Ledger
	log    *slog.Logger
	now    func() time.Time

	mu      sync.Mutex
	hour    time.Time
	counts  map[string]*Counts
	waiting []Count
	// storing lets one flush run at a time.
	storing sync.Mutex
}

// NewMeter makes a meter; now is the clock.
func NewMeter(ledger Ledger, log *slog.Logger, now func() time.Time) *Meter {
	return &Meter{ledger: ledger, log: log, now: now, counts: map[string]*Counts{}}
}

// Posted counts messages of people that were stored, and answers that failed
// at once because there was no model to ask.
func (m *Meter) Posted(messages, failures int) {
	m.count("", Counts{Messages: int64(messages), Answers: int64(failures), Failures: int64(failures)})
}

// Answered counts one answer that ended. first is how long it took to begin;
// 0 is that no text came.
func (m *Meter) Answered(model string, failed bool, used *app.Usage, first time.Duration) {
	counts := Counts{Answers: 1}
	if failed {
		counts.Failures = 1
	}
	if used != nil {
		counts.PromptTokens, counts.CompletionTokens = int64(used.PromptTokens), int64(used.CompletionTokens)
	}
	if first > 0 {
		counts.FirstToken.Observe(first)
	}
	m.count(model, counts)
}

func (m *Meter) count(model string, counts Counts) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn()
	if m.counts[model] == nil {
		if len(m.counts) >= maxModels {
			model = ""
		}
		if m.counts[model] == nil {
			m.counts[model] = &Counts{}
		}
	}
	m.counts[model].Add(counts)
}

// turn closes the books of an hour that is over. The lock is held.
func (m *Meter) turn() {
	if now := HourOf(m.now()); !now.Equal(m.hour) {
		m.close()
		m.hour = now
	}
}

// close moves what was counted to what waits to be stored. The lock is held.
func (m *Meter) close() {
	for model, counts := range m.counts {
		m.waiting = append(m.waiting, Count{ID: app.NewID[string](), Hour: Hour{At: m.hour, Model: model, Counts: *counts}})
	}
	clear(m.counts)
	if over := len(m.waiting) - maxWaiting; over > 0 {
		m.log.Warn("the database was away for so long that some of what was counted is lost", "rows", over)
		m.waiting = m.waiting[over:]
	}
}

// Run stores what was counted every ten seconds until the context ends.
func (m *Meter) Run(ctx context.Context) {
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := m.Flush(ctx); err != nil && ctx.Err() == nil {
			m.log.Warn("what was counted could not be stored; it is tried again", "error", err)
		}
	}
}

// Flush stores what was counted up to now. What could not be stored is kept
// for the next time, under the same ids.
func (m *Meter) Flush(ctx context.Context) error {
	m.storing.Lock()
	defer m.storing.Unlock()
	m.mu.Lock()
	m.turn()
	m.close()
	counts := m.waiting
	m.waiting = nil
	m.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	err := m.ledger.Note(ctx, counts)
	if err != nil {
		m.mu.Lock()
		m.waiting = append(counts, m.waiting...)
		m.mu.Unlock()
	}
	return err
}
