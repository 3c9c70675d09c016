package system_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/status"
	"github.com/quillium/quillium/app/system"
)

// instance is everything that the service asks.
type instance struct {
	measured bool
	level    string
	asked    int
	failing  error
}

func (i *instance) Overview(context.Context, app.Actor) (status.Overview, error) {
	return status.Overview{Nodes: []status.Node{{ID: "n", Alive: true}}}, i.failing
}

func (i *instance) Database(context.Context) (system.Database, error) {
	return system.Database{Bytes: 7, Measured: i.measured}, nil
}

func (i *instance) Slowest(context.Context, int) ([]system.Statement, error) {
	i.asked++
	return []system.Statement{{Query: "select $1"}}, nil
}

func (i *instance) Level() string { return i.level }

func (i *instance) SetLevel(_ context.Context, _ app.Actor, level string) error {
	i.level = level
	return i.failing
}

func (i *instance) service() *system.Service {
	return system.NewService(i, i, system.Options{
		Version: "v1", GoVersion: "go1", StartedAt: time.Unix(1, 0), Levels: i,
		Configuration: func(context.Context) ([]system.Variable, error) { return []system.Variable{{Name: "PORT"}}, nil },
	})
}

var admin = app.Actor{UserID: "eve", Role: app.RoleAdmin}

func TestSystem(t *testing.T) {
	t.Parallel()
	t.Run("only administrators are told and change anything", func(t *testing.T) {
		t.Parallel()
		i := &instance{level: "info"}
		for _, actor := range []app.Actor{{}, {UserID: "ada", Role: app.RoleUser}} {
			_, err := i.service().Get(t.Context(), actor)
			require.ErrorIs(t, err, app.ErrForbidden)
			require.ErrorIs(t, i.service().SetLogLevel(t.Context(), actor, "loud"), app.ErrForbidden)
		}
		require.Equal(t, "info", i.level)
	})
	t.Run("everything at once", func(t *testing.T) {
		t.Parallel()
		i := &instance{level: "info", measured: true}
		got, err := i.service().Get(t.Context(), admin)
		require.NoError(t, err)
		require.Equal(t, system.System{
			Version: "v1", GoVersion: "go1", StartedAt: time.Unix(1, 0).UTC(), LogLevel: "info", Configuration: []system.Variable{{Name: "PORT"}},
			Nodes: []status.Node{{ID: "n", Alive: true}}, Database: system.Database{Bytes: 7, Measured: true}, Statements: []system.Statement{{Query: "select $1"}},
		}, got)
	})
	t.Run("where nothing is measured, statements are not asked for", func(t *testing.T) {
		t.Parallel()
		i := &instance{}
		got, err := i.service().Get(t.Context(), admin)
		require.NoError(t, err)
		require.Equal(t, []system.Statement{}, got.Statements)
		require.Zero(t, i.asked)
	})
	t.Run("the level is one of four", func(t *testing.T) {
		t.Parallel()
		i := &instance{level: "info"}
		require.NoError(t, i.service().SetLogLevel(t.Context(), admin, "debug"))
		require.Equal(t, "debug", i.level)
		for _, wrong := range []string{"", "loud", "DEBUG"} {
			require.ErrorIs(t, i.service().SetLogLevel(t.Context(), admin, wrong), app.ErrInvalidInput)
		}
	})
	t.Run("what fails below is told", func(t *testing.T) {
		t.Parallel()
		i := &instance{failing: errors.New("away")}
		_, err := i.service().Get(t.Context(), admin)
		require.ErrorIs(t, err, i.failing)
		require.ErrorIs(t, i.service().SetLogLevel(t.Context(), admin, "warn"), i.failing)
	})
}
