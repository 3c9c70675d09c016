package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/status"
	"github.com/quillium/quillium/app/usage"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// StatusService says whether everything is well; *status.Service is one.
type StatusService interface {
	Overview(ctx context.Context, actor app.Actor) (status.Overview, error)
}

// UsageService says what was used; *usage.Service is one.
type UsageService interface {
	Report(ctx context.Context, actor app.Actor, over usage.Range) (usage.Report, error)
}

// OverviewController answers with the first page of the console.
type OverviewController struct {
	console *Console
	status  StatusService
	usage   UsageService
}

// NewOverviewController makes one.
func NewOverviewController(console *Console, status StatusService, usage UsageService) *OverviewController {
	return &OverviewController{console, status, usage}
}

// Page says whether everything is well, and what happens: three queries.
func (o *OverviewController) Page(c *fiber.Ctx) error {
	over := usage.LastDay
	if c.Query("range") == string(usage.LastMonth) {
		over = usage.LastMonth
	}
	actor := controllers.ActorOf(c)
	now, err := o.status.Overview(c.UserContext(), actor)
	if err != nil {
		return err
	}
	used, err := o.usage.Report(c.UserContext(), actor, over)
	if err != nil {
		return err
	}
	view := views.Overview{Frame: o.console.Frame(c, "Overview", "overview"), Month: over == usage.LastMonth, Charts: charts(used)}
	view.Kind, view.Headline = kindOf(now.State()), headlines[now.State()]
	for _, check := range now.Checks {
		view.Checks = append(view.Checks, views.OverviewCheck{
			Name: check.Name, Kind: kindOf(check.State), Word: words[check.State], Says: check.Says, Href: whereTo(check),
		})
	}
	for _, n := range now.Nodes {
		view.Nodes = append(view.Nodes, views.OverviewNode{
			ID: n.ID, Host: n.Host, Version: n.Version, StartedAt: n.StartedAt, SeenAt: n.SeenAt, Alive: n.Alive, Here: n.Here, Answers: n.Answers,
		})
	}
	view.Stats = stats(now, used)
	return o.console.Render(c, views.AdminOverview(view))
}

var (
	headlines = map[status.State]string{status.Well: "Everything is well", status.Worth: "Worth a look", status.Wrong: "Something is wrong"}
	words     = map[status.State]string{status.Well: "Well", status.Worth: "Look", status.Wrong: "Wrong"}
)

func kindOf(state status.State) string {
	switch state {
	case status.Well:
		return "good"
	case status.Worth:
		return "warn"
	}
	return "bad"
}

func whereTo(check status.Check) string {
	if check.Name == "Models" && check.State != status.Well {
		return "/admin/models"
	}
	return ""
}

func stats(now status.Overview, used usage.Report) []views.OverviewStat {
	total := usage.Total(used.Data)
	when := "in 24 hours"
	if used.Range == usage.LastMonth {
		when = "in 30 days"
	}
	waiting := ""
	if now.Waiting > 0 {
		waiting = fmt.Sprintf("%d wait for their turn", now.Waiting)
	}
	return []views.OverviewStat{
		{Name: "People online", Value: views.Grouped(now.Online), Note: fmt.Sprintf("of %s; %d sockets here", views.Grouped(now.Users), now.Sockets), Href: "/admin/users"},
		{Name: "Answers running", Value: views.Grouped(now.Running), Note: waiting, Href: "/admin/running"},
		{Name: "Messages", Value: views.Grouped(total.Messages), Note: when},
		{Name: "Tokens", Value: views.Grouped(total.PromptTokens + total.CompletionTokens), Note: fmt.Sprintf("%s in, %s out", views.Grouped(total.PromptTokens), views.Grouped(total.CompletionTokens))},
		{Name: "Database", Value: views.Bytes(now.DatabaseBytes), Note: now.DatabaseVersion, Href: "/admin/system"},
		{Name: "Version", Value: now.Version},
	}
}

// charts are what was used, step by step.
func charts(used usage.Report) []views.Chart {
	day := used.Step == 24*time.Hour
	chart := func(title, unit string, series ...views.Series) views.Chart {
		return views.Chart{Title: title, Unit: unit, At: used.Times, Day: day, Series: series}
	}
	sum := func(name string, of func(usage.Counts) float64) views.Series { return series(used, name, "", true, of) }
	latency := func(name string, part float64) views.Series {
		values := make([]float64, len(used.Times))
		for i, at := range used.Times {
			var all usage.Latency
			for _, hour := range used.Data {
				if hour.At.Equal(at) {
					all.Add(hour.FirstToken)
				}
			}
			values[i] = float64(all.Quantile(part).Milliseconds())
		}
		return views.Series{Name: name, Values: values, Level: true}
	}
	return []views.Chart{
		chart("Messages", "", sum("Messages", func(c usage.Counts) float64 { return float64(c.Messages) })),
		chart("Tokens in", "tokens", byModel(used, func(c usage.Counts) float64 { return float64(c.PromptTokens) })...),
		chart("Tokens out", "tokens", byModel(used, func(c usage.Counts) float64 { return float64(c.CompletionTokens) })...),
		chart("Time to the first token, half of all answers", "ms", latency("Median", 0.5)),
		chart("Time to the first token, 95 of 100 answers", "ms", latency("95th percentile", 0.95)),
		chart("Answers that failed", "", sum("Failed", func(c usage.Counts) float64 { return float64(c.Failures) })),
	}
}

// mostModels have a colour of their own; the rest is one.
const mostModels = 5

// byModel is a series a model, those that used most first.
func byModel(used usage.Report, of func(usage.Counts) float64) []views.Series {
	totals := map[string]float64{}
	for _, hour := range used.Data {
		totals[hour.Model] += of(hour.Counts)
	}
	var models []string
	for model, total := range totals {
		if total > 0 {
			models = append(models, model)
		}
	}
	slices.SortFunc(models, func(a, b string) int {
		if totals[a] != totals[b] {
			return int(totals[b] - totals[a])
		}
		return strings.Compare(a, b)
	})
	var list []views.Series
	for _, model := range models[:min(mostModels, len(models))] {
		list = append(list, series(used, model, model, false, of))
	}
	if len(models) > mostModels {
		rest := views.Series{Name: "Others", Values: make([]float64, len(used.Times))}
		for _, model := range models[mostModels:] {
			for i, value := range series(used, model, model, false, of).Values {
				rest.Values[i] += value
			}
		}
		list = append(list, rest)
	}
	return list
}

// series is one number of each step, of one model or of all.
func series(used usage.Report, name, model string, all bool, of func(usage.Counts) float64) views.Series {
	places := make(map[time.Time]int, len(used.Times))
	for i, at := range used.Times {
		places[at] = i
	}
	values := make([]float64, len(used.Times))
	for _, hour := range used.Data {
		if i, known := places[hour.At]; known && (all || hour.Model == model) {
			values[i] += of(hour.Counts)
		}
	}
	return views.Series{Name: name, Values: values}
}
