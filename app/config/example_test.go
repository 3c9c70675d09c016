package config

import (
	"os"
	"strings"
	"testing"

	"github.com/joho/godotenv"
	"github.com/stretchr/testify/require"
)

// example is the file that operators copy.
const example = "../../.env.example"

func TestTheExampleIsTheTruth(t *testing.T) {
	t.Parallel()
	written, err := godotenv.Read(example)
	require.NoError(t, err)
	known := map[string]string{}
	for _, field := range fields() {
		known[field.variable] = field.standard
		if field.console {
			known[field.variable] = "" // else whoever copies the file could change nothing in the console
		}
	}
	require.Equal(t, known, written, "every variable with its default, and no other")
}

func TestEveryVariableHasOneComment(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(example)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for i, line := range lines {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		require.True(t, strings.HasPrefix(lines[i-1], "# "), "no comment above %s", line)
		require.False(t, strings.HasPrefix(lines[i-2], "# "), "two comments above %s", line)
		require.Regexp(t, `\.$`, lines[i-1])
	}
}

func TestTheExampleStarts(t *testing.T) {
	t.Parallel()
	lookup, err := WithFile(from(nil), example)
	require.NoError(t, err)
	_, err = Load(lookup)
	require.NoError(t, err)
}
