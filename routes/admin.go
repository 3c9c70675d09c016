package routes

import (
	"slices"

	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/controllers/admin"
)

// AdminHandlers are the controllers of the console's pages.
type AdminHandlers struct {
	Entrance  *admin.EntranceController
	Overview  *admin.OverviewController
	Running   *admin.RunningController
	Jobs      *admin.JobController
	Backups   *admin.BackupController
	Audit     *admin.AuditController
	Models    *admin.ModelsController
	Providers *admin.ProvidersController
	Logs      *admin.LogController
	System    *admin.SystemController
	Users     *admin.UsersController
	Invites   *admin.InvitesController
	Chats     *admin.ChatsController
	Settings  *admin.SettingsController
}

const console = "/admin"

// adminRoutes are the console's pages, and the forms on them.
func adminRoutes(h AdminHandlers) []Route {
	guess := []Bucket{perAddress(limit.SignInAddress)}
	return slices.Concat(jobPages(h), auditPages(h), userPages(h), chatPages(h.Chats), []Route{
		{Method: "GET", Path: console + "/sign-in", Who: Doorstep, Buckets: []Bucket{perAddress(limit.API)}, Handler: h.Entrance.Page},
		{Method: "POST", Path: console + "/sign-in", Who: Doorstep, Buckets: guess, Handler: h.Entrance.SignIn},
		{Method: "POST", Path: console + "/sign-out", Who: Console, Buckets: usual(), Handler: h.Entrance.SignOut},
		{Method: "GET", Path: console, Who: Console, Buckets: usual(), Handler: h.Overview.Page},
		{Method: "GET", Path: console + "/system", Who: Console, Buckets: usual(), Handler: h.System.Page},
		{Method: "POST", Path: console + "/system/log-level", Who: Console, Buckets: usual(), Handler: h.System.SetLogLevel},
		{Method: "GET", Path: console + "/system/licences", Who: Console, Buckets: usual(), Handler: h.System.Licences},
		{Method: "GET", Path: console + "/settings", Who: Console, Buckets: usual(), Handler: h.Settings.Page},
		{Method: "POST", Path: console + "/settings/logo", Who: Console, Buckets: usual(), Handler: h.Settings.SaveLogo},
		{Method: "POST", Path: console + "/settings/:group", Who: Console, Buckets: usual(), Handler: h.Settings.Save},
		{Method: "GET", Path: console + "/logs", Who: Console, Buckets: usual(), Handler: h.Logs.Page},
		{Method: "GET", Path: console + "/running", Who: Console, Buckets: usual(), Handler: h.Running.Page},
		{Method: "POST", Path: console + "/running/sockets/:id", Who: Console, Buckets: usual(), Handler: h.Running.EndSocket},
		{Method: "POST", Path: console + "/running/answers/:id", Who: Console, Buckets: usual(), Handler: h.Running.EndAnswer},
	})
}

// jobPages are about background work, and backups, which are made there.
func jobPages(h AdminHandlers) []Route {
	const jobs, backups = console + "/jobs", console + "/backups"
	return []Route{
		{Method: "GET", Path: jobs, Who: Console, Buckets: usual(), Handler: h.Jobs.Page},
		{Method: "POST", Path: jobs + "/:id/retry", Who: Console, Buckets: usual(), Handler: h.Jobs.Retry},
		{Method: "POST", Path: jobs + "/:id/cancel", Who: Console, Buckets: usual(), Handler: h.Jobs.Cancel},
		{Method: "GET", Path: backups, Who: Console, Buckets: usual(), Handler: h.Backups.Page},
		{Method: "POST", Path: backups, Who: Console, Buckets: usual(), Handler: h.Backups.Create},
		{Method: "POST", Path: backups + "/:id/download", Who: Console, Buckets: usual(), Handler: h.Backups.Download},
		{Method: "POST", Path: backups + "/:id/delete", Who: Console, Buckets: usual(), Handler: h.Backups.Delete},
	}
}

// userPages are about accounts, and about links that let people make one.
func userPages(h AdminHandlers) []Route {
	const users, one, invites = console + "/users", console + "/users/:id", console + "/invites"
	return []Route{
		{Method: "GET", Path: users, Who: Console, Buckets: usual(), Handler: h.Users.Page},
		{Method: "POST", Path: users, Who: Console, Buckets: usual(), Handler: h.Users.Create},
		{Method: "GET", Path: users + "/new", Who: Console, Buckets: usual(), Handler: h.Users.New},
		{Method: "GET", Path: users + "/export", Who: Console, Buckets: usual(), Handler: h.Users.AskExport},
		{Method: "POST", Path: users + "/export", Who: Console, Buckets: usual(), Handler: h.Users.Export},
		{Method: "POST", Path: users + "/bulk", Who: Console, Buckets: usual(), Handler: h.Users.Bulk},
		{Method: "GET", Path: one + "/delete", Who: Console, Buckets: usual(), Handler: h.Users.AskDelete},
		{Method: "POST", Path: one + "/edit", Who: Console, Buckets: usual(), Handler: h.Users.Edit},
		{Method: "POST", Path: one + "/role", Who: Console, Buckets: usual(), Handler: h.Users.Role},
		{Method: "POST", Path: one + "/status", Who: Console, Buckets: usual(), Handler: h.Users.Status},
		{Method: "POST", Path: one + "/sign-out", Who: Console, Buckets: usual(), Handler: h.Users.SignOut},
		{Method: "POST", Path: one + "/sessions/:session_id/end", Who: Console, Buckets: usual(), Handler: h.Users.EndSession},
		{Method: "POST", Path: one + "/reset-link", Who: Console, Buckets: usual(), Handler: h.Users.ResetLink},
		{Method: "GET", Path: invites, Who: Console, Buckets: usual(), Handler: h.Invites.Page},
		{Method: "POST", Path: invites, Who: Console, Buckets: usual(), Handler: h.Invites.Create},
		{Method: "POST", Path: invites + "/:id/delete", Who: Console, Buckets: usual(), Handler: h.Invites.Delete},
	}
}

// chatPages are about all chats.
func chatPages(h *admin.ChatsController) []Route {
	const list = console + "/chats"
	const one = list + "/:id"
	return []Route{
		{Method: "GET", Path: list, Who: Console, Buckets: usual(), Handler: h.Page},
		{Method: "POST", Path: one, Who: Console, Buckets: usual(), Handler: h.Rename},
		{Method: "POST", Path: one + "/archive", Who: Console, Buckets: usual(), Handler: h.Archive},
		{Method: "POST", Path: one + "/retention", Who: Console, Buckets: usual(), Handler: h.Retain},
		{Method: "POST", Path: one + "/owner", Who: Console, Buckets: usual(), Handler: h.Transfer},
		{Method: "POST", Path: one + "/join", Who: Console, Buckets: usual(), Handler: h.Join},
		{Method: "POST", Path: one + "/delete", Who: Console, Buckets: usual(), Handler: h.Delete},
		{Method: "POST", Path: one + "/restore", Who: Console, Buckets: usual(), Handler: h.Restore},
		{Method: "POST", Path: one + "/read", Who: Console, Buckets: usual(), Handler: h.Read},
		{Method: "GET", Path: one + "/messages", Who: Console, Buckets: usual(), Handler: h.Messages},
	}
}
