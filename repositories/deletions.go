package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// DeletionRepository remembers which accounts are on their way out.
type DeletionRepository struct{ db *DB }

var _ auth.DeletionRepository = (*DeletionRepository)(nil)

// NewDeletionRepository makes one on this database.
func NewDeletionRepository(db *DB) *DeletionRepository { return &DeletionRepository{db: db} }

// Create notes that an account is to be deleted.
func (r *DeletionRepository) Create(ctx context.Context, d auth.Deletion) error {
	_, err := r.db.exec(ctx, "deletions: insert", sq.Insert("deletions").
		Columns("user_id", "erase_messages").Values(d.UserID, d.EraseMessages))
	return err
}

// GetPending lists the deletions that are not finished, oldest first.
func (r *DeletionRepository) GetPending(ctx context.Context) ([]auth.Deletion, error) {
	return many(ctx, r.db, "deletions: list", sq.Select("user_id", "erase_messages").From("deletions").OrderBy("created_at"),
		pgx.RowToStructByPos[auth.Deletion])
}

// Finish removes an account that is being deleted, and all that hangs on it.
// Any other account it leaves alone; one that is gone already is no error.
func (r *DeletionRepository) Finish(ctx context.Context, user app.UserID) error {
	_, err := r.db.exec(ctx, "deletions: finish", sq.Delete("users").
		Where("id = ? and exists (select from deletions d where d.user_id = users.id)", user))
	return err
}
