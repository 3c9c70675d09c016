package controllers

import (
	"bufio"
	"context"
	"encoding/json"
	"iter"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// AuditService is what AuditController asks.
type AuditService interface {
	List(ctx context.Context, actor app.Actor, filter audit.Filter, page app.PageRequest) (app.Page[audit.Entry], error)
	Get(ctx context.Context, actor app.Actor, id string) (audit.Entry, error)
	Actions(ctx context.Context, actor app.Actor) ([]audit.Action, error)
	Integrity(ctx context.Context, actor app.Actor) (audit.Integrity, error)
	Check(ctx context.Context, actor app.Actor) (audit.Integrity, error)
	Export(ctx context.Context, actor app.Actor, filter audit.Filter, form, reason string) (func(context.Context) iter.Seq2[audit.Entry, error], error)
}

// AuditController shows administrators who did what.
type AuditController struct{ log AuditService }

// NewAuditController makes a controller of this service.
func NewAuditController(log AuditService) *AuditController { return &AuditController{log: log} }

// List answers GET /admin/audit: the newest first.
func (a *AuditController) List(c *fiber.Ctx) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	filter, err := AuditFilter(func(name string) string { return c.Query(name) })
	if err != nil {
		return err
	}
	list, err := a.log.List(c.UserContext(), ActorOf(c), filter, page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

// Get answers GET /admin/audit/:id.
func (a *AuditController) Get(c *fiber.Ctx) error {
	entry, err := a.log.Get(c.UserContext(), ActorOf(c), c.Params("id"))
	if err != nil {
		return err
	}
	return c.JSON(entry)
}

// Integrity answers GET /admin/audit/integrity: how far it is sealed.
func (a *AuditController) Integrity(c *fiber.Ctx) error {
	return a.state(c, a.log.Integrity)
}

// Check answers POST /admin/audit/check: checks every seal now.
func (a *AuditController) Check(c *fiber.Ctx) error { return a.state(c, a.log.Check) }

func (a *AuditController) state(c *fiber.Ctx, ask func(context.Context, app.Actor) (audit.Integrity, error)) error {
	state, err := ask(c.UserContext(), ActorOf(c))
	if err != nil {
		return err
	}
	return c.JSON(state)
}

// auditExport is the body of an export.
type auditExport struct {
	Format string `json:"format"`
	Reason string `json:"reason"`
	Action string `json:"action"`
	Actor  string `json:"actor"`
	Target string `json:"target"`
	Since  string `json:"since"`
	Until  string `json:"until"`
	Query  string `json:"q"`
}

// Export answers POST /admin/audit/export with all that a filter leaves, as a
// file.
func (a *AuditController) Export(c *fiber.Ctx) error {
	var in auditExport
	if err := decode(c, &in); err != nil {
		return err
	}
	filter, err := AuditFilter(func(name string) string {
		return map[string]string{"action": in.Action, "actor": in.Actor, "target": in.Target, "since": in.Since, "until": in.Until, "q": in.Query}[name]
	})
	if err != nil {
		return err
	}
	return SendAudit(c, a.log, filter, in.Format, in.Reason)
}

// AuditFilter reads a filter from texts by their names: action, actor, target,
// since and until (RFC 3339, or a day in UTC), q. Others are invalid_input.
func AuditFilter(value func(name string) string) (f audit.Filter, err error) {
	for _, name := range []string{"action", "actor", "target", "q"} {
		if text := value(name); len(text) > 300 || !plainText(text) {
			return f, app.Invalid(name, "at most 300 bytes of UTF-8 without U+0000")
		}
	}
	f = audit.Filter{Action: audit.Action(value("action")), Target: value("target"), Query: value("q")}
	if actor := value("actor"); actor != "" {
		if f.Actor, err = app.ParseID[app.UserID](actor); err != nil {
			return f, app.Invalid("actor", "it is the id of an account")
		}
	}
	if f.Since, err = moment("since", value("since")); err != nil {
		return f, err
	}
	f.Until, err = moment("until", value("until"))
	return f, err
}

// moment reads a time, or a day; empty is none.
func moment(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		// Years beyond these are no timestamps to PostgreSQL.
		if at, err := time.Parse(layout, text); err == nil && at.Year() > 0 && at.Year() < 10_000 {
			return at, nil
		}
	}
	return time.Time{}, app.Invalid(name, "a time is expected, like 2026-03-01T12:00:00Z, or a day")
}

// SendAudit streams an export as a file: csv or json. One that cannot be read
// to its end is cut off: JSON then lacks its end, and CSV says so in its last
// line.
func SendAudit(c *fiber.Ctx, log AuditService, filter audit.Filter, form, reason string) error {
	if form != "csv" && form != "json" {
		return app.Invalid("format", "csv or json is expected")
	}
	export, err := log.Export(c.UserContext(), ActorOf(c), filter, form, reason)
	if err != nil {
		return err
	}
	write := auditCSV
	if form == "json" {
		write = auditJSON
	}
	return sendFile(c, fiber.MIMEOctetStream, "audit."+form, func(ctx context.Context, out *bufio.Writer) { write(out, export(ctx)) })
}

// auditJSON writes one array, an entry a line.
func auditJSON(out *bufio.Writer, entries iter.Seq2[audit.Entry, error]) {
	separator := "[\n"
	for entry, err := range entries {
		if err != nil {
			return
		}
		text, err := json.Marshal(entry)
		if err != nil {
			return
		}
		_, _ = out.WriteString(separator)
		if _, err := out.Write(text); err != nil {
			return
		}
		separator = ",\n"
	}
	if separator == "[\n" {
		_, _ = out.WriteString("[")
	}
	_, _ = out.WriteString("\n]\n")
}

func auditCSV(out *bufio.Writer, entries iter.Seq2[audit.Entry, error]) {
	lines := NewCSV(out)
	if lines.Write("seq", "at", "action", "actor_id", "actor_email", "target", "target_email", "ip", "user_agent", "request_id", "count", "details", "id") != nil {
		return
	}
	for e, err := range entries {
		if err != nil {
			_, _ = out.WriteString("The export was cut off here; try again.\n")
			return
		}
		var seq string
		if e.Seq != nil {
			seq = strconv.FormatInt(*e.Seq, 10)
		}
		details, err := json.Marshal(e.Details)
		if err != nil {
			return
		}
		actor, target := personOr(e.Actor), personOr(e.TargetUser)
		if lines.Write(seq, e.At.Format(time.RFC3339Nano), string(e.Action), actor.ID, actor.Email, e.Target, target.Email, e.IP, e.UserAgent,
			e.RequestID, strconv.FormatInt(e.Count, 10), string(details), e.ID) != nil {
			return
		}
	}
}

func personOr(p *audit.Person) audit.Person {
	if p == nil {
		return audit.Person{}
	}
	return *p
}
