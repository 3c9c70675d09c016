package admin

import (
	"context"
	"errors"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// RunningController answers with what runs right now.
type RunningController struct {
	console *Console
	running controllers.RunningService
}

// NewRunningController makes one.
func NewRunningController(console *Console, service controllers.RunningService) *RunningController {
	return &RunningController{console, service}
}

// Page lists running answers and connections.
func (r *RunningController) Page(c *fiber.Ctx) error {
	view, err := r.view(c.UserContext(), c)
	if err != nil {
		return err
	}
	return r.console.Render(c, views.AdminRunning(view))
}

// shown is how many rows of a list are on a page.
const shown = 50

func (r *RunningController) view(ctx context.Context, c *fiber.Ctx) (views.Running, error) {
	filter, err := controllers.RunningFilter(c)
	if err != nil {
		return views.Running{}, err
	}
	actor := controllers.ActorOf(c)
	sockets, err := r.running.Sockets(ctx, actor, filter, app.PageRequest{Limit: shown, Cursor: c.Query("cursor")})
	if err != nil {
		return views.Running{}, err
	}
	answers, err := r.running.Answers(ctx, actor, app.PageRequest{Limit: shown})
	view := views.Running{
		Frame: r.console.Frame(c, "Running now", "running"), Nodes: sockets.Nodes, Sockets: sockets.Page, Answers: answers,
		Query: filter.Query, Node: string(filter.Node), More: nextPage(c, sockets.Pagination.Next), First: firstPage(c),
	}
	return view, err
}

// EndSocket closes a connection.
func (r *RunningController) EndSocket(c *fiber.Ctx) error {
	id, err := app.ParseID[string](c.Params("id"))
	if err == nil {
		err = r.running.EndSocket(c.UserContext(), controllers.ActorOf(c), id)
	}
	return r.ended(c, err, "socket.ended", "This connection is gone already.")
}

// EndAnswer stops an answer.
func (r *RunningController) EndAnswer(c *fiber.Ctx) error {
	id, err := app.ParseID[app.MessageID](c.Params("id"))
	if err == nil {
		err = r.running.EndAnswer(c.UserContext(), controllers.ActorOf(c), id)
	}
	return r.ended(c, err, "answer.stopped", "This answer has ended already.")
}

// ended leads back to the page. What went by itself while one looked is told
// there: it is what was wished.
func (r *RunningController) ended(c *fiber.Ctx, err error, did, gone string) error {
	if err == nil {
		return r.console.Done(c, "/admin/running", did)
	}
	if !errors.Is(err, app.ErrNotFound) {
		return err
	}
	view, err := r.view(c.UserContext(), c)
	if err != nil {
		return err
	}
	view.Path, view.Address = "/admin/running", "/admin/running"
	return r.console.Refused(c, app.Errorf(app.CodeConflict, "%s", gone), func(refusal views.Refusal) templ.Component {
		view.Refusal = refusal
		return views.AdminRunning(view)
	})
}
