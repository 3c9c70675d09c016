package controllers

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/realtime"
)

// TestPagesTogetherAreTheChat walks a chat page by page, with messages of any
// size, as a repository gives them that stops behind too much.
func TestPagesTogetherAreTheChat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all []app.Message
		for i, size := range rapid.SliceOfN(rapid.SampledFrom([]int{0, 10, 100 << 10, 300 << 10, realtime.MaxBytes, 600 << 10}), 1, 12).Draw(t, "sizes") {
			all = append(all, app.Message{Seq: int64(i + 1), Content: strings.Repeat("x", size)})
		}
		limit := rapid.IntRange(1, 5).Draw(t, "limit")
		ascending := rapid.Bool().Draw(t, "ascending")
		var seen []int64
		within := chat.Range{Limit: limit + 1}
		if ascending {
			within.After = new(int64)
		}
		for {
			page := messagePage(stored(all, within), within, limit)
			size := 0
			var seqs []int64
			for _, m := range page.Data {
				seqs = append(seqs, m.Seq)
				size += m.Size()
			}
			require.NotEmpty(t, seqs, "each page leads on")
			require.LessOrEqual(t, len(seqs), limit)
			require.True(t, len(seqs) == 1 || size <= realtime.MaxBytes)
			if ascending {
				seen = append(seen, seqs...)
			} else {
				seen = append(seqs, seen...)
			}
			if page.Pagination.Next == nil {
				break
			}
			last := seqs[len(seqs)-1]
			within = chat.Range{Limit: limit + 1, After: &last}
			if !ascending {
				within = chat.Range{Limit: limit + 1, Before: &seqs[0]}
			}
		}
		require.Len(t, seen, len(all))
		require.True(t, slices.IsSorted(seen))
	})
}

// stored is a repository's list: in order, and cut behind what is too much.
func stored(all []app.Message, within chat.Range) (list []app.Message) {
	from := slices.Clone(all)
	if within.After == nil {
		slices.Reverse(from)
	}
	bytes := 0
	for _, m := range from {
		if within.After != nil && m.Seq <= *within.After || within.Before != nil && m.Seq >= *within.Before {
			continue
		}
		if len(list) == within.Limit || len(list) > 1 && bytes > realtime.MaxBytes {
			break
		}
		list = append(list, m)
		bytes += m.Size()
	}
	if within.After == nil {
		slices.Reverse(list)
	}
	return list
}
