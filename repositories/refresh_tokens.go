package repositories

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app/auth"
)

// TokenRepository keeps refresh tokens as SHA-256.
type TokenRepository struct{ db *DB }

var _ auth.TokenRepository = (*TokenRepository)(nil)

// NewTokenRepository makes a repository of refresh tokens on this database.
func NewTokenRepository(db *DB) *TokenRepository { return &TokenRepository{db: db} }

// Create stores a token; one that is there already is a conflict.
func (r *TokenRepository) Create(ctx context.Context, token auth.RefreshToken) error {
	_, err := r.db.exec(ctx, "refresh tokens: insert", sq.Insert("refresh_tokens").
		Columns("hash", "session_id", "issued_at", "used_at").
		Values(token.Hash, token.SessionID, token.IssuedAt, token.UsedAt))
	return err
}

// GetByHash reads a token.
func (r *TokenRepository) GetByHash(ctx context.Context, hash []byte) (auth.RefreshToken, error) {
	return one(ctx, r.db, "refresh tokens: get", sq.Select("hash", "session_id", "issued_at", "used_at").
		From("refresh_tokens").Where("hash = ?", hash), pgx.RowToStructByPos[auth.RefreshToken])
}

// MarkUsed notes that a token was used; one that was used before is not_found.
func (r *TokenRepository) MarkUsed(ctx context.Context, hash []byte, at time.Time) error {
	n, err := r.db.exec(ctx, "refresh tokens: use", sq.Update("refresh_tokens").Set("used_at", at).
		Where("hash = ? and used_at is null", hash))
	return orNotFound(n, err)
}
