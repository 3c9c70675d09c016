package routes

// systemRoutes tell administrators what this instance is.
func systemRoutes(h Handlers) []Route {
	const at = api + "/admin/system"
	return []Route{
		{Method: "GET", Path: at, Who: Administrator, Buckets: usual(), Handler: h.System.Get},
		{Method: "PUT", Path: at + "/log-level", Who: Administrator, Buckets: usual(), Handler: h.System.SetLogLevel},
		{Method: "GET", Path: at + "/licences", Who: Administrator, Buckets: usual(), Handler: h.System.Licences},
	}
}
