package admin

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/views"
)

func TestPrices(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]int64{
		"": 0, " ": 0, "0": 0, "0.15": 150_000, "$3": 3_000_000, " 15.000001 ": 15_000_001, ".5": 500_000, "2.": 2_000_000, "0000001": 1_000_000,
	} {
		got, err := price("input_price", typed)
		require.NoError(t, err, typed)
		require.Equal(t, want, got, typed)
	}
	for _, typed := range []string{"cheap", "1,5", "-1", "1.0000001", "1.2.3", ".", "1e3", "99999999", "٣"} {
		_, err := price("input_price", typed)
		require.ErrorIs(t, err, app.ErrInvalidInput, typed)
		require.Equal(t, "input_price", app.AsError(err).Details[0].Field)
	}

	t.Run("what a page shows of a price is the price", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			micros := rapid.Int64Range(0, 9_999_999_999_999).Draw(t, "micros")
			got, err := price("input_price", views.Price(micros))
			require.NoError(t, err)
			require.Equal(t, micros, got)
		})
	})
}
