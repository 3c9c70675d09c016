package routes

// runningRoutes tell administrators what runs right now, and end it.
func runningRoutes(h Handlers) []Route {
	const sockets, answers = api + "/admin/sockets", api + "/admin/answers"
	return []Route{
		{Method: "GET", Path: sockets, Who: Administrator, Buckets: usual(), Handler: h.Running.Sockets},
		{Method: "DELETE", Path: sockets + "/:id", Who: Administrator, Buckets: usual(), Handler: h.Running.EndSocket},
		{Method: "GET", Path: answers, Who: Administrator, Buckets: usual(), Handler: h.Running.Answers},
		{Method: "DELETE", Path: answers + "/:id", Who: Administrator, Buckets: usual(), Handler: h.Running.EndAnswer},
	}
}
