package logbook

import (
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/quillium/quillium/app"
)

const (
	// kept is the least level that is kept here, stored the least that is stored.
	kept   = slog.LevelInfo
	stored = slog.LevelWarn
	// ringBytes bounds what is kept in memory, queueBytes what waits to be stored.
	ringBytes  = 2 << 20
	queueBytes = 1 << 20
	// perHour is how many entries of this node are stored an hour, a tenth of them
	// at once: seven days of the worst are a few hundred megabytes.
	perHour = 10_000
	// The bounds of one entry.
	maxDetails = 20
	maxMessage = 1000
	maxValue   = 2000
	maxName    = 60
)

// Book keeps entries. Its methods are safe for concurrent use and never wait
// for anything slow.
type Book struct {
	now    func() time.Time
	logger *slog.Logger
	quiet  *slog.Logger
	level  *slog.LevelVar
	wake   chan struct{}

	mu     sync.Mutex
	ring   pile
	queue  pile
	secret *strings.Replacer
	// tokens are what may be stored now, refilled since then.
	tokens  float64
	since   time.Time
	dropped int
}

// New makes a book around what writes the log, whose level it can change.
func New(next slog.Handler, level *slog.LevelVar, now func() time.Time) *Book {
	b := &Book{
		now: now, level: level, quiet: slog.New(next), wake: make(chan struct{}, 1),
		ring: pile{most: ringBytes}, queue: pile{most: queueBytes}, secret: strings.NewReplacer(),
		tokens: perHour / 10, since: now(),
	}
	b.logger = slog.New(&handler{book: b, next: next})
	return b
}

// Logger logs to the log and the book.
func (b *Book) Logger() *slog.Logger { return b.logger }

// SetLevel changes from which level on the log is written; what is kept here
// stays the same.
func (b *Book) SetLevel(level slog.Level) { b.level.Set(level) }

// Level is from which level on the log is written.
func (b *Book) Level() string { return levelName(b.level.Level()) }

// Hide has these texts kept nowhere, wherever they come up from now on. Nobody
// should log a secret; this is for when somebody does.
func (b *Book) Hide(secrets ...string) {
	var pairs []string
	for _, secret := range secrets {
		// Short ones would take apart words that are none.
		if len(secret) >= 6 {
			pairs = append(pairs, secret, hidden)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.secret = strings.NewReplacer(pairs...)
}

// keep takes one record in.
func (b *Book) keep(record slog.Record, attrs []slog.Attr) {
	e := b.entryOf(record, flatten(attrs))
	b.mu.Lock()
	defer b.mu.Unlock()
	e.hide(b.secret)
	b.ring.push(e)
	if record.Level < stored {
		return
	}
	if !b.mayStore() || !b.queue.fits(e) {
		b.dropped++
		return
	}
	b.queue.push(e)
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// mayStore takes a token where there is one.
func (b *Book) mayStore() bool {
	now := b.now()
	b.tokens = min(perHour/10, b.tokens+now.Sub(b.since).Hours()*perHour)
	b.since = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

func (b *Book) entryOf(record slog.Record, attrs []slog.Attr) entry {
	e := entry{app.LogEntry{
		ID: app.NewID[string](), At: record.Time.UTC().Truncate(time.Microsecond), Level: levelName(record.Level),
		Message: fit(record.Message, maxMessage), Details: map[string]string{},
	}}
	if record.Time.IsZero() {
		e.At = b.now().UTC().Truncate(time.Microsecond)
	}
	for _, a := range attrs {
		value := fit(text(a.Value), maxValue)
		if isSecret(a.Key) && value != "" {
			value = hidden
		}
		switch a.Key {
		case "request_id":
			e.RequestID = fit(value, 64)
		case "user_id":
			e.UserID = fit(value, 64)
		case "route":
			e.Route = fit(value, 200)
		default:
			if len(e.Details) < maxDetails {
				e.Details[fit(a.Key, maxName)] = value
			}
		}
	}
	return e
}

// fit makes a text fit to be stored: UTF-8 of at most so many bytes, without
// control characters but line breaks and tabs.
func fit(said string, most int) string {
	if len(said) > most {
		said = said[:most] + "…"
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' {
			return -1
		}
		return c
	}, strings.ToValidUTF8(said, ""))
}
