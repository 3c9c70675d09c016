package admin

import (
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// AuditController answers with the page about who did what.
type AuditController struct {
	console *Console
	log     controllers.AuditService
}

// NewAuditController makes one.
func NewAuditController(console *Console, log controllers.AuditService) *AuditController {
	return &AuditController{console, log}
}

const auditPath = "/admin/audit"

// Page shows a page of the log, and one row of it beside: four queries.
func (a *AuditController) Page(c *fiber.Ctx) error {
	value := func(name string) string { return c.Query(name) }
	view, err := a.view(c, value)
	if err != nil {
		return err
	}
	view.AskExport, view.Format = c.Query("ask") == "export", "csv"
	if id := c.Query("id"); id != "" {
		entry, err := a.log.Get(c.UserContext(), controllers.ActorOf(c), id)
		if err != nil {
			return err
		}
		open := auditRow(entry)
		view.Open = &open
	}
	return a.console.Render(c, views.AdminAudit(view))
}

// Check checks every seal.
func (a *AuditController) Check(c *fiber.Ctx) error {
	state, err := a.log.Check(c.UserContext(), controllers.ActorOf(c))
	if err != nil {
		return err
	}
	done := "audit.right"
	if state.Checked != nil && state.Checked.Fault != "" {
		done = "audit.wrong"
	}
	return a.console.Done(c, auditPath, done)
}

// Export answers with what the page shows, all of it, as a file.
func (a *AuditController) Export(c *fiber.Ctx) error {
	value := func(name string) string { return Value(c, name) }
	filter, err := auditFilter(value)
	if err == nil {
		err = controllers.SendAudit(c, a.log, filter, value("format"), value("reason"))
	}
	if err == nil {
		return nil
	}
	return a.console.Refused(c, err, func(r views.Refusal) templ.Component {
		view, broken := a.view(c, value)
		if broken != nil {
			r.Message += " The log cannot be read now."
		}
		view.Refusal, view.AskExport, view.Reason, view.Format = r, true, value("reason"), value("format")
		view.Path, view.Address = auditPath, auditPath
		return views.AdminAudit(view)
	})
}

// auditFilter reads the filter of a page or form; within is how long ago at most.
func auditFilter(value func(string) string) (audit.Filter, error) {
	filter, err := controllers.AuditFilter(value)
	if within, wrong := time.ParseDuration(value("within")); err == nil && wrong == nil && within > 0 {
		filter.Since = time.Now().Add(-within)
	}
	return filter, err
}

func (a *AuditController) view(c *fiber.Ctx, value func(string) string) (views.Audit, error) {
	view := views.Audit{
		Frame: a.console.Frame(c, "Audit log", "audit"), Query: value("q"), Action: value("action"), Actor: value("actor"),
		Target: value("target"), Within: value("within"),
	}
	ctx, actor := c.UserContext(), controllers.ActorOf(c)
	filter, err := auditFilter(value)
	if err != nil {
		return view, err
	}
	page, err := a.log.List(ctx, actor, filter, app.PageRequest{Limit: shown, Cursor: c.Query("cursor")})
	if err != nil {
		return view, err
	}
	for _, entry := range page.Data {
		view.Rows = append(view.Rows, auditRow(entry))
	}
	view.Next, view.First = nextPage(c, page.Pagination.Next), firstPage(c)
	actions, err := a.log.Actions(ctx, actor)
	if err != nil {
		return view, err
	}
	for _, action := range actions {
		view.Actions = append(view.Actions, string(action))
	}
	state, err := a.log.Integrity(ctx, actor)
	view.Seals = sealsOf(state)
	return view, err
}

func sealsOf(s audit.Integrity) views.AuditSeals {
	seals := views.AuditSeals{Seq: s.Seq, Removed: s.Removed, Waiting: s.Waiting, Head: s.Head}
	if s.Checked != nil {
		seals.CheckedAt, seals.CheckedSeq, seals.Fault = s.Checked.At, s.Checked.Seq, s.Checked.Fault
	}
	return seals
}

func auditRow(e audit.Entry) views.AuditRow {
	row := views.AuditRow{
		ID: e.ID, Action: string(e.Action), At: e.At, Actor: (*views.AuditPerson)(e.Actor), TargetUser: (*views.AuditPerson)(e.TargetUser),
		Target: e.Target, IP: e.IP, UserAgent: e.UserAgent, RequestID: e.RequestID, Count: e.Count, Details: e.Details,
	}
	if e.Seq != nil {
		row.Seq = *e.Seq
	}
	return row
}
