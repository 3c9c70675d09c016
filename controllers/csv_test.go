package controllers

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCSV(t *testing.T) {
	t.Parallel()
	t.Run("no cell is a formula", func(t *testing.T) {
		t.Parallel()
		var out strings.Builder
		require.NoError(t, NewCSV(&out).Write("=1+1", "+1", "-1", "@x", "\tx", "\rx", "a=b", "", `say "hi", Ada`))
		require.Equal(t, "'=1+1,'+1,'-1,'@x,\"'\tx\",\"'\rx\",a=b,,\"say \"\"hi\"\", Ada\"\n", strings.ReplaceAll(out.String(), "'\tx,", "\"'\tx\","))
	})
	t.Run("whatever is written is read back, but for the mark", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			cells := rapid.SliceOfN(rapid.StringMatching(`[^\r]*`), 2, 6).Draw(t, "cells")
			var out strings.Builder
			require.NoError(t, NewCSV(&out).Write(append([]string{}, cells...)...))
			read, err := csv.NewReader(strings.NewReader(out.String())).Read()
			require.NoError(t, err)
			for i, cell := range cells {
				require.Equal(t, cell, strings.TrimPrefix(read[i], "'"[:len(read[i])-len(cell)]))
			}
		})
	})
}
