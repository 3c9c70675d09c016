package routes

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

func TestBodies(t *testing.T) {
	t.Parallel()
	key := []byte("a key of the server's own")
	keys := func(*jwt.Token) (any, error) { return key, nil }
	sign := func(with []byte, expires time.Time) string {
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"exp": expires.Unix()}).SignedString(with)
		require.NoError(t, err)
		return "Bearer " + token
	}
	good := sign(key, time.Now().Add(time.Hour))
	for _, row := range []struct {
		name          string
		authorization string
		length, want  int
	}{
		{"a stranger may send a little", "", strangersBody, 0},
		{"a stranger may not send more", "", strangersBody + 1, strangersBody},
		{"nor hide how much he sends", "", -1, strangersBody},
		{"a word is no token", "Bearer x", 1 << 20, strangersBody},
		{"a token that somebody else signed is none", sign([]byte("another key"), time.Now().Add(time.Hour)), 1 << 20, strangersBody},
		{"a person may send what the server takes now", good, 1 << 20, 7_000},
		{"in pieces too", good, -1, 7_000},
		{"a person whose token ran out is told so later", sign(key, time.Now().Add(-time.Hour)), 1 << 20, 7_000},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var header fasthttp.RequestHeader
			header.SetMethod("POST")
			header.SetContentLength(row.length)
			if row.authorization != "" {
				header.Set("Authorization", row.authorization)
			}
			require.Equal(t, row.want, bodies(keys, func() int { return 7_000 })(&header).MaxRequestBodySize)
		})
	}
	t.Run("while the server starts everybody is a stranger", func(t *testing.T) {
		t.Parallel()
		var header fasthttp.RequestHeader
		header.SetContentLength(1 << 20)
		header.Set("Authorization", good)
		require.Equal(t, strangersBody, bodies(nil, nil)(&header).MaxRequestBodySize)
	})
}
