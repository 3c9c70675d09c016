package picture_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/picture"
)

// plain is a picture of one colour.
func plain(width, height int) image.Image {
	seen := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := 0; i < len(seen.Pix); i += 4 {
		copy(seen.Pix[i:], []byte{200, 30, 60, 255})
	}
	return seen
}

func asPNG(t testing.TB, seen image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, seen))
	return out.Bytes()
}

// webp is one yellow pixel.
const webp = "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA="

func TestClean(t *testing.T) {
	t.Parallel()
	t.Run("a picture keeps its colour and loses what else was in the file", func(t *testing.T) {
		t.Parallel()
		file := append(asPNG(t, plain(40, 20)), []byte("<script>alert(1)</script>")...)
		clean, err := picture.Clean("logo", file)
		require.NoError(t, err)
		require.NotContains(t, string(clean), "script")
		seen, err := png.Decode(bytes.NewReader(clean))
		require.NoError(t, err)
		require.Equal(t, image.Rect(0, 0, 40, 20), seen.Bounds())
		require.Equal(t, color.NRGBA{200, 30, 60, 255}, color.NRGBAModel.Convert(seen.At(7, 7)))
	})
	t.Run("a large one is made small, its proportions kept", func(t *testing.T) {
		t.Parallel()
		clean, err := picture.Clean("logo", asPNG(t, plain(2048, 8)))
		require.NoError(t, err)
		seen, err := png.DecodeConfig(bytes.NewReader(clean))
		require.NoError(t, err)
		require.Equal(t, []int{picture.Side, 1}, []int{seen.Width, seen.Height})
	})
	t.Run("JPEG and WebP are read, too", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		require.NoError(t, jpeg.Encode(&out, plain(9, 9), nil))
		small, err := base64.StdEncoding.DecodeString(webp)
		require.NoError(t, err)
		for _, file := range [][]byte{out.Bytes(), small} {
			clean, err := picture.Clean("logo", file)
			require.NoError(t, err)
			_, err = png.Decode(bytes.NewReader(clean))
			require.NoError(t, err)
		}
	})
	t.Run("nothing else is, and nothing that unfolds", func(t *testing.T) {
		t.Parallel()
		whole := asPNG(t, plain(300, 300))
		for name, file := range map[string][]byte{
			"nothing": nil, "a drawing": []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "an animation": []byte("GIF89a\x01\x00\x01\x00"),
			"half a file": whole[:len(whole)/2], "one too wide": asPNG(t, plain(2049, 1)), "one too high": asPNG(t, plain(1, 2049)),
		} {
			_, err := picture.Clean("logo", file)
			require.ErrorIs(t, err, app.ErrInvalidInput, name)
			require.Equal(t, "logo", app.AsError(err).Details[0].Field, name)
		}
		_, err := picture.Clean("logo", make([]byte, picture.MaxBytes+1))
		require.ErrorIs(t, err, app.ErrTooLarge)
	})
}

func FuzzClean(f *testing.F) {
	f.Add(asPNG(f, plain(3, 3)))
	f.Add([]byte("\xff\xd8\xff"))
	f.Add([]byte("RIFF    WEBPVP8 "))
	f.Fuzz(func(t *testing.T, file []byte) {
		clean, err := picture.Clean("logo", file)
		if err != nil {
			require.NotEqual(t, app.CodeInternal, app.AsError(err).Code)
			return
		}
		seen, err := png.DecodeConfig(bytes.NewReader(clean))
		require.NoError(t, err)
		require.LessOrEqual(t, max(seen.Width, seen.Height), picture.Side)
	})
}
