package settings

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// Repository keeps the settings that an administrator changed, as JSON.
type Repository interface {
	GetAll(ctx context.Context) (map[Name]json.RawMessage, error)
	Put(ctx context.Context, name Name, value json.RawMessage, by app.UserID, at time.Time) error
	Delete(ctx context.Context, name Name) error
}

// Transactor runs work in one transaction: committed when it returns nil.
type Transactor interface {
	InTx(ctx context.Context, work func(context.Context) error) error
}

// Auditor records an event in the transaction of the context.
type Auditor interface {
	Record(ctx context.Context, event audit.Event) error
}

// fresh is how long what was read is believed. Nodes are told of a change at
// once; this is for when that fails.
const fresh = 5 * time.Second

// Registry answers what every setting's value is.
type Registry struct {
	tx          Transactor
	stored      Repository
	audit       Auditor
	signals     app.Signals
	log         *slog.Logger
	now         func() time.Time
	definitions map[Name]Definition
	environment map[Name]any

	mu     sync.Mutex
	values map[Name]Value
	readAt time.Time
	// forgotten counts calls of Forget: what was read before one is not kept
	// after it.
	forgotten int
}

// NewRegistry makes a registry. The environment holds the values that the
// configuration sets: bool, int64 or string by the kind. One that the table
// does not allow is an error in a full sentence.
func NewRegistry(tx Transactor, stored Repository, auditor Auditor, signals app.Signals, log *slog.Logger, now func() time.Time, environment map[Name]any) (*Registry, error) {
	r := &Registry{
		tx: tx, stored: stored, audit: auditor, signals: signals, log: log, now: now,
		definitions: map[Name]Definition{}, environment: environment,
	}
	for _, d := range Table() {
		r.definitions[d.Name] = d
	}
	for name, value := range environment {
		d, known := r.definitions[name]
		if !known {
			return nil, fmt.Errorf("settings: there is no setting %q", name)
		}
		if err := d.check(value); err != nil {
			return nil, fmt.Errorf("settings: %s: %w", d.Variable, err)
		}
	}
	return r, nil
}

// Bool reads a setting that is true or false. While the database is away and
// nothing has been read yet, it is unavailable; so are the others.
func (r *Registry) Bool(ctx context.Context, name Name) (bool, error) { return get[bool](ctx, r, name) }

// Int reads a setting that is a whole number.
func (r *Registry) Int(ctx context.Context, name Name) (int64, error) {
	return get[int64](ctx, r, name)
}

// Text reads a setting that is a text.
func (r *Registry) Text(ctx context.Context, name Name) (string, error) {
	return get[string](ctx, r, name)
}

// SignupsOpen tells whether strangers may make accounts.
func (r *Registry) SignupsOpen(ctx context.Context) (bool, error) { return r.Bool(ctx, Signups) }

func get[T any](ctx context.Context, r *Registry, name Name) (T, error) {
	var none T
	values, err := r.read(ctx)
	if err != nil {
		return none, err
	}
	value, right := values[name].Value.(T)
	if !right {
		return none, fmt.Errorf("settings: %s is no %T", name, none)
	}
	return value, nil
}

// All lists every setting, in the table's order.
func (r *Registry) All(ctx context.Context) ([]Value, error) {
	values, err := r.read(ctx)
	if err != nil {
		return nil, err
	}
	var list []Value
	for _, d := range Table() {
		list = append(list, values[d.Name])
	}
	return list, nil
}

// Forget makes the next reader look again; it is for when another node told
// of a change.
func (r *Registry) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readAt = time.Time{}
	r.forgotten++
}

func (r *Registry) read(ctx context.Context) (map[Name]Value, error) {
	r.mu.Lock()
	values, age, before := r.values, r.now().Sub(r.readAt), r.forgotten
	r.mu.Unlock()
	if values != nil && age < fresh {
		return values, nil
	}
	stored, err := r.stored.GetAll(ctx)
	if err != nil {
		if values != nil {
			// What held a moment ago is a better answer than none.
			return values, nil
		}
		return nil, err
	}
	values = r.resolve(stored)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values = values
	if r.forgotten == before {
		r.readAt = r.now()
	}
	return values, nil
}

func (r *Registry) resolve(stored map[Name]json.RawMessage) map[Name]Value {
	values := make(map[Name]Value, len(r.definitions))
	for name, d := range r.definitions {
		value := Value{Definition: d, Value: d.Default, Source: SourceDefault}
		if set, given := r.environment[name]; given {
			value.Value, value.Source = set, SourceEnvironment
		}
		if raw, given := stored[name]; given {
			if parsed, err := d.parse(raw); err == nil {
				value.Value, value.Source = parsed, SourceDatabase
			} else {
				r.log.Warn("a stored setting is not valid and is left out", "setting", string(name))
			}
		}
		values[name] = value
	}
	return values
}
