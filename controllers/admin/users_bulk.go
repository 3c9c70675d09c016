package admin

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// Bulk does one thing to many accounts; to delete them it asks once before.
func (u *UsersController) Bulk(c *fiber.Ctx) error {
	var ids []app.UserID
	for _, text := range Values(c, "ids") {
		if id, err := app.ParseID[app.UserID](text); err == nil {
			ids = append(ids, id)
		}
	}
	deed := auth.Deed(Value(c, "action"))
	back := backTo(c, usersPath)
	if len(ids) == 0 {
		return u.refuse(c, back, views.Refusal{Status: http.StatusBadRequest, Message: "Pick somebody first."})
	}
	if deed == auth.DeedDelete && Value(c, "messages") == "" {
		return u.askDelete(c, ids, back, views.Refusal{})
	}
	outcomes, err := u.crowd.DoToUsers(c.UserContext(), controllers.ActorOf(c), ids, deed, Value(c, "messages") == "erase")
	if err != nil {
		return err
	}
	return u.tell(c, back, deed, outcomes)
}

// tell leads on where all was done, and else says what was not.
func (u *UsersController) tell(c *fiber.Ctx, back string, deed auth.Deed, outcomes []auth.Outcome) error {
	var problems []views.UserProblem
	for _, o := range outcomes {
		if o.Problem != nil {
			problems = append(problems, views.UserProblem{Name: string(o.ID), Why: o.Problem.Message})
		}
	}
	if len(problems) == 0 {
		return u.console.Done(c, back, "users."+string(deed))
	}
	page, err := u.build(c, back)
	if err != nil {
		return err
	}
	for i := range problems {
		for _, user := range page.List {
			if string(user.ID) == problems[i].Name {
				problems[i].Name = user.Name
			}
		}
	}
	page.Outcome = problems
	return u.console.Answer(c, http.StatusConflict, views.AdminUsers(page))
}

func (u *UsersController) refuse(c *fiber.Ctx, back string, refusal views.Refusal) error {
	page, err := u.build(c, back)
	if err != nil {
		return err
	}
	page.Refusal = refusal
	return u.console.Answer(c, refusal.Status, views.AdminUsers(page))
}

// AskDelete asks once before an account is deleted.
func (u *UsersController) AskDelete(c *fiber.Ctx) error {
	id, err := app.ParseID[app.UserID](c.Params("id"))
	if err != nil {
		return err
	}
	return u.askDelete(c, []app.UserID{id}, usersPath, views.Refusal{})
}

func (u *UsersController) askDelete(c *fiber.Ctx, ids []app.UserID, back string, refusal views.Refusal) error {
	ask := views.Confirmation{
		Title: fmt.Sprintf("Delete %d accounts?", len(ids)), Action: usersPath + "/bulk", Verb: fmt.Sprintf("Delete %d accounts", len(ids)), Back: back, Refusal: refusal,
		Text:   "They are signed out at once, and leave all chats. A chat in which nobody is left goes with them. This cannot be undone.",
		Hidden: []views.Hidden{{Name: "action", Value: string(auth.DeedDelete)}, {Name: "back", Value: back}},
		Fields: []views.Field{{Name: "messages", Label: "What they wrote", Kind: "select", Value: "keep", Options: []views.Option{
			{Value: "keep", Label: "Keep it, as of a deleted user"}, {Value: "erase", Label: "Erase it everywhere"},
		}}},
	}
	names := []string{}
	for _, id := range ids {
		ask.Hidden = append(ask.Hidden, views.Hidden{Name: "ids", Value: string(id)})
	}
	if len(ids) == 1 {
		user, err := u.users.GetUser(c.UserContext(), controllers.ActorOf(c), ids[0])
		if err != nil {
			return err
		}
		ask.Title, ask.Verb = "Delete "+user.Name+" ("+user.Email+")?", "Delete this account"
		ask.Text = strings.Replace(strings.Replace(ask.Text, "They are signed out at once, and leave", "The account is signed out at once, and leaves", 1), "with them", "with it", 1)
		ask.Fields[0].Label = "What was written"
	}
	return u.console.Answer(c, http.StatusOK, views.AdminDeleteUsers(u.console.Frame(c, "Delete", "users"), names, ask))
}
