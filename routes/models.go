package routes

import (
	"time"

	"github.com/quillium/quillium/app/limit"
)

// trialLasts is a little more than the steps of a test may take together.
const trialLasts = time.Minute

// modelRoutes are what administrators do with providers and models.
func modelRoutes(h Handlers) []Route {
	const providers = api + "/admin/providers"
	const models = api + "/admin/models"
	return []Route{
		{Method: "GET", Path: providers, Who: Administrator, Buckets: usual(), Handler: h.Providers.List},
		{Method: "POST", Path: providers, Who: Administrator, Buckets: usual(), Handler: h.Providers.Create},
		{Method: "POST", Path: providers + "/test", Who: Administrator, Buckets: usual(limit.ProviderTests), Deadline: trialLasts, Handler: h.Providers.Test},
		{Method: "GET", Path: providers + "/:id", Who: Administrator, Buckets: usual(), Handler: h.Providers.Get},
		{Method: "PATCH", Path: providers + "/:id", Who: Administrator, Buckets: usual(), Handler: h.Providers.Update},
		{Method: "DELETE", Path: providers + "/:id", Who: Administrator, Buckets: usual(), Handler: h.Providers.Delete},
		{Method: "POST", Path: providers + "/:id/refresh", Who: Administrator, Buckets: usual(), Handler: h.Providers.Refresh},
		{Method: "GET", Path: models + "/found", Who: Administrator, Buckets: usual(), Handler: h.Found.List},
		{Method: "POST", Path: models + "/found/:id/use", Who: Administrator, Buckets: usual(), Handler: h.Found.Use},
		{Method: "GET", Path: models, Who: Administrator, Buckets: usual(), Handler: h.Managed.List},
		{Method: "POST", Path: models, Who: Administrator, Buckets: usual(), Handler: h.Managed.Create},
		{Method: "GET", Path: models + "/:uid", Who: Administrator, Buckets: usual(), Handler: h.Managed.Get},
		{Method: "PATCH", Path: models + "/:uid", Who: Administrator, Buckets: usual(), Handler: h.Managed.Update},
		{Method: "DELETE", Path: models + "/:uid", Who: Administrator, Buckets: usual(), Handler: h.Managed.Delete},
		{Method: "POST", Path: models + "/:uid/move", Who: Administrator, Buckets: usual(), Handler: h.Managed.Move},
		{Method: "POST", Path: models + "/:uid/default", Who: Administrator, Buckets: usual(), Handler: h.Managed.SetDefault},
	}
}
