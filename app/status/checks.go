package status

import (
	"context"
	"fmt"

	"strings"

	"github.com/quillium/quillium/app"
)

// Notifications says whether other nodes' hints arrive.
func Notifications(arriving func() bool) Checker {
	return func(context.Context, app.Actor) Check {
		if arriving() {
			return Check{"Notifications", Well, "Nodes hear of each other's changes at once."}
		}
		return Check{"Notifications", Wrong, "Hints of other nodes do not arrive, so that changes show after up to 4 seconds. A pooler in transaction mode keeps them back: set NOTIFY_DATABASE_URL to the database itself."}
	}
}

// Providers says which endpoints of models cannot be reached.
func Providers(list func(ctx context.Context, actor app.Actor) ([]app.ManagedProvider, error)) Checker {
	return func(ctx context.Context, actor app.Actor) Check {
		check := Check{Name: "Models", State: Well}
		providers, err := list(ctx, actor)
		if err != nil {
			return Check{"Models", Wrong, "The list of providers cannot be read."}
		}
		asked, away := 0, []string{}
		for _, provider := range providers {
			if !provider.Enabled {
				continue
			}
			asked++
			if provider.Reason != "" {
				away = append(away, provider.Name)
			}
		}
		switch {
		case asked == 0:
			check.State, check.Says = Worth, "No provider is connected, so that only the guide answers. Add one under Models."
		case len(away) > 0:
			check.State, check.Says = Wrong, "Not to be used right now: "+strings.Join(away, ", ")+". Models says why."
		default:
			check.Says = "All providers can be reached."
		}
		return check
	}
}

// The least that should be free where the database of our own lies.
const (
	scarce = 1 << 30
	little = 200 << 20
)

// Disk says how much room the database of our own has left.
func Disk(free func() (uint64, error)) Checker {
	return func(context.Context, app.Actor) Check {
		left, err := free()
		switch {
		case err != nil:
			return Check{"Disk", Worth, "How much room is left cannot be read."}
		case left < little:
			return Check{"Disk", Wrong, fmt.Sprintf("Only %d MiB are left. Make room now: without any, nothing can be stored.", left>>20)}
		case left < scarce:
			return Check{"Disk", Worth, fmt.Sprintf("%d MiB are left. Make room soon.", left>>20)}
		}
		return Check{"Disk", Well, fmt.Sprintf("%.1f GiB are left.", float64(left)/(1<<30))}
	}
}
