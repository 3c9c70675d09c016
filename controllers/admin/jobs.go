package admin

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/job"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// JobController answers with the page about background work.
type JobController struct {
	console *Console
	jobs    controllers.JobService
}

// NewJobController makes one.
func NewJobController(console *Console, jobs controllers.JobService) *JobController {
	return &JobController{console, jobs}
}

// jobsAtOnce is how many jobs a page shows.
const jobsAtOnce = 50

// Page shows the jobs of a state, the newest first, and one of them beside:
// three queries.
func (j *JobController) Page(c *fiber.Ctx) error {
	view, err := j.view(c, c.Query("state"), c.Query("id"))
	if err != nil {
		return err
	}
	view.Ask = c.Query("ask") == "cancel"
	return j.console.Render(c, views.AdminJobs(view))
}

// Retry has a job done again.
func (j *JobController) Retry(c *fiber.Ctx) error { return j.steer(c, j.jobs.Retry, "job.retried") }

// Cancel ends one for good.
func (j *JobController) Cancel(c *fiber.Ctx) error { return j.steer(c, j.jobs.Cancel, "job.cancelled") }

func (j *JobController) steer(c *fiber.Ctx, do func(context.Context, app.Actor, int64) (job.Job, error), done string) error {
	id, err := controllers.PathNumber(c, "id")
	if err != nil {
		return err
	}
	if _, err := do(c.UserContext(), controllers.ActorOf(c), id); err != nil {
		view, broken := j.view(c, Value(c, "state"), strconv.FormatInt(id, 10))
		if broken != nil {
			return broken
		}
		return j.console.Refused(c, err, func(r views.Refusal) templ.Component {
			view.Path, view.Address, view.Refusal = "/admin/jobs", "/admin/jobs", r
			return views.AdminJobs(view)
		})
	}
	return j.console.Done(c, "/admin/jobs?"+url.Values{"state": {Value(c, "state")}, "id": {strconv.FormatInt(id, 10)}}.Encode(), done)
}

func (j *JobController) view(c *fiber.Ctx, state, open string) (views.Jobs, error) {
	view := views.Jobs{Frame: j.console.Frame(c, "Background work", "jobs"), State: state}
	actor := controllers.ActorOf(c)
	lines, err := j.jobs.Lines(c.UserContext(), actor)
	if err != nil {
		return view, err
	}
	for _, s := range job.States() {
		view.States = append(view.States, string(s))
	}
	view.Queues = queuesOf(lines)
	page, err := j.jobs.List(c.UserContext(), actor, job.Filter{State: job.State(state)}, app.PageRequest{Limit: jobsAtOnce, Cursor: c.Query("cursor")})
	if err != nil {
		return view, err
	}
	for _, each := range page.Data {
		view.Rows = append(view.Rows, jobView(each))
	}
	view.Next, view.First = nextPage(c, page.Pagination.Next), firstPage(c)
	if id, err := strconv.ParseInt(open, 10, 64); err == nil {
		found, err := j.jobs.Get(c.UserContext(), actor, id)
		if err != nil {
			return view, err
		}
		shown := jobView(found)
		view.Open = &shown
	}
	return view, nil
}

// queuesOf puts together what is of one queue.
func queuesOf(lines []job.Line) []views.JobQueue {
	var queues []views.JobQueue
	for _, line := range lines {
		if len(queues) == 0 || queues[len(queues)-1].Name != line.Queue {
			queues = append(queues, views.JobQueue{Name: line.Queue, Counts: map[string]int64{}})
		}
		queues[len(queues)-1].Counts[string(line.State)] = line.Count
	}
	return queues
}

// jobView is a job as pages show it. Of one that failed they show why, else
// what it said of itself.
func jobView(j job.Job) views.Job {
	v := views.Job{
		ID: j.ID, Title: job.TitleOf(j.Kind), State: string(j.State), Says: j.Progress, Queue: j.Queue, Node: string(j.Node),
		Attempt: j.Attempt, Attempts: j.Attempts, CreatedAt: j.CreatedAt, DueAt: j.DueAt, StartedAt: timeOf(j.StartedAt), EndAt: timeOf(j.FinishedAt),
		Cancelling: j.Cancelling, MayRetry: j.State != job.Running, MayCancel: !j.State.Over() && !j.Cancelling,
	}
	for i := len(j.Errors) - 1; i >= 0; i-- {
		v.Faults = append(v.Faults, views.JobFault(j.Errors[i]))
	}
	if len(v.Faults) > 0 && (j.State == job.Failed || j.State == job.Retrying) {
		v.Says = v.Faults[0].Message
	}
	return v
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
