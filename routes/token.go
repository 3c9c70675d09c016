package routes

import (
	"context"
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

// signedIn lets only those through whose access token is good, and says who
// they are. A good signature is not enough: the session must be alive and the
// account active.
func signedIn(keys jwt.Keyfunc, sessions Sessions) fiber.Handler {
	const key = "quillium.token"
	return jwtware.New(jwtware.Config{
		KeyFunc:      keys, // refuses every algorithm but HS256
		Claims:       &auth.Claims{},
		ContextKey:   key,
		TokenLookup:  "header:" + fiber.HeaderAuthorization,
		AuthScheme:   "Bearer",
		ErrorHandler: func(*fiber.Ctx, error) error { return app.ErrUnauthorized },
		SuccessHandler: func(c *fiber.Ctx) error {
			token, _ := c.Locals(key).(*jwt.Token)
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
			return c.Next()
		},
	})
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
