package admin

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// Users are the services about accounts; *auth.Service is one.
type Users interface {
	controllers.ManagedUserService
	GetUserWithSessions(ctx context.Context, actor app.Actor, id app.UserID, most int) (app.ManagedUser, []app.Session, error)
	CountUsers(ctx context.Context, actor app.Actor, find auth.Find) (auth.Tally, error)
}

const usersPath = "/admin/users"

// UsersController answers with the page about accounts, and takes its forms.
type UsersController struct {
	console *Console
	users   Users
	crowd   controllers.CrowdService
	// at makes the address of a link.
	at func(path, token string) string
}

// NewUsersController makes one; at makes the address of a link.
func NewUsersController(console *Console, users Users, crowd controllers.CrowdService, at func(path, token string) string) *UsersController {
	return &UsersController{console, users, crowd, at}
}

// Page shows accounts; ?id= opens a panel.
func (u *UsersController) Page(c *fiber.Ctx) error {
	page, err := u.build(c, c.OriginalURL())
	if err != nil {
		return err
	}
	return u.console.Render(c, views.AdminUsers(page))
}

// build is the page as an address of it asks, which may be that a form was on.
func (u *UsersController) build(c *fiber.Ctx, address string) (views.Users, error) {
	asked := queryOf(address)
	page := views.Users{
		Frame: u.console.Frame(c, "Users", "users"), Query: asked.Get("q"), Role: asked.Get("role"), Status: asked.Get("status"),
		Sort: asked.Get("sort"), Descending: asked.Get("desc") == "true", Paged: asked.Get("cursor") != "", At: addresses(usersPath, asked),
	}
	find := auth.Find{
		Query: page.Query, Role: app.Role(page.Role), Status: app.UserStatus(page.Status), Order: auth.Order(page.Sort), Descending: page.Descending,
	}
	actor := controllers.ActorOf(c)
	list, err := u.users.GetUsers(c.UserContext(), actor, find, app.PageRequest{Limit: 50, Cursor: asked.Get("cursor")})
	if err != nil {
		return page, err
	}
	count, err := u.users.CountUsers(c.UserContext(), actor, find)
	if err != nil {
		return page, err
	}
	page.List, page.Total = list.Data, totalOf(count)
	if list.Pagination.Next != nil {
		page.Next = page.At("cursor", *list.Pagination.Next, "id", "")
	}
	if id := asked.Get("id"); id != "" {
		page.Panel, err = u.panel(c, id)
	}
	return page, err
}

// mostDevices are shown of an account.
const mostDevices = 10

func (u *UsersController) panel(c *fiber.Ctx, text string) (*views.UserPanel, error) {
	id, err := app.ParseID[app.UserID](text)
	if err != nil {
		return nil, err
	}
	actor := controllers.ActorOf(c)
	user, sessions, err := u.users.GetUserWithSessions(c.UserContext(), actor, id, mostDevices)
	if err != nil {
		return nil, err
	}
	return &views.UserPanel{
		User: user, Name: user.Name, Email: user.Email, Sessions: sessions, More: user.Sessions > len(sessions), Me: id == actor.UserID,
	}, nil
}

func totalOf(count auth.Tally) string {
	switch {
	case count.Exact && count.Count == 1:
		return "1 account"
	case count.Exact:
		return views.Grouped(count.Count) + " accounts"
	case count.Count == 1000:
		return "More than 1\u202f000 accounts"
	}
	return "About " + views.Grouped(count.Count) + " accounts"
}

// queryOf is what an address asks for.
func queryOf(address string) url.Values {
	_, query, _ := strings.Cut(address, "?")
	values, err := url.ParseQuery(strings.ToValidUTF8(query, ""))
	if err != nil {
		return url.Values{}
	}
	values.Del("done")
	return values
}

// addresses makes addresses of a page that keep what is asked for; pairs
// change that or, empty, leave it out.
func addresses(path string, asked url.Values) func(pairs ...string) string {
	return func(pairs ...string) string {
		values := url.Values{}
		for name := range asked {
			values.Set(name, asked.Get(name))
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i+1] == "" {
				values.Del(pairs[i])
			} else {
				values.Set(pairs[i], pairs[i+1])
			}
		}
		if len(values) == 0 {
			return path
		}
		return path + "?" + values.Encode()
	}
}

