package routes

// jobRoutes are what administrators do with work in the background, and with
// the backups that are made there.
func jobRoutes(h Handlers) []Route {
	const at = api + "/admin/jobs"
	const backups = api + "/admin/backups"
	return []Route{
		{Method: "GET", Path: api + "/admin/queues", Who: Administrator, Buckets: usual(), Handler: h.Jobs.Queues},
		{Method: "GET", Path: at, Who: Administrator, Buckets: usual(), Handler: h.Jobs.List},
		{Method: "GET", Path: at + "/:id", Who: Administrator, Buckets: usual(), Handler: h.Jobs.Get},
		{Method: "POST", Path: at + "/:id/retry", Who: Administrator, Buckets: usual(), Handler: h.Jobs.Retry},
		{Method: "POST", Path: at + "/:id/cancel", Who: Administrator, Buckets: usual(), Handler: h.Jobs.Cancel},
		{Method: "GET", Path: backups, Who: Administrator, Buckets: usual(), Handler: h.Backups.List},
		{Method: "POST", Path: backups, Who: Administrator, Buckets: usual(), Handler: h.Backups.Create},
		{Method: "POST", Path: backups + "/:id/download", Who: Administrator, Buckets: usual(), Handler: h.Backups.Download},
		{Method: "DELETE", Path: backups + "/:id", Who: Administrator, Buckets: usual(), Handler: h.Backups.Delete},
	}
}
