package settings

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// historyLength is how many changes of a setting are shown.
const historyLength = 20

// GetAll lists every setting, in the table's order. Actors who are no
// administrators are forbidden, here as below.
func (r *Registry) GetAll(_ context.Context, actor app.Actor) ([]Value, error) {
	if err := mayAdminister(actor); err != nil {
		return nil, err
	}
	return r.All(), nil
}

// All is every setting, for the server itself.
func (r *Registry) All() []Value {
	values, table := *r.latest.Load(), Table()
	list := make([]Value, len(table))
	for i, d := range table {
		list[i] = values[d.Name]
	}
	return list
}

// GetHistory lists who changed a setting when, the newest change first, at
// most 20; an unknown name is not_found.
func (r *Registry) GetHistory(ctx context.Context, actor app.Actor, name Name) ([]Change, error) {
	if err := mayAdminister(actor); err != nil {
		return nil, err
	}
	if _, known := r.definitions[name]; !known {
		return nil, app.ErrNotFound
	}
	return r.Settings.History(ctx, name, historyLength)
}

// Int is a setting that is a whole number; of another kind it is 0.
func (r *Registry) Int(name Name) int { return int(get[int64](r, name)) }

// Text is a setting that is a text, or one of a few words; of another kind it
// is empty.
func (r *Registry) Text(name Name) string { return get[string](r, name) }

// Signups tells who may make an account.
func (r *Registry) Signups() app.Signups { return app.Signups(r.Text(Signups)) }

// Admits tells whether somebody with this address may make an account, and
// if not, the domains that it may be at.
func (r *Registry) Admits(email string) (domains []string, ok bool) {
	domains = get[[]string](r, EmailDomains)
	key := rule.EmailKey(email)
	return domains, len(domains) == 0 || slices.Contains(domains, key[strings.LastIndexByte(key, '@')+1:])
}

// SessionUnused is how long a session lives unused.
func (r *Registry) SessionUnused() time.Duration {
	return time.Duration(r.Int(SessionUnusedHours)) * time.Hour
}

// SessionLongest is how long a session lives in any case.
func (r *Registry) SessionLongest() time.Duration {
	return time.Duration(r.Int(SessionLongestDays)) * 24 * time.Hour
}
