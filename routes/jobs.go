package routes

// jobRoutes are what administrators do with work in the background.
func jobRoutes(h Handlers) []Route {
	const at = api + "/admin/jobs"
	return []Route{
		{Method: "GET", Path: api + "/admin/queues", Who: Administrator, Buckets: usual(), Handler: h.Jobs.Queues},
		{Method: "GET", Path: at, Who: Administrator, Buckets: usual(), Handler: h.Jobs.List},
		{Method: "GET", Path: at + "/:id", Who: Administrator, Buckets: usual(), Handler: h.Jobs.Get},
		{Method: "POST", Path: at + "/:id/retry", Who: Administrator, Buckets: usual(), Handler: h.Jobs.Retry},
		{Method: "POST", Path: at + "/:id/cancel", Who: Administrator, Buckets: usual(), Handler: h.Jobs.Cancel},
	}
}
