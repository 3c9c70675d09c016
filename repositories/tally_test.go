package repositories_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestStatementsAreCounted(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	instances := repositories.NewInstanceRepository(db)
	ctx, tally := app.WithTally(t.Context())
	_, err := instances.Get(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, tally.Queries())
	require.NoError(t, db.InTx(ctx, func(ctx context.Context) error {
		_, err := instances.Get(ctx)
		return err
	}))
	require.EqualValues(t, 2, tally.Queries(), "a transaction by itself is none")
	require.NoError(t, repositories.NewPresenceRepository(db).Put(ctx, app.Owner{Node: app.NewID[app.NodeID]()}, nil))
	require.EqualValues(t, 4, tally.Queries(), "each of a batch is one")
}
