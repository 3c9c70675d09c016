package bench

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"text/tabwriter"
	"time"
)

// listed is the value of a flag of go test, which are parsed before TestMain
// needs them.
func listed(name string) string {
	if !flag.Parsed() {
		flag.Parse()
	}
	return flag.Lookup(name).Value.String()
}

// told prints one line as soon as it is known: logs of benchmarks are cut
// after ten lines.
func told(name, format string, args ...any) {
	out := tabwriter.NewWriter(os.Stdout, 54, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(out, "%s\t"+format+"\n", append([]any{name}, args...)...)
	_ = out.Flush()
}

// promised prints a figure beside what it must be, and fails where it is not.
func promised(b *testing.B, name, must, measured string, kept bool) {
	b.Helper()
	told(name, "must be %s, measured %s", must, measured)
	if !kept {
		b.Errorf("%s must be %s, measured %s", name, must, measured)
	}
}

// within says whether a time is kept.
func within(b *testing.B, name string, most, took time.Duration) {
	b.Helper()
	promised(b, name, "at most "+most.String(), took.Round(time.Millisecond).String(), took <= most)
}

// median is the middle of some figures.
func median[T int | float64 | time.Duration](of []T) T { return percentile(of, 50) }

// percentile is the figure that this share of all does not exceed.
func percentile[T int | float64 | time.Duration](of []T, share int) T {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[min(len(sorted)-1, len(sorted)*share/100)]
}
