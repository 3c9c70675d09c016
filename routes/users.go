package routes

// managedUserRoutes are what administrators do with accounts.
func managedUserRoutes(h Handlers) []Route {
	const users, invites = api + "/admin/users", api + "/admin/invites"
	return []Route{
		{Method: "GET", Path: users, Who: Administrator, Buckets: usual(), Handler: h.ManagedUsers.List},
		{Method: "POST", Path: users, Who: Administrator, Buckets: usual(), Handler: h.ManagedUsers.Create},
		{Method: "POST", Path: users + "/actions", Who: Administrator, Buckets: usual(), Handler: h.Crowd.Do},
		{Method: "POST", Path: users + "/export", Who: Administrator, Buckets: usual(), Handler: h.Crowd.Export},
		{Method: "GET", Path: users + "/:id", Who: Administrator, Buckets: usual(), Handler: h.ManagedUsers.Get},
		{Method: "PATCH", Path: users + "/:id", Who: Administrator, Buckets: usual(), Handler: h.ManagedUsers.Update},
		{Method: "DELETE", Path: users + "/:id", Who: Administrator, Buckets: usual(), Handler: h.ManagedUsers.Delete},
		{Method: "POST", Path: users + "/:id/reset-link", Who: Administrator, Buckets: usual(), Handler: h.ManagedUsers.Reset},
		{Method: "GET", Path: users + "/:id/sessions", Who: Administrator, Buckets: usual(), Handler: h.Crowd.Sessions},
		{Method: "DELETE", Path: users + "/:id/sessions", Who: Administrator, Buckets: usual(), Handler: h.Crowd.EndSessions},
		{Method: "DELETE", Path: users + "/:id/sessions/:session_id", Who: Administrator, Buckets: usual(), Handler: h.Crowd.EndSession},
		{Method: "GET", Path: invites, Who: Administrator, Buckets: usual(), Handler: h.Crowd.Invites},
		{Method: "POST", Path: invites, Who: Administrator, Buckets: usual(), Handler: h.Crowd.Invite},
		{Method: "DELETE", Path: invites + "/:id", Who: Administrator, Buckets: usual(), Handler: h.Crowd.Uninvite},
	}
}
