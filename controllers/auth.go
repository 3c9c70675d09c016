package controllers

import (
	"context"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// AuthService is what signing in and out calls; *auth.Service is one.
type AuthService interface {
	Register(ctx context.Context, actor app.Actor, with auth.Registration) (auth.Tokens, error)
	LogIn(ctx context.Context, actor app.Actor, with auth.Credentials) (auth.Tokens, error)
	Refresh(ctx context.Context, actor app.Actor, presented auth.Presented) (auth.Tokens, error)
	LogOut(ctx context.Context, actor app.Actor, presented auth.Presented) error
}

// PasswordService is what changes passwords and makes the first
// administrator; *auth.Service is one.
type PasswordService interface {
	Setup(ctx context.Context, actor app.Actor, setupToken string) (app.User, error)
	ChangePassword(ctx context.Context, actor app.Actor, current, replacement string) error
	ResetPassword(ctx context.Context, actor app.Actor, token, replacement string) error
	Confirm(ctx context.Context, actor app.Actor, password string) (app.Actor, error)
}

// AuthController answers /auth but for its sessions.
type AuthController struct {
	auth      AuthService
	passwords PasswordService
	cookies   Cookies
}

// NewAuthController makes one; cookies says how they are set.
func NewAuthController(service AuthService, passwords PasswordService, cookies Cookies) *AuthController {
	return &AuthController{auth: service, passwords: passwords, cookies: cookies}
}

type registration struct {
	Email      string  `json:"email"`
	Password   string  `json:"password"`
	Name       string  `json:"name"`
	SetupToken *string `json:"setup_token"`
	Invite     *string `json:"invite"`
}

// Register makes an account and signs it in: 201 with tokens.
func (a *AuthController) Register(c *fiber.Ctx) error {
	var in registration
	wanted, err := a.cookies.wanted(c)
	if err != nil {
		return err
	}
	if err := decode(c, &in); err != nil {
		return err
	}
	tokens, err := a.auth.Register(c.UserContext(), actorOf(c), auth.Registration(in))
	if err != nil {
		return err
	}
	return a.answer(c, http.StatusCreated, tokens, wanted)
}

type credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// LogIn begins a session: 200 with tokens.
func (a *AuthController) LogIn(c *fiber.Ctx) error {
	var in credentials
	wanted, err := a.cookies.wanted(c)
	if err != nil {
		return err
	}
	if err := decode(c, &in); err != nil {
		return err
	}
	tokens, err := a.auth.LogIn(c.UserContext(), actorOf(c), auth.Credentials(in))
	if err != nil {
		return err
	}
	return a.answer(c, http.StatusOK, tokens, wanted)
}

// Refresh changes a refresh token for new tokens: 200. What came in a cookie
// leaves in one, asked for or not.
func (a *AuthController) Refresh(c *fiber.Ctx) error {
	wanted, err := a.cookies.wanted(c)
	if err != nil {
		return err
	}
	presented, err := a.presented(c)
	if err != nil {
		return err
	}
	tokens, err := a.auth.Refresh(c.UserContext(), actorOf(c), presented)
	if err != nil {
		return err
	}
	return a.answer(c, http.StatusOK, tokens, wanted || presented.ByCookie)
}

// LogOut ends the session of a refresh token, or the caller's own, and takes
// the cookie away: 204.
func (a *AuthController) LogOut(c *fiber.Ctx) error {
	presented, err := a.presented(c)
	if err != nil {
		return err
	}
	if err := a.auth.LogOut(c.UserContext(), actorOf(c), presented); err != nil {
		return err
	}
	a.cookies.Clear(c)
	return c.SendStatus(http.StatusNoContent)
}

type refreshInput struct {
	RefreshToken *string `json:"refresh_token"`
}

// presented is the refresh token of the body or, where it has none, of the
// cookie. There may be no body at all.
func (a *AuthController) presented(c *fiber.Ctx) (auth.Presented, error) {
	var in refreshInput
	if len(c.BodyRaw()) > 0 {
		if err := decode(c, &in); err != nil {
			return auth.Presented{}, err
		}
	}
	if in.RefreshToken != nil {
		return auth.Presented{Token: *in.RefreshToken}, nil
	}
	return auth.Presented{Token: a.cookies.Read(c), ByCookie: true}, nil
}

// answer gives tokens; with a cookie no body holds the refresh token.
func (a *AuthController) answer(c *fiber.Ctx, status int, tokens auth.Tokens, byCookie bool) error {
	if byCookie {
		a.cookies.Set(c, tokens)
		tokens.RefreshToken = ""
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(status).JSON(tokens)
}

type setupInput struct {
	SetupToken string `json:"setup_token"`
}

// Setup makes the caller the first administrator: 200 with the user.
func (a *AuthController) Setup(c *fiber.Ctx) error {
	var in setupInput
	if err := decode(c, &in); err != nil {
		return err
	}
	user, err := a.passwords.Setup(c.UserContext(), actorOf(c), in.SetupToken)
	if err != nil {
		return err
	}
	return c.JSON(user)
}

type passwordInput struct {
	CurrentPassword string `json:"current_password"`
	NewPassword     string `json:"new_password"`
}

// Password changes the caller's password: 204.
func (a *AuthController) Password(c *fiber.Ctx) error {
	var in passwordInput
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := a.passwords.ChangePassword(c.UserContext(), actorOf(c), in.CurrentPassword, in.NewPassword); err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}

type confirmInput struct {
	Password string `json:"password"`
}

// Confirm notes that the caller proved his password just now: 204.
func (a *AuthController) Confirm(c *fiber.Ctx) error {
	var in confirmInput
	if err := decode(c, &in); err != nil {
		return err
	}
	if _, err := a.passwords.Confirm(c.UserContext(), actorOf(c), in.Password); err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}

type resetInput struct {
	Token       string `json:"token"`
	NewPassword string `json:"new_password"`
}

// Reset gives the account of a reset link a new password: 204.
func (a *AuthController) Reset(c *fiber.Ctx) error {
	var in resetInput
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := a.passwords.ResetPassword(c.UserContext(), actorOf(c), in.Token, in.NewPassword); err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}
