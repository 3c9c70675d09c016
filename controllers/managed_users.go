package controllers

import (
	"context"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// ManagedUserService is what ManagedUserController asks.
type ManagedUserService interface {
	GetUsers(ctx context.Context, actor app.Actor, find auth.Find, page app.PageRequest) (app.Page[app.ManagedUser], error)
	GetUser(ctx context.Context, actor app.Actor, id app.UserID) (app.ManagedUser, error)
	CreateUser(ctx context.Context, actor app.Actor, with auth.NewUser) (app.ManagedUser, string, error)
	ChangeUser(ctx context.Context, actor app.Actor, id app.UserID, change auth.UserChange) (app.ManagedUser, error)
	DeleteUser(ctx context.Context, actor app.Actor, id app.UserID, erase bool) error
	MakeResetLink(ctx context.Context, actor app.Actor, id app.UserID, reason string) (string, error)
}

// ManagedUserController lets administrators work on accounts.
type ManagedUserController struct {
	users ManagedUserService
	// at is where a link leads: a path, and the token behind it.
	at func(path, token string) string
}

// NewManagedUserController makes a controller of this service; at makes the
// address of a link.
func NewManagedUserController(users ManagedUserService, at func(path, token string) string) *ManagedUserController {
	return &ManagedUserController{users, at}
}

// FindOf reads what accounts are looked for: q, role, status, sort, desc.
func FindOf(c *fiber.Ctx) (find auth.Find, err error) {
	if find.Query, err = queryText(c, "q", 800); err != nil {
		return find, err
	}
	find.Role, find.Status, find.Order = app.Role(c.Query("role")), app.UserStatus(c.Query("status")), auth.Order(c.Query("sort"))
	descending, err := queryBool(c, "desc")
	find.Descending = descending != nil && *descending
	return find, err
}

// List answers GET /admin/users.
func (m *ManagedUserController) List(c *fiber.Ctx) error {
	find, err := FindOf(c)
	if err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	list, err := m.users.GetUsers(c.UserContext(), actorOf(c), find, page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

// Get answers GET /admin/users/:id.
func (m *ManagedUserController) Get(c *fiber.Ctx) error {
	id, err := pathID[app.UserID](c, "id")
	if err != nil {
		return err
	}
	user, err := m.users.GetUser(c.UserContext(), actorOf(c), id)
	if err != nil {
		return err
	}
	return c.JSON(user)
}

type newUserBody struct {
	Email    string   `json:"email"`
	Name     string   `json:"name"`
	Role     app.Role `json:"role"`
	Password string   `json:"password"`
}

type madeUser struct {
	User app.ManagedUser `json:"user"`
	// ResetURL is where the person sets his password, where none was given.
	ResetURL *string `json:"reset_url"`
}

// Create answers POST /admin/users: 201 with the account.
func (m *ManagedUserController) Create(c *fiber.Ctx) error {
	var in newUserBody
	if err := decode(c, &in); err != nil {
		return err
	}
	if in.Role != "" && in.Role != app.RoleUser && in.Role != app.RoleAdmin {
		return app.Invalid("role", "user or admin is expected")
	}
	user, token, err := m.users.CreateUser(c.UserContext(), actorOf(c), in.account())
	if err != nil {
		return err
	}
	made := madeUser{User: user}
	if token != "" {
		url := m.at("/reset#", token)
		made.ResetURL = &url
	}
	return c.Status(http.StatusCreated).JSON(made)
}

func (b newUserBody) account() auth.NewUser {
	return auth.NewUser{Email: b.Email, Name: b.Name, Password: b.Password, Role: b.Role}
}

type userChangeBody struct {
	Name   *string         `json:"name"`
	Email  *string         `json:"email"`
	Role   *app.Role       `json:"role"`
	Status *app.UserStatus `json:"status"`
}

// Update answers PATCH /admin/users/:id.
func (m *ManagedUserController) Update(c *fiber.Ctx) error {
	id, err := pathID[app.UserID](c, "id")
	if err != nil {
		return err
	}
	var in userChangeBody
	if err := decode(c, &in); err != nil {
		return err
	}
	user, err := m.users.ChangeUser(c.UserContext(), actorOf(c), id, auth.UserChange(in))
	if err != nil {
		return err
	}
	return c.JSON(user)
}

type deletionBody struct {
	Messages *string `json:"messages"`
}

// Delete answers DELETE /admin/users/:id: 204.
func (m *ManagedUserController) Delete(c *fiber.Ctx) error {
	id, err := pathID[app.UserID](c, "id")
	if err != nil {
		return err
	}
	var in deletionBody
	if len(c.BodyRaw()) > 0 {
		if err := decode(c, &in); err != nil {
			return err
		}
	}
	erase, err := erases(in.Messages)
	if err != nil {
		return err
	}
	if err := m.users.DeleteUser(c.UserContext(), actorOf(c), id, erase); err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}

type reasonBody struct {
	Reason string `json:"reason"`
}

type linkBody struct {
	URL string `json:"url"`
}

// Reset answers POST /admin/users/:id/reset-link: 201 with the link.
func (m *ManagedUserController) Reset(c *fiber.Ctx) error {
	id, err := pathID[app.UserID](c, "id")
	if err != nil {
		return err
	}
	var in reasonBody
	if err := decode(c, &in); err != nil {
		return err
	}
	token, err := m.users.MakeResetLink(c.UserContext(), actorOf(c), id, in.Reason)
	if err != nil {
		return err
	}
	return c.Status(http.StatusCreated).JSON(linkBody{m.at("/reset#", token)})
}
