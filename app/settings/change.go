package settings

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// Set gives settings new values, in JSON, for all nodes: all or none, in one
// transaction. null takes one back to its default. What is as it is stays so,
// and is no change. Values that the table does not allow are invalid_input, each with
// its field, unknown names too; what the environment sets is a conflict that
// names the variable.
func (r *Registry) Set(ctx context.Context, actor app.Actor, wanted map[Name]json.RawMessage) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	parsed, err := r.parse(wanted)
	if err != nil {
		return err
	}
	return r.change(ctx, actor, parsed, nothing)
}

func mayAdminister(actor app.Actor) error {
	if actor.Role != app.RoleAdmin {
		return app.ErrForbidden
	}
	return nil
}

func nothing(context.Context) error { return nil }

// parse reads what is wanted; null is nil.
func (r *Registry) parse(wanted map[Name]json.RawMessage) (map[Name]any, error) {
	parsed := make(map[Name]any, len(wanted))
	refused := &app.Error{Code: app.CodeInvalidInput, Message: app.ErrInvalidInput.Message}
	for _, d := range Table() {
		raw, given := wanted[d.Name]
		if !given {
			continue
		}
		if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
			parsed[d.Name] = nil
			continue
		}
		value, err := d.parse(raw)
		if err != nil {
			refused.Details = append(refused.Details, app.Detail{Field: string(d.Name), Message: err.Error()})
		}
		parsed[d.Name] = value
	}
	for name := range wanted {
		if _, known := r.definitions[name]; !known {
			refused.Details = append(refused.Details, app.Detail{Field: shownName(name), Message: "there is no such setting"})
		}
	}
	if len(refused.Details) > 0 {
		return nil, refused
	}
	return parsed, nil
}

// change stores values, nil being the default, and what goes along with them;
// then it tells the world.
func (r *Registry) change(ctx context.Context, actor app.Actor, wanted map[Name]any, along func(context.Context) error) error {
	var changed []Name
	err := r.Tx.InTx(ctx, func(ctx context.Context) error {
		changed = nil
		if err := r.Settings.Lock(ctx); err != nil {
			return err
		}
		stored, err := r.Settings.GetAll(ctx)
		if err != nil {
			return err
		}
		before := r.resolve(stored)
		for _, d := range Table() {
			value, given := wanted[d.Name]
			if !given || before[d.Name].is(value) {
				continue
			}
			if err := r.put(ctx, actor, before[d.Name], value); err != nil {
				return err
			}
			changed = append(changed, d.Name)
		}
		return along(ctx)
	})
	if err != nil {
		return err
	}
	if err := r.Load(ctx); err != nil {
		r.Wake()
	}
	for _, name := range changed {
		r.Log.InfoContext(ctx, "setting", "action", string(audit.SettingChanged), "setting", string(name),
			"user_id", string(actor.UserID), "request_id", actor.RequestID)
		r.Signals.SettingChanged(string(name))
	}
	return nil
}

// put stores one value, or takes it away, and records that.
func (r *Registry) put(ctx context.Context, actor app.Actor, before Value, value any) error {
	if before.Source == SourceEnvironment {
		return pinned(before.Definition)
	}
	to := value
	if value == nil {
		to = before.Default
		if err := r.Settings.Delete(ctx, before.Name); err != nil {
			return err
		}
	} else {
		// What is stored is our own spelling of the value, not the client's.
		canonical, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("settings: %s: %w", before.Name, err)
		}
		if err := r.Settings.Put(ctx, before.Name, canonical, actor.UserID, r.Now().UTC()); err != nil {
			return err
		}
	}
	return r.Audit.Record(ctx, audit.Event{
		Action: audit.SettingChanged, Actor: actor, Target: string(before.Name),
		Details: map[audit.Key]string{audit.KeySetting: string(before.Name), audit.KeyFrom: told(before.Value), audit.KeyTo: told(to)},
	})
}

// shownName makes a name that a client chose fit for a sentence.
func shownName(name Name) string {
	const longest = 64
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, string([]rune(string(name))[:min(longest, utf8.RuneCountInString(string(name)))]))
}

func pinned(d Definition) *app.Error {
	return &app.Error{
		Code: app.CodeConflict, Message: fmt.Sprintf("%s is set by %s in the environment of the server; change it there and restart.", d.Title, d.Variable),
		Details: []app.Detail{{Field: string(d.Name), Message: "set by " + d.Variable}},
	}
}
