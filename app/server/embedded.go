package server

import (
	"context"
	"errors"
)

// startEmbedded runs the database of our own.
func (b *base) startEmbedded(context.Context, purpose) (string, error) {
	return "", errors.New("set DATABASE_URL")
}
