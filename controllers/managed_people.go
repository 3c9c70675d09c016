package controllers

import (
	"bufio"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// CrowdService is what CrowdController asks.
type CrowdService interface {
	GetSessionsOf(ctx context.Context, actor app.Actor, user app.UserID, page app.PageRequest) (app.Page[app.Session], error)
	EndSessionOf(ctx context.Context, actor app.Actor, user app.UserID, id app.SessionID) error
	EndSessionsOf(ctx context.Context, actor app.Actor, user app.UserID) error
	DoToUsers(ctx context.Context, actor app.Actor, ids []app.UserID, deed auth.Deed, erase bool) ([]auth.Outcome, error)
	ExportUsers(ctx context.Context, actor app.Actor, find auth.Find, reason string) (auth.Export, error)
}

// SignupInviteService is what CrowdController asks about links that let people
// make an account.
type SignupInviteService interface {
	CreateSignupInvite(ctx context.Context, actor app.Actor, input auth.NewSignupInvite) (app.SignupInvite, string, error)
	GetSignupInvites(ctx context.Context, actor app.Actor, page app.PageRequest) (app.Page[app.SignupInvite], error)
	DeleteSignupInvite(ctx context.Context, actor app.Actor, id app.InviteID) error
}

// CrowdController lets administrators work on sessions, on many accounts at
// once, and on links that let people make one.
type CrowdController struct {
	people  CrowdService
	invites SignupInviteService
	at      func(path, token string) string
}

// NewCrowdController makes a controller of these services; at makes the
// address of a link.
func NewCrowdController(people CrowdService, invites SignupInviteService, at func(path, token string) string) *CrowdController {
	return &CrowdController{people, invites, at}
}

// Sessions answers GET /admin/users/:id/sessions.
func (m *CrowdController) Sessions(c *fiber.Ctx) error {
	id, err := pathID[app.UserID](c, "id")
	if err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	list, err := m.people.GetSessionsOf(c.UserContext(), actorOf(c), id, page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

// EndSession answers DELETE /admin/users/:id/sessions/:session_id: 204.
func (m *CrowdController) EndSession(c *fiber.Ctx) error {
	id, err := pathID[app.UserID](c, "id")
	if err != nil {
		return err
	}
	session, err := pathID[app.SessionID](c, "session_id")
	if err != nil {
		return err
	}
	if err := m.people.EndSessionOf(c.UserContext(), actorOf(c), id, session); err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}

// EndSessions answers DELETE /admin/users/:id/sessions: 204.
func (m *CrowdController) EndSessions(c *fiber.Ctx) error {
	id, err := pathID[app.UserID](c, "id")
	if err != nil {
		return err
	}
	if err := m.people.EndSessionsOf(c.UserContext(), actorOf(c), id); err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}

type deedBody struct {
	IDs      []string  `json:"ids"`
	Action   auth.Deed `json:"action"`
	Messages *string   `json:"messages"`
}

type outcomeBody struct {
	ID    app.UserID `json:"id"`
	Error *app.Error `json:"error"`
}

// Do answers POST /admin/users/actions: 200 with what became of each.
func (m *CrowdController) Do(c *fiber.Ctx) error {
	var in deedBody
	if err := decode(c, &in); err != nil {
		return err
	}
	erase, err := erases(in.Messages)
	if err != nil {
		return err
	}
	ids := make([]app.UserID, len(in.IDs))
	for i, text := range in.IDs {
		if ids[i], err = app.ParseID[app.UserID](text); err != nil {
			return app.Invalid("ids", "ids of accounts are expected")
		}
	}
	outcomes, err := m.people.DoToUsers(c.UserContext(), actorOf(c), ids, in.Action, erase)
	if err != nil {
		return err
	}
	page := app.Page[outcomeBody]{Data: make([]outcomeBody, len(outcomes)), Pagination: app.Pagination{Limit: auth.MostAtOnce}}
	for i, o := range outcomes {
		page.Data[i] = outcomeBody{o.ID, o.Problem}
	}
	return c.JSON(page)
}

// erases reads what becomes of the messages of who is deleted: keep, which is
// the default, or erase.
func erases(messages *string) (bool, error) {
	switch {
	case messages == nil || *messages == "keep":
		return false, nil
	case *messages == "erase":
		return true, nil
	}
	return false, app.Invalid("messages", "keep or erase is expected")
}

type signupInviteBody struct {
	ExpiresIn *int64 `json:"expires_in"`
	MaxUses   *int   `json:"max_uses"`
}

// Invites answers GET /admin/invites.
func (m *CrowdController) Invites(c *fiber.Ctx) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	list, err := m.invites.GetSignupInvites(c.UserContext(), actorOf(c), page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

// Invite answers POST /admin/invites: 201 with the link.
func (m *CrowdController) Invite(c *fiber.Ctx) error {
	var in signupInviteBody
	if err := decode(c, &in); err != nil {
		return err
	}
	invite, token, err := m.invites.CreateSignupInvite(c.UserContext(), actorOf(c), auth.NewSignupInvite(in))
	if err != nil {
		return err
	}
	invite.URL = m.at("/sign-up#", token)
	return c.Status(http.StatusCreated).JSON(invite)
}

// Uninvite answers DELETE /admin/invites/:id: 204.
func (m *CrowdController) Uninvite(c *fiber.Ctx) error {
	id, err := pathID[app.InviteID](c, "id")
	if err != nil {
		return err
	}
	if err := m.invites.DeleteSignupInvite(c.UserContext(), actorOf(c), id); err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}

// Export answers POST /admin/users/export: all accounts that are looked for,
// as CSV.
func (m *CrowdController) Export(c *fiber.Ctx) error {
	find, err := FindOf(c)
	if err != nil {
		return err
	}
	var in reasonBody
	if err := decode(c, &in); err != nil {
		return err
	}
	export, err := m.people.ExportUsers(c.UserContext(), actorOf(c), find, in.Reason)
	if err != nil {
		return err
	}
	return SendUsers(c, export)
}

// SendUsers streams accounts as a file of CSV. It reads a page at a time, so that
// memory does not grow with them; one that cannot be read to its end is cut
// off, and says so in its last line.
func SendUsers(c *fiber.Ctx, export auth.Export) error {
	return sendFile(c, "text/csv; charset=utf-8", "users.csv", func(ctx context.Context, out *bufio.Writer) {
		write := csvUsers(out)
		for user, err := range export(ctx) {
			if err != nil {
				_, _ = out.WriteString(cutOff)
				return
			}
			if write(user) != nil {
				return
			}
		}
	})
}

// csvUsers writes accounts as lines.
func csvUsers(out *bufio.Writer) func(*app.ManagedUser) error {
	lines := NewCSV(out)
	begun := false
	return func(u *app.ManagedUser) error {
		if !begun {
			begun = true
			if err := lines.Write("id", "email", "name", "role", "status", "created_at", "seen_at", "sessions"); err != nil {
				return err
			}
		}
		seen := ""
		if u.SeenAt != nil {
			seen = u.SeenAt.Format(time.RFC3339)
		}
		return lines.Write(string(u.ID), u.Email, u.Name, string(u.Role), string(u.Status), u.CreatedAt.Format(time.RFC3339), seen, strconv.Itoa(u.Sessions))
	}
}
