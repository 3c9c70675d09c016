package routes

import (
	"time"

	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/controllers/admin"
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

// modelPageRoutes are the page of the console about them, and its forms.
func modelPageRoutes(models *admin.ModelsController, providers *admin.ProvidersController) []Route {
	const at = console + "/models"
	const one = at + "/providers/:id"
	return []Route{
		{Method: "GET", Path: at, Who: Console, Buckets: usual(), Handler: models.Page},
		{Method: "POST", Path: at + "/found", Who: Console, Buckets: usual(), Handler: models.Connect},
		{Method: "POST", Path: at + "/add", Who: Console, Buckets: usual(), Handler: providers.AddModel},
		{Method: "POST", Path: at + "/providers", Who: Console, Buckets: usual(), Handler: providers.Create},
		{Method: "POST", Path: at + "/providers/test", Who: Console, Buckets: usual(limit.ProviderTests), Deadline: trialLasts, Handler: providers.Test},
		{Method: "POST", Path: one, Who: Console, Buckets: usual(), Handler: providers.Save},
		{Method: "POST", Path: one + "/refresh", Who: Console, Buckets: usual(), Handler: providers.Refresh},
		{Method: "GET", Path: one + "/delete", Who: Console, Buckets: usual(), Handler: providers.AskDelete},
		{Method: "POST", Path: one + "/delete", Who: Console, Buckets: usual(), Handler: providers.Delete},
		{Method: "POST", Path: at + "/:uid", Who: Console, Buckets: usual(), Handler: models.Save},
		{Method: "POST", Path: at + "/:uid/move", Who: Console, Buckets: usual(), Handler: models.Move},
		{Method: "POST", Path: at + "/:uid/default", Who: Console, Buckets: usual(), Handler: models.SetDefault},
		{Method: "GET", Path: at + "/:uid/delete", Who: Console, Buckets: usual(), Handler: models.AskDelete},
		{Method: "POST", Path: at + "/:uid/delete", Who: Console, Buckets: usual(), Handler: models.Delete},
	}
}
