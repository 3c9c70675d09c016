package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestAccessTokens(t *testing.T) {
	t.Parallel()
	key, old := []byte("the present key"), []byte("the key before it")
	signer := NewSigner(key, old)
	user, session := app.NewID[app.UserID](), app.NewID[app.SessionID]()
	good := func() jwt.MapClaims {
		now := time.Now().Unix()
		return jwt.MapClaims{"sub": user, "sid": session, "typ": "access", "iss": "quillium", "iat": now, "exp": now + 60}
	}
	signed := func(t *testing.T, method jwt.SigningMethod, claims jwt.Claims, key any) string {
		t.Helper()
		token, err := jwt.NewWithClaims(method, claims).SignedString(key)
		require.NoError(t, err)
		return token
	}
	t.Run("what is signed here is read here", func(t *testing.T) {
		t.Parallel()
		token, err := signer.Sign(user, session, time.Now(), time.Minute)
		require.NoError(t, err)
		claims, err := signer.Parse(token)
		require.NoError(t, err)
		require.Equal(t, user, claims.UserID())
		require.Equal(t, session, claims.SessionID)
	})
	t.Run("the key before the present one is still good, any other is not", func(t *testing.T) {
		t.Parallel()
		_, err := signer.Parse(signed(t, jwt.SigningMethodHS256, good(), old))
		require.NoError(t, err)
		_, err = NewSigner(key, nil).Parse(signed(t, jwt.SigningMethodHS256, good(), old))
		require.ErrorIs(t, err, app.ErrUnauthorized)
	})
	t.Run("only HS256 is taken", func(t *testing.T) {
		t.Parallel()
		_, err := signer.Parse(signed(t, jwt.SigningMethodHS512, good(), key))
		require.ErrorIs(t, err, app.ErrUnauthorized)
		_, err = signer.Parse(signed(t, jwt.SigningMethodNone, good(), jwt.UnsafeAllowNoneSignatureType))
		require.ErrorIs(t, err, app.ErrUnauthorized)
	})
	for _, lacking := range []string{"sub", "sid", "typ", "iss", "iat", "exp"} {
		t.Run("a token without "+lacking+" is refused", func(t *testing.T) {
			t.Parallel()
			claims := good()
			delete(claims, lacking)
			_, err := signer.Parse(signed(t, jwt.SigningMethodHS256, claims, key))
			require.ErrorIs(t, err, app.ErrUnauthorized)
		})
	}
	for name, value := range map[string]any{"sub": "x", "sid": "x", "typ": "refresh", "iss": "other", "exp": time.Now().Unix() - 1, "nbf": time.Now().Add(time.Hour).Unix()} {
		t.Run("a token with a wrong "+name+" is refused", func(t *testing.T) {
			t.Parallel()
			claims := good()
			claims[name] = value
			_, err := signer.Parse(signed(t, jwt.SigningMethodHS256, claims, key))
			require.ErrorIs(t, err, app.ErrUnauthorized)
		})
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	t.Run("a secret has 256 random bits", func(t *testing.T) {
		t.Parallel()
		secret := newSecret()
		require.True(t, isSecret(secret))
		require.NotEqual(t, secret, newSecret())
		bits, err := base64.RawURLEncoding.DecodeString(secret)
		require.NoError(t, err)
		require.Len(t, bits, 32)
	})
	t.Run("what is kept is its SHA-256", func(t *testing.T) {
		t.Parallel()
		sum := sha256.Sum256([]byte("x"))
		require.Equal(t, sum[:], hashOf("x"))
	})
	t.Run("a successor follows from key and token alone", func(t *testing.T) {
		t.Parallel()
		first := newSecret()
		next := successor([]byte("k"), first)
		require.True(t, isSecret(next))
		require.Equal(t, next, successor([]byte("k"), first))
		require.NotEqual(t, next, successor([]byte("l"), first))
		require.NotEqual(t, next, successor([]byte("k"), next))
	})
}

func TestDeviceOf(t *testing.T) {
	t.Parallel()
	for agent, device := range map[string]string{
		"":           "Unknown device",
		"curl/8.5.0": "curl",
		"\xff\x00":   "Unknown device",
		"PostmanRuntime-with-a-name-that-does-not-end-at-all":                                                                           "PostmanRuntime-with-a-name-that-does-not",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0": "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1":     "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36":                  "Chrome on Android",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Gecko/20100101 Firefox/140.0":                                                     "Firefox on macOS",
		"Firefox/1": "Firefox",
	} {
		t.Run(fmt.Sprintf("%.40q", agent), func(t *testing.T) {
			t.Parallel()
			require.Equal(t, device, deviceOf(agent))
		})
	}
}

func TestPresenceIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := newPresence(nil, func() time.Time { return now })
	for i := range presenceMost {
		p.known[app.SessionID(fmt.Sprint(i))] = seen{until: now.Add(time.Duration(i%2) * time.Second)}
	}
	p.makeRoom(now)
	require.Len(t, p.known, presenceMost/2, "what is stale goes first")
	for i := range presenceMost {
		p.known[app.SessionID(fmt.Sprint(i))] = seen{until: now.Add(time.Second)}
	}
	p.makeRoom(now)
	require.Empty(t, p.known)
}
