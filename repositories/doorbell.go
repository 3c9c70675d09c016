package repositories

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/quillium/quillium/app/doorbell"
)

// channel is where the nodes on one database ring for each other.
const channel = "quillium"

// Doorbell is the line between the nodes on one database: LISTEN on a
// connection of its own, NOTIFY through the pool, each in a transaction of its
// own.
type Doorbell struct {
	db     *DB
	listen *pgx.ConnConfig
}

var _ doorbell.Line = (*Doorbell)(nil)

// NewDoorbell makes a line that listens at this address, or, where it is
// empty, where the pool leads.
func NewDoorbell(db *DB, url string) (*Doorbell, error) {
	config, err := db.listenConfig(url)
	if err != nil {
		return nil, fmt.Errorf("doorbell: %w", err)
	}
	return &Doorbell{db: db, listen: config}, nil
}

// listenConfig is how one connection to listen on is made: to this address,
// or, where it is empty, where the pool leads.
func (db *DB) listenConfig(url string) (*pgx.ConnConfig, error) {
	if url == "" {
		return db.ConnConfig(), nil
	}
	// As a pool's, because it may be a copy of DATABASE_URL with what is said
	// there of the pool.
	pool, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the address cannot be read: %w", withoutAddress(err))
	}
	config := pool.ConnConfig
	config.ConnectTimeout = db.ConnConfig().ConnectTimeout
	config.RuntimeParams["application_name"] = "quillium"
	return config, nil
}

// Notify is doorbell.Line. Unavailable where the database is away.
func (d *Doorbell) Notify(ctx context.Context, payload string) error {
	_, err := d.db.pool.Exec(ctx, `select pg_notify($1, $2)`, channel, payload)
	return translate("doorbell: notify", err)
}

// Listen is doorbell.Line.
func (d *Doorbell) Listen(ctx context.Context, up func(), heard func(payload string)) error {
	conn, err := pgx.ConnectConfig(ctx, d.listen)
	if err != nil {
		return translate("doorbell: connect", err)
	}
	defer func() {
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(bye)
	}()
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
		return translate("doorbell: listen", err)
	}
	up()
	for {
		notice, err := conn.WaitForNotification(ctx)
		if err != nil {
			return translate("doorbell: wait", errors.Join(err, ctx.Err()))
		}
		heard(notice.Payload)
	}
}
