package model

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/rule"
)

// ModelChange is what becomes of a model; nil stays as it is. Users are
// addresses of accounts, in place of those that were chosen before; a context
// override of 0 is none.
type ModelChange struct {
	ID              *string
	Name            *string
	Aliases         *[]string
	Enabled         *bool
	Restricted      *bool
	Users           *[]string
	ContextOverride *int
	InputPrice      *int64
	OutputPrice     *int64
	SystemPrompt    *string
}

// AddModel adds a model that its provider does not list, under its name there.
// Conflict where it is here already, not_found where the provider is not.
func (s *Service) AddModel(ctx context.Context, actor app.Actor, provider app.ProviderID, upstream string) (app.ModelUID, error) {
	if err := mayAdminister(actor); err != nil {
		return "", err
	}
	var uid app.ModelUID
	event := audit.Event{Action: audit.ModelAdded, Actor: actor, Details: map[audit.Key]string{}}
	err := s.decide(ctx, &event, func(known *catalogue) (Changes, error) {
		serves, exists := known.providers[provider]
		if !exists {
			return Changes{}, app.ErrNotFound
		}
		upstream, err := rule.Upstream(upstream)
		if err != nil {
			return Changes{}, err
		}
		if slices.ContainsFunc(known.entries, func(e Entry) bool { return e.ProviderID == provider && e.Upstream == upstream }) {
			return Changes{}, app.Errorf(app.CodeConflict, "This model is here already.")
		}
		added := known.added(serves, []llm.Listing{{Name: upstream}})
		added[0].Listed, added[0].Kept = false, true
		uid = added[0].UID
		event.Target, event.Details[audit.KeyTo] = string(uid), added[0].told()
		return Changes{Add: added}, nil
	})
	return uid, err
}

// ChangeModel changes a model. Its old id goes on as an alias, so that chats
// and people that use it still reach it. Not_found where there is none,
// conflict where a name is taken, else invalid_input.
func (s *Service) ChangeModel(ctx context.Context, actor app.Actor, uid app.ModelUID, change ModelChange) error {
	return s.alter(ctx, actor, uid, audit.ModelChanged, func(known *catalogue, entry Entry) (Changes, error) {
		changed, err := s.edit(ctx, known, entry, change)
		return Changes{Update: []Entry{changed}}, err
	})
}

// DeleteModel forgets a model that its provider does not list (any more);
// conflict for one that it lists, which would come back.
func (s *Service) DeleteModel(ctx context.Context, actor app.Actor, uid app.ModelUID) error {
	return s.alter(ctx, actor, uid, audit.ModelDeleted, func(_ *catalogue, entry Entry) (Changes, error) {
		if entry.Listed {
			return Changes{}, app.Errorf(app.CodeConflict, "Its provider lists this model, so that it would come back. Switch it off instead.")
		}
		return Changes{Gone: []app.ModelUID{uid}}, nil
	})
}

// Move is where a model goes in the order in which people see them.
type Move string

// The moves: by one place, or to an end.
const (
	MoveUp    Move = "up"
	MoveDown  Move = "down"
	MoveFirst Move = "first"
	MoveLast  Move = "last"
)

// MoveModel changes the order. The first model that somebody may ask is the
// default where the instance has none.
func (s *Service) MoveModel(ctx context.Context, actor app.Actor, uid app.ModelUID, move Move) error {
	return s.alter(ctx, actor, uid, audit.ModelChanged, func(known *catalogue, entry Entry) (Changes, error) {
		from := known.place(uid)
		to, valid := map[Move]int{
			MoveUp: max(from-1, 0), MoveDown: min(from+1, len(known.entries)-1), MoveFirst: 0, MoveLast: len(known.entries) - 1,
		}[move]
		if !valid {
			return Changes{}, app.Invalid("to", "one of up, down, first, last")
		}
		order := slices.Insert(slices.Delete(slices.Clone(known.entries), from, from+1), to, entry)
		var changes Changes
		for i, one := range order {
			if one.Position != i {
				one.Position, one.Kept = i, one.Kept || one.UID == uid
				changes.Update = append(changes.Update, one)
			}
		}
		return changes, nil
	})
}

// SetDefault makes a model the one of chats that name none. Conflict where it
// is switched off.
func (s *Service) SetDefault(ctx context.Context, actor app.Actor, uid app.ModelUID) error {
	known, err := s.managed(ctx, actor)
	if err != nil {
		return err
	}
	at := known.place(uid)
	if at < 0 {
		return app.ErrNotFound
	}
	if !known.enabled(known.entries[at]) {
		return app.Errorf(app.CodeConflict, "This model is switched off; switch it on first.")
	}
	return s.Standard.SetDefaultModel(ctx, actor, known.entries[at].ID)
}

// alter changes one model, and records how it was and what it became.
func (s *Service) alter(ctx context.Context, actor app.Actor, uid app.ModelUID, action audit.Action,
	how func(known *catalogue, entry Entry) (Changes, error),
) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	event := audit.Event{Action: action, Actor: actor, Target: string(uid), Details: map[audit.Key]string{}}
	return s.decide(ctx, &event, func(known *catalogue) (Changes, error) {
		at := known.place(uid)
		if at < 0 {
			return Changes{}, app.ErrNotFound
		}
		changes, err := how(known, known.entries[at])
		event.Details[audit.KeyFrom] = known.entries[at].told()
		for _, changed := range changes.Update {
			if changed.UID == uid {
				event.Details[audit.KeyTo] = changed.told()
			}
		}
		return changes, err
	})
}

// decide changes models and records it in the same transaction; a wish that
// changes nothing is not recorded.
func (s *Service) decide(ctx context.Context, event *audit.Event, how func(*catalogue) (Changes, error)) error {
	idle := false
	err := s.Tx.InTx(ctx, func(ctx context.Context) error {
		err := s.Models.ChangeModels(ctx, func(providers []Provider, entries []Entry) (Changes, error) {
			changes, err := how(newCatalogue(providers, entries))
			idle = changes.empty()
			return changes, err
		})
		if err != nil || idle {
			return err
		}
		return s.Audit.Record(ctx, *event)
	})
	if err != nil || idle {
		return err
	}
	s.Log.InfoContext(ctx, "model", "action", string(event.Action), "model_uid", event.Target,
		"user_id", string(event.Actor.UserID), "request_id", event.Actor.RequestID)
	s.changed()
	return nil
}

// told is what the audit log has of a model: of its prompt only the length.
func (e Entry) told() string {
	state, who := "on", "everyone"
	if !e.Enabled {
		state = "off"
	}
	if e.Restricted {
		ids := make([]string, len(e.Users))
		for i, user := range e.Users {
			ids[i] = string(user)
		}
		who = fmt.Sprintf("%d users %s", len(ids), strings.Join(ids, " "))
	}
	return cut(fmt.Sprintf("%s (%s), %s, place %d, aliases [%s], context %d, prices %d and %d, prompt of %d bytes, for %s", e.ID, e.Name, state,
		e.Position, strings.Join(e.Aliases, " "), e.ContextOverride, e.InputPrice, e.OutputPrice, len(e.SystemPrompt), who), maxTold)
}
