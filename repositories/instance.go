package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Instance is which database this is, and which secrets it was used with.
type Instance struct {
	// Store is a random id; a database that was restored has another.
	Store string
	// JWTFingerprint and EncryptionFingerprint are empty before the first start.
	JWTFingerprint, EncryptionFingerprint string
}

// InstanceRepository keeps the one row about this database.
type InstanceRepository struct{ db *DB }

// NewInstanceRepository makes one on this database.
func NewInstanceRepository(db *DB) *InstanceRepository { return &InstanceRepository{db: db} }

// Get reads the row.
func (r *InstanceRepository) Get(ctx context.Context) (Instance, error) {
	return one(ctx, r.db, "instance: get", sq.Select("store", "jwt_fingerprint", "encryption_fingerprint").From("instance"),
		pgx.RowToStructByPos[Instance])
}

// SaveFingerprints remembers which secrets the database is used with now.
func (r *InstanceRepository) SaveFingerprints(ctx context.Context, jwt, encryption string) error {
	_, err := r.db.exec(ctx, "instance: save fingerprints", sq.Update("instance").
		Set("jwt_fingerprint", jwt).Set("encryption_fingerprint", encryption).Where("only_row"))
	return err
}