// backTo is where a form leads back to: a page of this part of the console.
func backTo(c *fiber.Ctx, path string) string {
	if back := Value(c, "back"); back == path || strings.HasPrefix(back, path+"?") {
		return back
	}
	return path
}

// change does what a form of an account's panel asks, and leads back.
func (u *UsersController) change(c *fiber.Ctx, did string, work func(ctx context.Context, actor app.Actor, id app.UserID) error, typed func(*views.UserPanel)) error {
	id, err := app.ParseID[app.UserID](c.Params("id"))
	if err != nil {
		return err
	}
	if err = work(c.UserContext(), controllers.ActorOf(c), id); err == nil {
		return u.console.Done(c, backTo(c, usersPath), did)
	}
	refusal, is := u.console.Refusal(err)
	if !is {
		return err
	}
	page, problem := u.build(c, addresses(usersPath, queryOf(backTo(c, usersPath)))("id", string(id)))
	if problem != nil {
		return problem
	}
	page.Refusal = refusal
	if typed != nil {
		typed(page.Panel)
	}
	return u.console.Answer(c, refusal.Status, views.AdminUsers(page))
}

// Edit takes name and address.
func (u *UsersController) Edit(c *fiber.Ctx) error {
	name, email := Value(c, "name"), Value(c, "email")
	return u.change(c, "user.changed", func(ctx context.Context, actor app.Actor, id app.UserID) error {
		wantedName, wantedEmail := name, email
		_, err := u.users.ChangeUser(ctx, actor, id, auth.UserChange{Name: &wantedName, Email: &wantedEmail})
		return err
	}, func(p *views.UserPanel) { p.Name, p.Email = name, email })
}

// Role makes somebody administrator, or ordinary.
func (u *UsersController) Role(c *fiber.Ctx) error {
	role := app.Role(Value(c, "role"))
	return u.change(c, "user.role."+string(role), func(ctx context.Context, actor app.Actor, id app.UserID) error {
		_, err := u.users.ChangeUser(ctx, actor, id, auth.UserChange{Role: &role})
		return err
	}, nil)
}

// Status disables somebody, or enables him again.
func (u *UsersController) Status(c *fiber.Ctx) error {
	status := app.UserStatus(Value(c, "status"))
	return u.change(c, "user.status."+string(status), func(ctx context.Context, actor app.Actor, id app.UserID) error {
		_, err := u.users.ChangeUser(ctx, actor, id, auth.UserChange{Status: &status})
		return err
	}, nil)
}

// SignOut ends all sessions of somebody.
func (u *UsersController) SignOut(c *fiber.Ctx) error {
	return u.change(c, "user.signed_out", u.crowd.EndSessionsOf, nil)
}

// EndSession ends one.
func (u *UsersController) EndSession(c *fiber.Ctx) error {
	session, err := app.ParseID[app.SessionID](c.Params("session_id"))
	if err != nil {
		return err
	}
	return u.change(c, "session.ended", func(ctx context.Context, actor app.Actor, id app.UserID) error {
		return u.crowd.EndSessionOf(ctx, actor, id, session)
	}, nil)
}

// ResetLink makes a link for a new password and shows it, once.
func (u *UsersController) ResetLink(c *fiber.Ctx) error {
	token := ""
	err := u.change(c, "", func(ctx context.Context, actor app.Actor, id app.UserID) (err error) {
		token, err = u.users.MakeResetLink(ctx, actor, id, Value(c, "reason"))
		return err
	}, nil)
	if err != nil || token == "" {
		return err
	}
	page, err := u.build(c, addresses(usersPath, queryOf(backTo(c, usersPath)))("id", c.Params("id")))
	if err != nil {
		return err
	}
	page.Panel.ResetURL = u.at("/reset#", token)
	c.Response().Header.Del(fiber.HeaderLocation)
	return u.console.Answer(c, http.StatusOK, views.AdminUsers(page))
}
