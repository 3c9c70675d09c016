package settings

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// Set gives a setting a new value, in JSON, for all nodes. Actors who are no
// administrators are forbidden, an unknown name is not_found, a value that
// the table does not allow invalid_input.
func (r *Registry) Set(ctx context.Context, actor app.Actor, name Name, raw json.RawMessage) error {
	d, err := r.mayChange(actor, name)
	if err != nil {
		return err
	}
	value, err := d.parse(raw)
	if err != nil {
		return app.Invalid(string(name), "%s", err.Error())
	}
	// What is stored is our own spelling of the value, not the client's.
	canonical, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("settings: %s: %w", name, err)
	}
	return r.change(ctx, actor, name, fmt.Sprint(value), func(ctx context.Context) error {
		return r.stored.Put(ctx, name, canonical, actor.UserID, r.now().UTC())
	})
}

// Reset takes a setting back to the environment's value, or the default.
func (r *Registry) Reset(ctx context.Context, actor app.Actor, name Name) error {
	if _, err := r.mayChange(actor, name); err != nil {
		return err
	}
	return r.change(ctx, actor, name, "", func(ctx context.Context) error { return r.stored.Delete(ctx, name) })
}

func (r *Registry) mayChange(actor app.Actor, name Name) (Definition, error) {
	if actor.Role != app.RoleAdmin {
		return Definition{}, app.ErrForbidden
	}
	d, known := r.definitions[name]
	if !known {
		return Definition{}, app.ErrNotFound
	}
	return d, nil
}

func (r *Registry) change(ctx context.Context, actor app.Actor, name Name, to string, work func(context.Context) error) error {
	event := audit.Event{
		Action: audit.SettingChanged, Actor: actor, Target: string(name),
		Details: map[audit.Key]string{audit.KeySetting: string(name), audit.KeyTo: to},
	}
	err := r.tx.InTx(ctx, func(ctx context.Context) error {
		if err := work(ctx); err != nil {
			return err
		}
		return r.audit.Record(ctx, event)
	})
	if err != nil {
		return err
	}
	r.Forget()
	r.log.InfoContext(ctx, "setting", "action", string(event.Action), "setting", string(name),
		"user_id", string(actor.UserID), "request_id", actor.RequestID)
	r.signals.SettingChanged(string(name))
	return nil
}

// parse reads a value of the definition's kind; its errors are for people.
func (d Definition) parse(raw json.RawMessage) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, d.expected()
	}
	if number, is := value.(json.Number); is {
		whole, err := number.Int64()
		if err != nil {
			return nil, d.expected()
		}
		value = whole
	}
	return value, d.check(value)
}

func (d Definition) check(value any) error {
	right := false
	switch value := value.(type) {
	case bool:
		right = d.Kind == Bool
	case int64:
		right = d.Kind == Int && value >= d.Min && value <= d.Max
	case string:
		right = d.Kind == Text && int64(len(value)) <= d.Max && utf8.ValidString(value) && !bytes.ContainsRune([]byte(value), 0)
	}
	if !right {
		return d.expected()
	}
	return nil
}

func (d Definition) expected() error {
	switch d.Kind {
	case Bool:
		return fmt.Errorf("true or false is expected")
	case Int:
		return fmt.Errorf("a whole number from %d to %d is expected", d.Min, d.Max)
	default:
		return fmt.Errorf("a text of at most %d bytes is expected", d.Max)
	}
}
