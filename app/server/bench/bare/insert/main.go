// Command insert stores messages with nothing but pgx: one row a commit, over
// as many connections as it is told. It prints how many it stored.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	connections = 10
	table       = `drop table if exists bare_messages; create table bare_messages (
		id uuid primary key, room integer not null, seq bigint not null, content text not null, created_at timestamptz not null default now(), unique (room, seq))`
	insert = `insert into bare_messages (id, room, seq, content) values ($1, $2, $3, $4)`
)

func main() { // insert DATABASE_URL DURATION; the size of the pool is in the URL
	ctx := context.Background()
	lasts, _ := time.ParseDuration(os.Args[2])
	pool, err := pgxpool.New(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if _, err := pool.Exec(ctx, table); err != nil {
		log.Fatal(err)
	}
	var stored atomic.Int64
	var group sync.WaitGroup
	content, until := strings.Repeat("x", 128), time.Now().Add(lasts)
	for room := range connections {
		group.Go(func() {
			for seq := 1; time.Now().Before(until); seq++ {
				if _, err := pool.Exec(ctx, insert, uuid.Must(uuid.NewV7()), room, seq, content); err != nil {
					log.Fatal(err)
				}
				stored.Add(1)
			}
		})
	}
	group.Wait()
	fmt.Println(stored.Load())
}
