package routes

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// update writes the golden file anew: go test ./routes -run TestTable -update
var update = flag.Bool("update", false, "write golden files")

// golden is the table as people read it: every URL of the program.
const golden = "testdata/routes.txt"

func TestTable(t *testing.T) {
	t.Parallel()
	var lines strings.Builder
	for _, route := range Table(Handlers{}) {
		lines.WriteString(strings.TrimRight(route.String(), " ") + "\n")
	}
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(lines.String()), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), lines.String(), "if this is meant, run make generate")
}

func TestTheTableIsSound(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, route := range Table(Handlers{}) {
		name := route.Method + " " + route.Path
		require.False(t, seen[name], "%s is there twice", name)
		seen[name] = true
		require.NotEmpty(t, route.Who, name)
		require.NotNil(t, route.Handler, name)
		if strings.HasPrefix(route.Path, "/api/") {
			require.NotEmpty(t, route.Buckets, "%s has no limit", name)
			require.Equal(t, route.Path == docsPage, route.Who == Page, name)
		}
	}
}
