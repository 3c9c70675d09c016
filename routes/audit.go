package routes

import "time"

// checking is how long checking every seal may take.
const checking = 2 * time.Minute

// auditRoutes are what administrators do with the audit log.
func auditRoutes(h Handlers) []Route {
	const at = api + "/admin/audit"
	return []Route{
		{Method: "GET", Path: at, Who: Administrator, Buckets: usual(), Handler: h.Audit.List},
		{Method: "GET", Path: at + "/integrity", Who: Administrator, Buckets: usual(), Handler: h.Audit.Integrity},
		{Method: "POST", Path: at + "/check", Who: Administrator, Buckets: usual(), Deadline: checking, Handler: h.Audit.Check},
		{Method: "POST", Path: at + "/export", Who: Administrator, Buckets: usual(), Handler: h.Audit.Export},
		{Method: "GET", Path: at + "/:id", Who: Administrator, Buckets: usual(), Handler: h.Audit.Get},
	}
}

// auditPages are the console's page about it.
func auditPages(h AdminHandlers) []Route {
	const at = console + "/audit"
	return []Route{
		{Method: "GET", Path: at, Who: Console, Buckets: usual(), Handler: h.Audit.Page},
		{Method: "POST", Path: at + "/check", Who: Console, Buckets: usual(), Deadline: checking, Handler: h.Audit.Check},
		{Method: "POST", Path: at + "/export", Who: Console, Buckets: usual(), Handler: h.Audit.Export},
	}
}
