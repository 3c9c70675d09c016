package settings

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/quillium/quillium/app"
)

// DefaultModel is the model of chats that name none; empty is the first one
// there is.
func (r *Registry) DefaultModel(context.Context) (string, error) {
	return r.Text(DefaultModel), nil
}

// SetDefaultModel is Set for the model of chats that name none.
func (r *Registry) SetDefaultModel(ctx context.Context, actor app.Actor, id string) error {
	raw, err := json.Marshal(id)
	if err != nil {
		return fmt.Errorf("settings: default model: %w", err)
	}
	return r.Set(ctx, actor, map[Name]json.RawMessage{DefaultModel: raw})
}
