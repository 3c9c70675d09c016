// Package picture makes pictures that people send fit to be shown to others:
// decoded, made small, and written anew, so that nothing is left of the file
// but what can be seen. It imports app, the standard library, and is the door
// to golang.org/x/image.
package picture

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // a format that is read
	"image/png"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // a format that is read

	"github.com/quillium/quillium/app"
)

const (
	// MaxBytes is how large a file may be.
	MaxBytes = 64 << 10
	// Side is how wide and how high a picture is at most when it is shown.
	Side = 256
	// most is how wide and how high it may be when it comes: a small file can
	// unfold to any size.
	most = 2048
)

// Clean reads a PNG, JPEG or WebP file and answers a PNG of at most Side by
// Side pixels. Anything else is invalid_input about this field, too many bytes
// too_large.
func Clean(field string, file []byte) ([]byte, error) {
	if len(file) > MaxBytes {
		return nil, &app.Error{
			Code: app.CodeTooLarge, Message: fmt.Sprintf("The picture is too large: at most %d KiB.", MaxBytes>>10),
			Details: []app.Detail{{Field: field, Message: fmt.Sprintf("at most %d KiB", MaxBytes>>10)}},
		}
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, app.Invalid(field, "a PNG, JPEG or WebP picture is expected")
	}
	if size.Width < 1 || size.Height < 1 || size.Width > most || size.Height > most {
		return nil, app.Invalid(field, "a picture of at most %d by %d pixels is expected", most, most)
	}
	seen, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, app.Invalid(field, "the picture is damaged")
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small(seen)); err != nil {
		return nil, fmt.Errorf("picture: write: %w", err)
	}
	return out.Bytes(), nil
}

// small is the picture within Side by Side, its proportions kept.
func small(seen image.Image) image.Image {
	bounds := seen.Bounds()
	width, height := bounds.Dx(), bounds.Dy()
	if longest := max(width, height); longest > Side {
		width, height = max(1, width*Side/longest), max(1, height*Side/longest)
	}
	to := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.CatmullRom.Scale(to, to.Bounds(), seen, bounds, draw.Src, nil)
	return to
}
