package repositories

import (
	"context"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// UserRepository keeps accounts.
type UserRepository struct{ db *DB }

var _ auth.UserRepository = (*UserRepository)(nil)

// NewUserRepository makes a repository of accounts on this database.
func NewUserRepository(db *DB) *UserRepository { return &UserRepository{db: db} }

// adminLock is the key of the advisory lock under which it changes who is an
// administrator.
const adminLock = 0x7175_6c6d_0001

// userColumns are what scanAccount reads, of the table u.
var userColumns = []string{"u.id", "u.email", "u.email_key", "u.name", "u.password_hash", "u.role", "u.status", "u.created_at"}

func scanAccount(row pgx.CollectableRow) (auth.Account, error) {
	var a auth.Account
	err := row.Scan(&a.ID, &a.Email, &a.EmailKey, &a.Name, &a.PasswordHash, &a.Role, &a.Status, &a.CreatedAt)
	return a, err
}

// living selects accounts that nobody is deleting.
func living() squirrel.SelectBuilder {
	return sq.Select(userColumns...).From("users u").
		Where("not exists (select from deletions d where d.user_id = u.id)")
}

// Create stores a new account; a taken address is a conflict.
func (r *UserRepository) Create(ctx context.Context, account auth.Account) error {
	_, err := r.db.exec(ctx, "users: insert", sq.Insert("users").
		Columns("id", "email", "email_key", "name", "password_hash", "role", "status", "created_at", "updated_at").
		Values(account.ID, account.Email, account.EmailKey, account.Name, account.PasswordHash,
			account.Role, account.Status, account.CreatedAt, account.CreatedAt))
	return err
}

// GetByID reads an account.
func (r *UserRepository) GetByID(ctx context.Context, id app.UserID) (auth.Account, error) {
	return one(ctx, r.db, "users: get", living().Where("u.id = ?", id), scanAccount)
}

// GetByEmail reads the account that holds an address.
func (r *UserRepository) GetByEmail(ctx context.Context, emailKey string) (auth.Account, error) {
	return one(ctx, r.db, "users: get by email", living().Where("u.email_key = ?", emailKey), scanAccount)
}

// Lock reads an account and keeps others from changing it. Rows that refer to
// it (a new session, a new membership) may still be written.
func (r *UserRepository) Lock(ctx context.Context, id app.UserID) (auth.Account, error) {
	return one(ctx, r.db, "users: lock", living().Where("u.id = ?", id).Suffix("for no key update of u"), scanAccount)
}

// Update writes a locked account back.
func (r *UserRepository) Update(ctx context.Context, account auth.Account) error {
	n, err := r.db.exec(ctx, "users: update", sq.Update("users").
		Set("email", account.Email).Set("email_key", account.EmailKey).Set("name", account.Name).
		Set("password_hash", account.PasswordHash).Set("role", account.Role).Set("status", account.Status).
		Set("updated_at", squirrel.Expr("now()")).Where("id = ?", account.ID))
	return orNotFound(n, err)
}

// LockAdmins holds the lock over who is an administrator until the
// transaction ends, and counts the active ones.
func (r *UserRepository) LockAdmins(ctx context.Context) (int, error) {
	// Two statements: the count needs a snapshot from after the lock was got.
	if _, err := r.db.exec(ctx, "users: lock admins", squirrel.Expr("select pg_advisory_xact_lock($1)", adminLock)); err != nil {
		return 0, err
	}
	return one(ctx, r.db, "users: count admins", sq.Select("count(*)").From("users").
		Where("role = ? and status = ?", app.RoleAdmin, app.UserActive), pgx.RowTo[int])
}

// orNotFound is for statements that must touch a row.
func orNotFound(rows int64, err error) error {
	if err == nil && rows == 0 {
		return app.ErrNotFound
	}
	return err
}
