package admin

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// New is the page on which an account is made.
func (u *UsersController) New(c *fiber.Ctx) error {
	return u.console.Render(c, views.AdminNewUser(views.NewUserForm{Frame: u.console.Frame(c, "New user", "users")}))
}

// Create makes an account, and shows the link with which its password is set,
// once.
func (u *UsersController) Create(c *fiber.Ctx) error {
	form := views.NewUserForm{Frame: u.console.Frame(c, "New user", "users"), Name: Value(c, "name"), Email: Value(c, "email"), Admin: Checked(c, "admin")}
	with := auth.NewUser{Name: form.Name, Email: form.Email, Password: Value(c, "password"), Role: app.RoleUser}
	if form.Admin {
		with.Role = app.RoleAdmin
	}
	made, token, err := u.users.CreateUser(c.UserContext(), controllers.ActorOf(c), with)
	if err != nil {
		return u.console.Refused(c, err, func(refusal views.Refusal) templ.Component {
			form.Refusal = refusal
			return views.AdminNewUser(form)
		})
	}
	form.Made = &made
	if token != "" {
		form.URL = u.at("/reset#", token)
	}
	return u.console.Answer(c, http.StatusCreated, views.AdminNewUser(form))
}

// AskExport asks why accounts are taken away.
func (u *UsersController) AskExport(c *fiber.Ctx) error {
	return u.console.Render(c, views.AdminExport(u.console.Frame(c, "Export users", "users"), views.Refusal{}))
}

// Export sends all accounts as CSV.
func (u *UsersController) Export(c *fiber.Ctx) error {
	export, err := u.crowd.ExportUsers(c.UserContext(), controllers.ActorOf(c), auth.Find{}, Value(c, "reason"))
	if err != nil {
		return u.console.Refused(c, err, func(refusal views.Refusal) templ.Component {
			return views.AdminExport(u.console.Frame(c, "Export users", "users"), refusal)
		})
	}
	return controllers.SendUsers(c, export)
}

const invitesPath = "/admin/invites"

// InvitesController answers with the page about links that let people make an
// account.
type InvitesController struct {
	console *Console
	invites controllers.SignupInviteService
	at      func(path, token string) string
}

// NewInvitesController makes one; at makes the address of a link.
func NewInvitesController(console *Console, invites controllers.SignupInviteService, at func(path, token string) string) *InvitesController {
	return &InvitesController{console, invites, at}
}

// Page lists links, and makes them.
func (i *InvitesController) Page(c *fiber.Ctx) error {
	return i.show(c, http.StatusOK, views.SignupInvites{Uses: "1", Days: "7"})
}

func (i *InvitesController) show(c *fiber.Ctx, status int, page views.SignupInvites) error {
	page.Frame = i.console.Frame(c, "Invite by link", "users")
	list, err := i.invites.GetSignupInvites(c.UserContext(), controllers.ActorOf(c), app.PageRequest{Limit: 50, Cursor: c.Query("cursor")})
	if err != nil {
		return err
	}
	page.List, page.Next = list.Data, nextPage(c, list.Pagination.Next)
	if c.Method() == fiber.MethodPost {
		return i.console.Answer(c, status, views.AdminInvites(page))
	}
	return controllers.Render(c, status, views.AdminInvites(page))
}

// Create makes a link and shows it, once.
func (i *InvitesController) Create(c *fiber.Ctx) error {
	page := views.SignupInvites{Uses: Value(c, "max_uses"), Days: Value(c, "days")}
	uses, _ := strconv.Atoi(page.Uses) // what is no number is refused as 0 is
	days, _ := strconv.ParseInt(page.Days, 10, 16)
	seconds := days * 24 * 60 * 60
	invite, token, err := i.invites.CreateSignupInvite(c.UserContext(), controllers.ActorOf(c), auth.NewSignupInvite{ExpiresIn: &seconds, MaxUses: &uses})
	if err != nil {
		refusal, is := i.console.Refusal(err)
		if !is {
			return err
		}
		if refusal.Fields["expires_in"] != "" {
			refusal.Fields["expires_in"] = "1 to 30 days are expected"
		}
		page.Refusal = refusal
		return i.show(c, refusal.Status, page)
	}
	invite.URL = i.at("/sign-up#", token)
	page.Made = &invite
	return i.show(c, http.StatusCreated, page)
}

// Delete takes a link back.
func (i *InvitesController) Delete(c *fiber.Ctx) error {
	id, err := app.ParseID[app.InviteID](c.Params("id"))
	if err != nil {
		return err
	}
	if err := i.invites.DeleteSignupInvite(c.UserContext(), controllers.ActorOf(c), id); err != nil {
		return err
	}
	return i.console.Done(c, invitesPath, "invite.deleted")
}
