package auth

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/quillium/quillium/app"
)

const (
	issuer     = "quillium"
	typeAccess = "access"
)

// Claims is what an access token says (RFC 7519): sub is the user's id, sid
// the session's, typ is "access", and iss, iat and exp are there too. The
// middleware that parses tokens makes a new one of these for each.
type Claims struct {
	SessionID app.SessionID `json:"sid"`
	Type      string        `json:"typ"`
	jwt.RegisteredClaims
}

// Validate refuses claims that lack anything; golang-jwt calls it after the
// signature and the times have been checked.
func (c *Claims) Validate() error {
	switch {
	case c.Type != typeAccess:
		return errors.New("typ is not access")
	case c.Issuer != issuer:
		return errors.New("iss is not ours")
	case c.ExpiresAt == nil || c.IssuedAt == nil:
		return errors.New("exp or iat is missing")
	}
	if _, err := app.ParseID[app.UserID](c.Subject); err != nil {
		return errors.New("sub is not an id")
	}
	if _, err := app.ParseID[app.SessionID](string(c.SessionID)); err != nil {
		return errors.New("sid is not an id")
	}
	return nil
}

// UserID is who the token was made for.
func (c *Claims) UserID() app.UserID { return app.UserID(c.Subject) }

// Signer signs access tokens with the present key and takes those of the one
// before, too, so that a secret can be changed without signing everybody out.
type Signer struct {
	key  []byte
	keys jwt.VerificationKeySet
}

// NewSigner takes the present key and, or nil, the one before it.
func NewSigner(present, previous []byte) *Signer {
	s := &Signer{key: present, keys: jwt.VerificationKeySet{Keys: []jwt.VerificationKey{present}}}
	if len(previous) > 0 {
		s.keys.Keys = append(s.keys.Keys, previous)
	}
	return s
}

// Sign makes an access token that is good for a while.
func (s *Signer) Sign(user app.UserID, session app.SessionID, now time.Time, lasts time.Duration) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, &Claims{
		SessionID: session,
		Type:      typeAccess,
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: string(user), Issuer: issuer,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(lasts)),
		},
	})
	signed, err := token.SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("auth: sign: %w", err)
	}
	return signed, nil
}

// KeyFunc hands a parser the keys a token may be signed with. Any algorithm
// but HS256, "none" among them, is refused here.
func (s *Signer) KeyFunc(token *jwt.Token) (any, error) {
	if token.Method != jwt.SigningMethodHS256 {
		return nil, errors.New("auth: the token is not signed with HS256")
	}
	return s.keys, nil
}

// Parse reads an access token where no middleware has; whatever is wrong with
// it is unauthorized.
func (s *Signer) Parse(token string) (*Claims, error) {
	var claims Claims
	if _, err := jwt.ParseWithClaims(token, &claims, s.KeyFunc); err != nil {
		return nil, errSignIn()
	}
	return &claims, nil
}
