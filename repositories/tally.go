package repositories

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
)

// tallying counts statements in the tally of their context. What begins and
// ends a transaction is none.
type tallying struct{}

var (
	_ pgx.QueryTracer = tallying{}
	_ pgx.BatchTracer = tallying{}
)

func (tallying) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if !slices.Contains([]string{"begin", "commit", "rollback"}, data.SQL) {
		app.TallyOf(ctx).Query()
	}
	return ctx
}

func (tallying) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (tallying) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for range data.Batch.Len() {
		app.TallyOf(ctx).Query()
	}
	return ctx
}

func (tallying) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (tallying) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}
