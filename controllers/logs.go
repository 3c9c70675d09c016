package controllers

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/logbook"
)

// LogService is what administrators read of the log.
type LogService interface {
	Stored(ctx context.Context, actor app.Actor, filter logbook.Filter, page app.PageRequest) (logbook.Logs, error)
	Here(ctx context.Context, actor app.Actor, filter logbook.Filter, limit int) (logbook.Logs, error)
}

// LogController tells administrators what the nodes logged.
type LogController struct{ logs LogService }

// NewLogController makes a controller of this service.
func NewLogController(service LogService) *LogController { return &LogController{logs: service} }

// List answers GET /admin/logs.
func (h *LogController) List(c *fiber.Ctx) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	filter, here, err := LogFilter(c)
	if err != nil {
		return err
	}
	var logs logbook.Logs
	if here {
		logs, err = h.logs.Here(c.UserContext(), actorOf(c), filter, page.Limit)
	} else {
		logs, err = h.logs.Stored(c.UserContext(), actorOf(c), filter, page)
	}
	if err != nil {
		return err
	}
	return c.JSON(logs)
}

// LogFilter reads which entries are asked for, and whether it is those that
// this node remembers.
func LogFilter(c *fiber.Ctx) (filter logbook.Filter, here bool, err error) {
	filter.Level = c.Query("level")
	only, err := queryBool(c, "here")
	if err != nil {
		return filter, false, err
	}
	for name, into := range map[string]*string{"q": &filter.Text, "request_id": &filter.RequestID, "user_id": &filter.UserID} {
		if *into, err = queryText(c, name, 200); err != nil {
			return filter, false, err
		}
	}
	if filter.Node, err = nodeOf(c); err != nil {
		return filter, false, err
	}
	for name, into := range map[string]*time.Time{"since": &filter.Since, "until": &filter.Until} {
		if *into, err = queryTime(c, name); err != nil {
			return filter, false, err
		}
	}
	return filter, only != nil && *only, nil
}

// nodeOf reads node; absent is empty.
func nodeOf(c *fiber.Ctx) (app.NodeID, error) {
	text := c.Query("node")
	if text == "" {
		return "", nil
	}
	id, err := app.ParseID[app.NodeID](text)
	if err != nil {
		return "", app.Invalid("node", "the id of a node")
	}
	return id, nil
}

// queryTime reads a time as RFC 3339 has it; absent is the zero time.
func queryTime(c *fiber.Ctx, name string) (time.Time, error) {
	text := c.Query(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	// PostgreSQL knows no times of other centuries that matter here.
	if err != nil || at.Year() < 2000 || at.Year() > 9999 {
		return time.Time{}, app.Invalid(name, "a time such as 2026-03-01T09:30:00Z is expected")
	}
	return at, nil
}
