package app_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestTally(t *testing.T) {
	t.Parallel()
	ctx, tally := app.WithTally(t.Context())
	app.TallyOf(ctx).Query()
	inner, cancel := context.WithCancel(ctx)
	app.TallyOf(inner).Query()
	cancel()
	require.EqualValues(t, 2, tally.Queries())
	none := app.TallyOf(t.Context())
	none.Query()
	require.Zero(t, none.Queries(), "who has no tally counts nothing")
}
