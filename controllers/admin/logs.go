package admin

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/logbook"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// LogController answers with what the nodes logged.
type LogController struct {
	console *Console
	logs    controllers.LogService
}

// NewLogController makes one.
func NewLogController(console *Console, service controllers.LogService) *LogController {
	return &LogController{console, service}
}

// Page lists entries, and shows when how many were written.
func (l *LogController) Page(c *fiber.Ctx) error {
	filter, here, err := controllers.LogFilter(c)
	if err != nil {
		return err
	}
	back := rangeOf(c, filter)
	filter.Since, filter.Until = time.Now().Add(-views.LogRanges()[back]), time.Time{}
	var logs logbook.Logs
	if here {
		logs, err = l.logs.Here(c.UserContext(), controllers.ActorOf(c), filter, app.MaxPageSize)
	} else {
		logs, err = l.logs.Stored(c.UserContext(), controllers.ActorOf(c), filter, app.PageRequest{Limit: shown, Cursor: c.Query("cursor")})
	}
	if err != nil {
		return err
	}
	return l.console.Render(c, views.AdminLogs(views.Logs{
		Frame: l.console.Frame(c, "Logs", "logs"), Entries: logs.Page, Steps: logs.Steps, Here: here,
		Range: back, Level: filter.Level, Query: filter.Text, Node: string(filter.Node), RequestID: filter.RequestID, UserID: filter.UserID,
		More: nextPage(c, logs.Pagination.Next), First: firstPage(c),
	}))
}

// rangeOf is how far back is looked. Who comes with the id of a request may
// come days later.
func rangeOf(c *fiber.Ctx, filter logbook.Filter) string {
	wanted := c.Query("range")
	switch {
	case views.LogRanges()[wanted] > 0:
		return wanted
	case filter.RequestID != "":
		return "7d"
	}
	return "24h"
}
