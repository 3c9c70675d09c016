package routes

import (
	"context"
	"errors"
	"strings"

	jwtware "github.com/gofiber/contrib/jwt"
	"github.com/gofiber/fiber/v2"
	"github.com/golang-jwt/jwt/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/controllers"
)

// Sessions tells who a token with a good signature belongs to; a session that
// ended or a disabled account is unauthorized.
type Sessions interface {
	Authenticate(ctx context.Context, claims *auth.Claims) (app.Actor, error)
}

// tokenKey is where contrib/jwt leaves the token for identify.
const tokenKey = "quillium.token"

// signedIn lets only those through whose access token is good, and says who
// they are. A good signature is not enough: the session must be alive and the
// account active.
func signedIn(keys jwt.Keyfunc, sessions Sessions) fiber.Handler {
	return bearer(keys,
		func(*fiber.Ctx, error) error { return app.ErrUnauthorized },
		func(c *fiber.Ctx) error {
			if err := identify(c, sessions); err != nil {
				return err
			}
			return c.Next()
		})
}

// recognised says who somebody is where the token is good, and lets strangers
// through as such: for calls that something else may prove.
func recognised(keys jwt.Keyfunc, sessions Sessions) fiber.Handler {
	return bearer(keys,
		func(c *fiber.Ctx, _ error) error { return c.Next() },
		func(c *fiber.Ctx) error {
			if err := identify(c, sessions); err != nil && !errors.Is(err, app.ErrUnauthorized) {
				return err
			}
			return c.Next()
		})
}

func bearer(keys jwt.Keyfunc, bad fiber.ErrorHandler, good fiber.Handler) fiber.Handler {
	return jwtware.New(jwtware.Config{
		KeyFunc:        keys, // refuses every algorithm but HS256
		Claims:         &auth.Claims{},
		ContextKey:     tokenKey,
		TokenLookup:    "header:" + fiber.HeaderAuthorization,
		AuthScheme:     "Bearer",
		ErrorHandler:   bad,
		SuccessHandler: good,
	})
}

func identify(c *fiber.Ctx, sessions Sessions) error {
	token, _ := c.Locals(tokenKey).(*jwt.Token)
	claims, ok := token.Claims.(*auth.Claims)
	if !ok {
		return app.ErrUnauthorized
	}
	actor, err := sessions.Authenticate(c.UserContext(), claims)
	if err != nil {
		return err
	}
	stranger := controllers.ActorOf(c)
	actor.IP, actor.UserAgent, actor.RequestID = stranger.IP, stranger.UserAgent, stranger.RequestID
	controllers.SetActor(c, actor)
	return nil
}

// administrators lets only administrators through, behind signedIn.
func administrators(c *fiber.Ctx) error {
	if controllers.ActorOf(c).Role != app.RoleAdmin {
		return app.ErrForbidden
	}
	return c.Next()
}

// bearerProtocol is how a browser, which cannot set headers of a socket, hands
// in its access token.
const bearerProtocol = "bearer."

// liftToken puts the token of a socket's subprotocols where every other
// request has it. A header that is there wins.
func liftToken(c *fiber.Ctx) error {
	if c.Get(fiber.HeaderAuthorization) != "" {
		return c.Next()
	}
	for protocol := range strings.SplitSeq(c.Get(fiber.HeaderSecWebSocketProtocol), ",") {
		if token, is := strings.CutPrefix(strings.TrimSpace(protocol), bearerProtocol); is {
			c.Request().Header.Set(fiber.HeaderAuthorization, "Bearer "+token)
			break
		}
	}
	return c.Next()
}
