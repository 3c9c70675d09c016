package routes

import "github.com/quillium/quillium/controllers"

// managedChatRoutes are what administrators do with the chats of others.
func managedChatRoutes(h *controllers.ManagedChatController) []Route {
	const list = api + "/admin/chats"
	const one = list + "/:id"
	return []Route{
		{Method: "GET", Path: list, Who: Administrator, Buckets: usual(), Handler: h.List},
		{Method: "GET", Path: one, Who: Administrator, Buckets: usual(), Handler: h.Get},
		{Method: "PATCH", Path: one, Who: Administrator, Buckets: usual(), Handler: h.Update},
		{Method: "DELETE", Path: one, Who: Administrator, Buckets: usual(), Handler: h.Delete},
		{Method: "POST", Path: one + "/restore", Who: Administrator, Buckets: usual(), Handler: h.Restore},
		{Method: "GET", Path: one + "/members", Who: Administrator, Buckets: usual(), Handler: h.Members},
		{Method: "PUT", Path: one + "/owner", Who: Administrator, Buckets: usual(), Handler: h.Transfer},
		{Method: "POST", Path: one + "/join", Who: Administrator, Buckets: usual(), Handler: h.Join},
		{Method: "POST", Path: one + "/read", Who: Administrator, Buckets: usual(), Handler: h.Open},
		{Method: "GET", Path: one + "/messages", Who: Administrator, Buckets: usual(), Handler: h.Messages},
	}
}
