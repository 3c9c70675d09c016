package routes

import "github.com/quillium/quillium/app/limit"

// settingsRoutes are how the instance is set up, at the place of all settings
// and at that of all administration.
func settingsRoutes(h Handlers) []Route {
	const admin = api + "/admin/settings"
	return []Route{
		{Method: "GET", Path: api + "/settings/admin", Who: Administrator, Buckets: usual(), Handler: h.Instance.Get},
		{Method: "PUT", Path: api + "/settings/admin", Who: Administrator, Buckets: usual(), Handler: h.Instance.Put},
		{Method: "GET", Path: admin, Who: Administrator, Buckets: usual(), Handler: h.Instance.Get},
		{Method: "PUT", Path: admin, Who: Administrator, Buckets: usual(), Handler: h.Instance.Put},
		{Method: "PUT", Path: admin + "/logo", Who: Administrator, Buckets: usual(), Handler: h.Instance.PutLogo},
		{Method: "GET", Path: admin + "/:name/history", Who: Administrator, Buckets: usual(), Handler: h.Instance.History},
		{Method: "GET", Path: "/logo/:hash", Who: Page, Buckets: []Bucket{perAddress(limit.API)}, Handler: h.Instance.Logo},
	}
}
