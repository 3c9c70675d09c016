package controllers

import (
	"context"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// UserService is what a person does with his own account; *auth.Service is
// one.
type UserService interface {
	GetMe(ctx context.Context, actor app.Actor) (app.User, error)
	UpdateMe(ctx context.Context, actor app.Actor, name *string) (app.User, error)
	DeleteMe(ctx context.Context, actor app.Actor, farewell auth.Farewell) error
}

// UserController answers /users/me.
type UserController struct{ users UserService }

// NewUserController makes one.
func NewUserController(users UserService) *UserController { return &UserController{users: users} }

// Me is the caller: 200.
func (u *UserController) Me(c *fiber.Ctx) error {
	user, err := u.users.GetMe(c.UserContext(), actorOf(c))
	if err != nil {
		return err
	}
	return c.JSON(user)
}

type userPatch struct {
	Name *string `json:"name"`
}

// UpdateMe changes the caller's name: 200 with the user.
func (u *UserController) UpdateMe(c *fiber.Ctx) error {
	var in userPatch
	if err := decode(c, &in); err != nil {
		return err
	}
	user, err := u.users.UpdateMe(c.UserContext(), actorOf(c), in.Name)
	if err != nil {
		return err
	}
	return c.JSON(user)
}

type farewell struct {
	Password string  `json:"password"`
	Messages *string `json:"messages"`
}

// DeleteMe deletes the caller's account: 204.
func (u *UserController) DeleteMe(c *fiber.Ctx) error {
	var in farewell
	if err := decode(c, &in); err != nil {
		return err
	}
	erase, err := erases(in.Messages)
	if err != nil {
		return err
	}
	err = u.users.DeleteMe(c.UserContext(), actorOf(c), auth.Farewell{Password: in.Password, EraseMessages: erase})
	if err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}
