package controllers

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/usage"
)

// UsageService is what UsageController asks.
type UsageService interface {
	Report(ctx context.Context, actor app.Actor, over usage.Range) (usage.Report, error)
}

// UsageController tells administrators what was used.
type UsageController struct{ usage UsageService }

// NewUsageController makes a controller of this service.
func NewUsageController(service UsageService) *UsageController {
	return &UsageController{usage: service}
}

// usedCounts are counts as clients read them.
type usedCounts struct {
	Messages         int64       `json:"messages"`
	Answers          int64       `json:"answers"`
	Failures         int64       `json:"failures"`
	PromptTokens     int64       `json:"prompt_tokens"`
	CompletionTokens int64       `json:"completion_tokens"`
	FirstToken       usedLatency `json:"first_token"`
}

type usedLatency struct {
	Count  int64 `json:"count"`
	MeanMS int64 `json:"mean_ms"`
	P50MS  int64 `json:"p50_ms"`
	P95MS  int64 `json:"p95_ms"`
}

type usedStep struct {
	At    time.Time `json:"at"`
	Model string    `json:"model"`
	usedCounts
}

type usedReport struct {
	Range usage.Range `json:"range"`
	Since time.Time   `json:"since"`
	Until time.Time   `json:"until"`
	// Step is in seconds.
	Step  int64       `json:"step"`
	Times []time.Time `json:"times"`
	Data  []usedStep  `json:"data"`
	Total usedCounts  `json:"total"`
}

// Get answers GET /admin/usage: what was used by hours, or by days.
func (u *UsageController) Get(c *fiber.Ctx) error {
	over, err := queryText(c, "range", 16)
	if err != nil {
		return err
	}
	if over == "" {
		over = string(usage.LastDay)
	}
	report, err := u.usage.Report(c.UserContext(), actorOf(c), usage.Range(over))
	if err != nil {
		return err
	}
	steps := make([]usedStep, len(report.Data))
	for i, hour := range report.Data {
		steps[i] = usedStep{hour.At, hour.Model, countsOf(hour.Counts)}
	}
	return c.JSON(usedReport{
		Range: report.Range, Since: report.Since, Until: report.Until, Step: int64(report.Step.Seconds()), Times: report.Times,
		Data: steps, Total: countsOf(usage.Total(report.Data)),
	})
}

func countsOf(c usage.Counts) usedCounts {
	return usedCounts{c.Messages, c.Answers, c.Failures, c.PromptTokens, c.CompletionTokens, usedLatency{
		Count: c.FirstToken.Count(), MeanMS: c.FirstToken.Mean().Milliseconds(),
		P50MS: c.FirstToken.Quantile(0.5).Milliseconds(), P95MS: c.FirstToken.Quantile(0.95).Milliseconds(),
	}}
}
