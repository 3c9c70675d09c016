package settings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/picture"
)

// LogoRepository keeps the picture that is the logo, a PNG, under its hash.
type LogoRepository interface {
	Get(ctx context.Context, hash string) ([]byte, error)
	// Put keeps this one in place of any other.
	Put(ctx context.Context, hash string, png []byte) error
}

// shown is the logo that was asked for last.
type shown struct {
	hash string
	png  []byte
}

// SetLogo makes a PNG, JPEG or WebP picture of at most 64 KiB the logo; see
// picture.Clean for what is refused. Set takes it away.
func (r *Registry) SetLogo(ctx context.Context, actor app.Actor, file []byte) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	png, err := picture.Clean(string(Logo), file)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(png)
	hash := hex.EncodeToString(sum[:16])
	return r.change(ctx, actor, map[Name]any{Logo: hash}, func(ctx context.Context) error {
		return r.Logos.Put(ctx, hash, png)
	})
}

// GetLogo is the picture with this hash, a PNG, where it is the logo; else it
// is not_found. Anybody may see it.
func (r *Registry) GetLogo(ctx context.Context, hash string) ([]byte, error) {
	if hash == "" || hash != r.Text(Logo) {
		return nil, app.ErrNotFound
	}
	if last := r.shown.Load(); last != nil && last.hash == hash {
		return last.png, nil
	}
	png, err := r.Logos.Get(ctx, hash)
	if err != nil {
		return nil, err
	}
	r.shown.Store(&shown{hash, png})
	return png, nil
}
