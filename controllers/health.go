package controllers

import (
	"context"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
)

// StatusOK is what a server that lacks nothing says.
const StatusOK = "ok"

// Health tells how the server is.
type Health interface {
	// Status is "ok", or in a word or two what is missing; Database is the
	// same about the database alone.
	Status(ctx context.Context) (status, database string)
	// Arriving tells whether the hints of other nodes arrive. Without them this
	// one still serves, and sees what they change some seconds later.
	Arriving() bool
}

// HealthController answers those who watch the server. It tells no secret and
// asks for no token.
type HealthController struct {
	health  Health
	version string
	started time.Time
}

// NewHealthController tells about a server of this version that started then.
func NewHealthController(health Health, version string, started time.Time) *HealthController {
	return &HealthController{health: health, version: version, started: started}
}

// Health tells people how the server is.
func (h *HealthController) Health(c *fiber.Ctx) error {
	status, database := h.health.Status(c.UserContext())
	return c.Status(healthStatus(status)).JSON(struct {
		Status   string `json:"status"`
		Version  string `json:"version"`
		Database string `json:"database"`
		Uptime   int    `json:"uptime"`
	}{status, h.version, database, int(time.Since(h.started).Seconds())})
}

// Live tells that the process is alive: always 200.
func (h *HealthController) Live(c *fiber.Ctx) error {
	return c.Status(http.StatusOK).JSON(struct {
		Status string `json:"status"`
	}{StatusOK})
}

// Ready tells whether requests may be sent here: 200, or 503 with what is
// missing.
func (h *HealthController) Ready(c *fiber.Ctx) error {
	status, _ := h.health.Status(c.UserContext())
	notifications := StatusOK
	if !h.health.Arriving() {
		notifications = "not arriving"
	}
	return c.Status(healthStatus(status)).JSON(struct {
		Status        string `json:"status"`
		Notifications string `json:"notifications"`
	}{status, notifications})
}

func healthStatus(status string) int {
	if status == StatusOK {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}
