package routes

import (
	"slices"

	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/controllers/admin"
)

// AdminHandlers are the controllers of the console's pages.
type AdminHandlers struct {
	Entrance  *admin.EntranceController
	Overview  *admin.OverviewController
	Running   *admin.RunningController
	Jobs      *admin.JobController
	Backups   *admin.BackupController
	Models    *admin.ModelsController
	Providers *admin.ProvidersController
	Logs      *admin.LogController
	System    *admin.SystemController
}

const console = "/admin"

// adminRoutes are the console's pages, and the forms on them.
func adminRoutes(h AdminHandlers) []Route {
	guess := []Bucket{perAddress(limit.SignInAddress)}
	return slices.Concat(jobPages(h), []Route{
		{Method: "GET", Path: console + "/sign-in", Who: Doorstep, Buckets: []Bucket{perAddress(limit.API)}, Handler: h.Entrance.Page},
		{Method: "POST", Path: console + "/sign-in", Who: Doorstep, Buckets: guess, Handler: h.Entrance.SignIn},
		{Method: "POST", Path: console + "/sign-out", Who: Console, Buckets: usual(), Handler: h.Entrance.SignOut},
		{Method: "GET", Path: console, Who: Console, Buckets: usual(), Handler: h.Overview.Page},
		{Method: "GET", Path: console + "/system", Who: Console, Buckets: usual(), Handler: h.System.Page},
		{Method: "POST", Path: console + "/system/log-level", Who: Console, Buckets: usual(), Handler: h.System.SetLogLevel},
		{Method: "GET", Path: console + "/system/licences", Who: Console, Buckets: usual(), Handler: h.System.Licences},
		{Method: "GET", Path: console + "/logs", Who: Console, Buckets: usual(), Handler: h.Logs.Page},
		{Method: "GET", Path: console + "/running", Who: Console, Buckets: usual(), Handler: h.Running.Page},
		{Method: "POST", Path: console + "/running/sockets/:id", Who: Console, Buckets: usual(), Handler: h.Running.EndSocket},
		{Method: "POST", Path: console + "/running/answers/:id", Who: Console, Buckets: usual(), Handler: h.Running.EndAnswer},
	})
}

// jobPages are about background work, and backups, which are made there.
func jobPages(h AdminHandlers) []Route {
	const jobs, backups = console + "/jobs", console + "/backups"
	return []Route{
		{Method: "GET", Path: jobs, Who: Console, Buckets: usual(), Handler: h.Jobs.Page},
		{Method: "POST", Path: jobs + "/:id/retry", Who: Console, Buckets: usual(), Handler: h.Jobs.Retry},
		{Method: "POST", Path: jobs + "/:id/cancel", Who: Console, Buckets: usual(), Handler: h.Jobs.Cancel},
		{Method: "GET", Path: backups, Who: Console, Buckets: usual(), Handler: h.Backups.Page},
		{Method: "POST", Path: backups, Who: Console, Buckets: usual(), Handler: h.Backups.Create},
		{Method: "POST", Path: backups + "/:id/download", Who: Console, Buckets: usual(), Handler: h.Backups.Download},
		{Method: "POST", Path: backups + "/:id/delete", Who: Console, Buckets: usual(), Handler: h.Backups.Delete},
	}
}
