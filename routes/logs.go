package routes

// logRoutes tell administrators what was logged.
func logRoutes(h Handlers) []Route {
	return []Route{
		{Method: "GET", Path: api + "/admin/logs", Who: Administrator, Buckets: usual(), Handler: h.Logs.List},
	}
}
