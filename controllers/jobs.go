package controllers

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/job"
)

// JobService is what JobController asks.
type JobService interface {
	List(ctx context.Context, actor app.Actor, filter job.Filter, page app.PageRequest) (app.Page[job.Job], error)
	Get(ctx context.Context, actor app.Actor, id int64) (job.Job, error)
	Lines(ctx context.Context, actor app.Actor) ([]job.Line, error)
	Retry(ctx context.Context, actor app.Actor, id int64) (job.Job, error)
	Cancel(ctx context.Context, actor app.Actor, id int64) (job.Job, error)
}

// JobController shows administrators what is done in the background.
type JobController struct{ jobs JobService }

// NewJobController makes a controller of this service.
func NewJobController(jobs JobService) *JobController { return &JobController{jobs: jobs} }

// List answers GET /admin/jobs: the newest first, of one state or kind.
func (j *JobController) List(c *fiber.Ctx) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	state, err := queryText(c, "state", 32)
	if err != nil {
		return err
	}
	kind, err := queryText(c, "kind", 64)
	if err != nil {
		return err
	}
	list, err := j.jobs.List(c.UserContext(), ActorOf(c), job.Filter{State: job.State(state), Kind: job.Kind(kind)}, page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

// Queues answers GET /admin/queues: how many jobs each has in which state.
func (j *JobController) Queues(c *fiber.Ctx) error {
	lines, err := j.jobs.Lines(c.UserContext(), ActorOf(c))
	if err != nil {
		return err
	}
	return c.JSON(fiber.Map{"data": lines})
}

// Get answers GET /admin/jobs/:id.
func (j *JobController) Get(c *fiber.Ctx) error { return j.one(c, j.jobs.Get) }

// Retry answers POST /admin/jobs/:id/retry with the job as it is then.
func (j *JobController) Retry(c *fiber.Ctx) error { return j.one(c, j.jobs.Retry) }

// Cancel answers POST /admin/jobs/:id/cancel with the job as it is then.
func (j *JobController) Cancel(c *fiber.Ctx) error { return j.one(c, j.jobs.Cancel) }

func (j *JobController) one(c *fiber.Ctx, do func(context.Context, app.Actor, int64) (job.Job, error)) error {
	id, err := PathNumber(c, "id")
	if err != nil {
		return err
	}
	found, err := do(c.UserContext(), ActorOf(c), id)
	if err != nil {
		return err
	}
	return c.JSON(found)
}

// PathNumber reads a number from the path. What is none names nothing:
// not_found.
func PathNumber(c *fiber.Ctx, name string) (int64, error) {
	number, err := strconv.ParseInt(c.Params(name), 10, 64)
	if err != nil || number < 1 || strconv.FormatInt(number, 10) != c.Params(name) {
		return 0, app.ErrNotFound
	}
	return number, nil
}
