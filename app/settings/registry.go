package settings

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// Stored is a setting that an administrator changed, in JSON.
type Stored struct {
	Value json.RawMessage
	// By is nil where no account did it, or it is gone.
	By *app.Person
	At time.Time
}

// Change is one line of a setting's history. By is nil where no account did
// it, or it is gone.
type Change struct {
	At   time.Time   `json:"at"`
	By   *app.Person `json:"by"`
	From string      `json:"from"`
	To   string      `json:"to"`
}

// Repository keeps the settings that an administrator changed.
type Repository interface {
	GetAll(ctx context.Context) (map[Name]Stored, error)
	// Lock keeps others from changing any, until the transaction of the context
	// ends; they are read all the same.
	Lock(ctx context.Context) error
	Put(ctx context.Context, name Name, value json.RawMessage, by app.UserID, at time.Time) error
	Delete(ctx context.Context, name Name) error
	// History is the newest changes of a setting, at most so many.
	History(ctx context.Context, name Name, limit int) ([]Change, error)
}

// Transactor runs work in one transaction: committed when it returns nil.
type Transactor interface {
	InTx(ctx context.Context, work func(context.Context) error) error
}

// Auditor records an event in the transaction of the context.
type Auditor interface {
	Record(ctx context.Context, event audit.Event) error
}

const (
	// every is how often the settings are read anew. Nodes are told of a change
	// at once; this is for when that fails.
	every = 5 * time.Second
	// patience is how long one reading may take.
	patience = 5 * time.Second
)

// Parts is what the registry works with.
type Parts struct {
	Tx       Transactor
	Settings Repository
	Logos    LogoRepository
	Audit    Auditor
	Signals  app.Signals
	Log      *slog.Logger
	Now      func() time.Time
}

// Registry answers what every setting's value is, from memory: those who ask
// need neither a query nor a context, and get no errors. While the database is
// away, what was read last holds.
type Registry struct {
	Parts
	definitions map[Name]Definition
	environment map[Name]any

	latest atomic.Pointer[map[Name]Value]
	// reading is held by who reads, so that a late answer is never the last.
	reading sync.Mutex
	wake    chan struct{}
	shown   atomic.Pointer[shown]
	follow  func()
}

// NewRegistry makes a registry. The environment holds the values that the
// configuration sets, by kind an int64, a string, or a list of strings; they
// cannot be changed here. One that the table does not allow is an error in a
// full sentence. Until Load, every other setting has its default.
func NewRegistry(parts Parts, environment map[Name]any) (*Registry, error) {
	r := &Registry{Parts: parts, definitions: map[Name]Definition{}, environment: environment, wake: make(chan struct{}, 1)}
	for _, d := range Table() {
		r.definitions[d.Name] = d
	}
	for name, value := range environment {
		d, known := r.definitions[name]
		if !known {
			return nil, fmt.Errorf("settings: there is no setting %q", name)
		}
		if err := d.fits(value); err != nil {
			return nil, fmt.Errorf("settings: %s: %w", d.Variable, err)
		}
	}
	values := r.resolve(nil)
	r.latest.Store(&values)
	return r, nil
}

// Load reads all settings now.
func (r *Registry) Load(ctx context.Context) error {
	r.reading.Lock()
	defer r.reading.Unlock()
	stored, err := r.Settings.GetAll(ctx)
	if err != nil {
		return err
	}
	values := r.resolve(stored)
	r.latest.Store(&values)
	if r.follow != nil {
		r.follow()
	}
	return nil
}

// Follow has this called now and after each reading, for who cannot ask each
// time; one at a time.
func (r *Registry) Follow(settings func()) {
	r.reading.Lock()
	defer r.reading.Unlock()
	r.follow = settings
	settings()
}

// Wake makes Run read at once; it is for when another node told of a change.
// It never blocks.
func (r *Registry) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run reads the settings when woken and every five seconds, until the context
// ends.
func (r *Registry) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-tick.C:
		}
		r.reload(ctx)
	}
}

func (r *Registry) reload(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := r.Load(ctx); err != nil && ctx.Err() == nil {
		r.Log.WarnContext(ctx, "the settings cannot be read; what was read last holds", "cause", err.Error())
	}
}

func (r *Registry) resolve(stored map[Name]Stored) map[Name]Value {
	values := make(map[Name]Value, len(r.definitions))
	for name, d := range r.definitions {
		value := Value{Definition: d, Value: d.Default, Source: SourceDefault}
		if set, given := r.environment[name]; given {
			value.Value, value.Source = set, SourceEnvironment
		} else if row, given := stored[name]; given {
			if parsed, err := d.restore(row.Value); err == nil {
				at := row.At
				value.Value, value.Source, value.UpdatedAt, value.UpdatedBy = parsed, SourceDatabase, &at, row.By
			} else {
				r.Log.Warn("a stored setting is not valid and is left out", "setting", string(name))
			}
		}
		values[name] = value
	}
	return values
}

func get[T any](r *Registry, name Name) T {
	// The table says of which type a value is, so this cannot fail.
	value, _ := (*r.latest.Load())[name].Value.(T)
	return value
}
