package routes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/public"
)

// Who may make a call.
type Who string

// Anybody needs no token; a Guest is known by his token where he has one; a
// Person needs an access token, an Administrator
// one of an administrator; a Socket one before its upgrade. A Page is for
// browsers, holds nothing about anybody, and needs none. The Console is for
// administrators, by cookie too; its Doorstep is where they sign in.
const (
	Anybody       Who = "anybody"
	Guest         Who = "guest"
	Person        Who = "person"
	Administrator Who = "administrator"
	Socket        Who = "socket"
	Page          Who = "page"
	Console       Who = "console"
	Doorstep      Who = "doorstep"
)

// Route is one line of the table.
type Route struct {
	Method, Path string
	Who          Who
	Buckets      []Bucket
	// Cookies marks calls that a cookie may authenticate or that set one.
	Cookies bool
	// Deadline is how long the services may take; 0 is the usual 15 s.
	Deadline time.Duration
	Handler  fiber.Handler
}

func (r Route) deadline() time.Duration {
	if r.Deadline == 0 {
		return 15 * time.Second
	}
	return r.Deadline
}

// String is the line as people read it.
func (r Route) String() string {
	limits := make([]string, len(r.Buckets))
	for i, bucket := range r.Buckets {
		limits[i] = fmt.Sprintf("%s %d/%s", bucket.Rule.Name, bucket.Rule.Times, short(bucket.Rule.Per))
	}
	cookies := "-"
	if r.Cookies {
		cookies = "cookies"
	}
	limited := strings.Join(limits, ", ")
	if limited == "" {
		limited = "-"
	}
	return fmt.Sprintf("%-6s  %-46s  %-7s  %-7s  %4s  %s", r.Method, r.Path, r.Who, cookies, short(r.deadline()), limited)
}

func short(d time.Duration) string {
	switch d {
	case time.Minute:
		return "min"
	case time.Hour:
		return "h"
	}
	return d.String()
}

// Handlers are the controllers whose methods the table names.
type Handlers struct {
	Auth         *controllers.AuthController
	Sessions     *controllers.SessionController
	Users        *controllers.UserController
	Notices      *controllers.NoticeController
	Settings     *controllers.UserSettingsController
	Instance     *controllers.SettingsController
	Chats        *controllers.ChatController
	Messages     *controllers.MessageController
	History      *controllers.HistoryController
	Members      *controllers.MemberController
	Invites      *controllers.InviteController
	Search       *controllers.SearchController
	Models       *controllers.ModelController
	Found        *controllers.FoundModelController
	Usage        *controllers.UsageController
	Overview     *controllers.OverviewController
	Running      *controllers.RunningController
	Logs         *controllers.LogController
	Providers    *controllers.ProviderController
	Managed      *controllers.ManagedModelController
	Jobs         *controllers.JobController
	Audit        *controllers.AuditController
	Backups      *controllers.BackupController
	Overseen     *controllers.ManagedChatController
	Sockets      *controllers.SocketController
	Streams      *controllers.StreamController
	Contract     *controllers.ContractController
	Reference    *controllers.ReferenceController
	Pages        *controllers.PageController
	Handbook     *controllers.HandbookController
	Health       *controllers.HealthController
	ManagedUsers *controllers.ManagedUserController
	Crowd        *controllers.CrowdController
	System       *controllers.SystemController
	// Admin has the pages of the console.
	Admin AdminHandlers
}

// Table is every URL of the program.
func Table(h Handlers) []Route {
	return slices.Concat(authRoutes(h), userRoutes(h), chatRoutes(h.Chats), messageRoutes(h.Messages, h.Streams), historyRoutes(h.History), memberRoutes(h),
		roomRoutes(h), settingsRoutes(h), pageRoutes(h), adminRoutes(h.Admin), modelPageRoutes(h.Admin.Models, h.Admin.Providers), healthRoutes(h.Health),
		modelRoutes(h),
		jobRoutes(h),
		auditRoutes(h),
		runningRoutes(h),
		logRoutes(h),
		managedUserRoutes(h),
		managedChatRoutes(h.Overseen),
		systemRoutes(h),
	)
}

// api is where version 1 lives; the same without a version is rewritten to it.
const api = "/api/v1"

// usual is what every call of somebody who is signed in counts for.
func usual(more ...limit.Rule) []Bucket {
	buckets := []Bucket{perUser(limit.API)}
	for _, rule := range more {
		buckets = append(buckets, perUser(rule))
	}
	return buckets
}

func authRoutes(h Handlers) []Route {
	const at = api + "/auth"
	// Guessing is slowed down for each address here, and for each account in
	// the service, which knows what an account is.
	guess, join, renew := []Bucket{perAddress(limit.SignInAddress)}, []Bucket{perAddress(limit.Register)}, []Bucket{perAddress(limit.Refresh)}
	return []Route{
		{Method: "POST", Path: at + "/register", Who: Anybody, Cookies: true, Buckets: join, Handler: h.Auth.Register},
		{Method: "POST", Path: at + "/login", Who: Anybody, Cookies: true, Buckets: guess, Handler: h.Auth.LogIn},
		{Method: "POST", Path: at + "/refresh", Who: Anybody, Cookies: true, Buckets: renew, Handler: h.Auth.Refresh},
		{Method: "POST", Path: at + "/logout", Who: Guest, Cookies: true, Buckets: renew, Handler: h.Auth.LogOut},
		{Method: "POST", Path: at + "/reset", Who: Anybody, Buckets: guess, Handler: h.Auth.Reset},
		{Method: "POST", Path: at + "/setup", Who: Person, Buckets: usual(), Handler: h.Auth.Setup},
		{Method: "POST", Path: at + "/password", Who: Person, Buckets: usual(), Handler: h.Auth.Password},
		{Method: "POST", Path: at + "/confirm", Who: Person, Buckets: usual(), Handler: h.Auth.Confirm},
		{Method: "GET", Path: at + "/sessions", Who: Person, Buckets: usual(), Handler: h.Sessions.List},
		{Method: "DELETE", Path: at + "/sessions/:id", Who: Person, Buckets: usual(), Handler: h.Sessions.Delete},
	}
}

func userRoutes(h Handlers) []Route {
	return []Route{
		{Method: "GET", Path: api + "/users/me", Who: Person, Buckets: usual(), Handler: h.Users.Me},
		{Method: "PATCH", Path: api + "/users/me", Who: Person, Buckets: usual(), Handler: h.Users.UpdateMe},
		{Method: "DELETE", Path: api + "/users/me", Who: Person, Buckets: usual(), Handler: h.Users.DeleteMe},
		{Method: "GET", Path: api + "/users/me/notices", Who: Person, Buckets: usual(), Handler: h.Notices.List},
		{Method: "DELETE", Path: api + "/users/me/notices/:id", Who: Person, Buckets: usual(), Handler: h.Notices.Delete},
		{Method: "GET", Path: api + "/settings/user", Who: Person, Buckets: usual(), Handler: h.Settings.Get},
		{Method: "PUT", Path: api + "/settings/user", Who: Person, Buckets: usual(), Handler: h.Settings.Put},
	}
}

func roomRoutes(h Handlers) []Route {
	return []Route{
		{Method: "GET", Path: api + "/search", Who: Person, Buckets: usual(limit.Searches), Handler: h.Search.List},
		{Method: "GET", Path: api + "/models", Who: Person, Buckets: usual(), Handler: h.Models.List},
		{Method: "GET", Path: api + "/admin/overview", Who: Administrator, Buckets: usual(), Handler: h.Overview.Get},
		{Method: "GET", Path: api + "/admin/usage", Who: Administrator, Buckets: usual(), Handler: h.Usage.Get},
		{Method: "GET", Path: api + "/ws", Who: Socket, Buckets: []Bucket{perAddress(limit.Upgrade)}, Handler: h.Sockets.Upgrade},
	}
}

func chatRoutes(chats *controllers.ChatController) []Route {
	return []Route{
		{Method: "GET", Path: api + "/chats", Who: Person, Buckets: usual(), Handler: chats.List},
		{Method: "POST", Path: api + "/chats", Who: Person, Buckets: usual(), Handler: chats.Create},
		{Method: "GET", Path: api + "/chats/:id", Who: Person, Buckets: usual(), Handler: chats.Get},
		{Method: "PATCH", Path: api + "/chats/:id", Who: Person, Buckets: usual(), Handler: chats.Update},
		{Method: "DELETE", Path: api + "/chats/:id", Who: Person, Buckets: usual(), Handler: chats.Delete},
		{Method: "POST", Path: api + "/chats/:id/restore", Who: Person, Buckets: usual(), Handler: chats.Restore},
		{Method: "PUT", Path: api + "/chats/:id/read", Who: Person, Buckets: usual(), Handler: chats.Read},
	}
}

func messageRoutes(messages *controllers.MessageController, streams *controllers.StreamController) []Route {
	const list = api + "/chats/:id/messages"
	const item = list + "/:mid"
	return []Route{
		{Method: "GET", Path: list, Who: Person, Buckets: usual(), Handler: messages.List},
		{Method: "POST", Path: list, Who: Person, Buckets: usual(limit.Messages), Handler: streams.PostOr(messages.Post)},
		{Method: "PATCH", Path: item, Who: Person, Buckets: usual(limit.Messages), Handler: messages.Edit},
		{Method: "DELETE", Path: item, Who: Person, Buckets: usual(), Handler: messages.Delete},
		{Method: "GET", Path: item + "/stream", Who: Person, Buckets: usual(), Handler: streams.Get},
		{Method: "POST", Path: item + "/regenerate", Who: Person, Buckets: usual(limit.Messages), Handler: messages.Regenerate},
		{Method: "POST", Path: item + "/continue", Who: Person, Buckets: usual(limit.Messages), Handler: messages.Continue},
		{Method: "POST", Path: item + "/stop", Who: Person, Buckets: usual(), Handler: messages.Stop},
	}
}

func historyRoutes(history *controllers.HistoryController) []Route {
	const chat = api + "/chats/:id"
	const item = chat + "/messages/:mid"
	return []Route{
		{Method: "GET", Path: item + "/versions", Who: Person, Buckets: usual(), Handler: history.Versions},
		{Method: "PUT", Path: item + "/version", Who: Person, Buckets: usual(), Handler: history.Choose},
		{Method: "POST", Path: chat + "/fork", Who: Person, Buckets: usual(limit.Forks), Handler: history.Fork},
	}
}

func memberRoutes(h Handlers) []Route {
	const chat = api + "/chats/:id"
	return []Route{
		{Method: "GET", Path: chat + "/members", Who: Person, Buckets: usual(), Handler: h.Members.List},
		{Method: "POST", Path: chat + "/members", Who: Person, Buckets: usual(limit.AddByEmail), Handler: h.Members.Add},
		{Method: "PATCH", Path: chat + "/members/:user_id", Who: Person, Buckets: usual(), Handler: h.Members.SetRole},
		{Method: "DELETE", Path: chat + "/members/:user_id", Who: Person, Buckets: usual(), Handler: h.Members.Remove},
		{Method: "GET", Path: chat + "/invites", Who: Person, Buckets: usual(), Handler: h.Invites.List},
		{Method: "POST", Path: chat + "/invites", Who: Person, Buckets: usual(), Handler: h.Invites.Create},
		{Method: "DELETE", Path: chat + "/invites/:iid", Who: Person, Buckets: usual(), Handler: h.Invites.Delete},
		{Method: "POST", Path: api + "/invites/preview", Who: Anybody, Buckets: []Bucket{perAddress(limit.Invites)}, Handler: h.Invites.Preview},
		{Method: "POST", Path: api + "/invites/accept", Who: Person, Buckets: append(usual(), perAddress(limit.Invites)), Handler: h.Invites.Accept},
	}
}

func pageRoutes(h Handlers) []Route {
	return []Route{
		{Method: "GET", Path: "/api/" + contractFile, Who: Anybody, Buckets: []Bucket{perAddress(limit.API)}, Handler: h.Contract.Get},
		{Method: "GET", Path: "/", Who: Page, Handler: h.Pages.Home},
		{Method: "GET", Path: "/c/:id", Who: Page, Handler: h.Pages.Home},
		{Method: "GET", Path: "/sign-in", Who: Page, Handler: h.Pages.SignIn},
		{Method: "GET", Path: "/sign-up", Who: Page, Handler: h.Pages.SignUp},
		{Method: "GET", Path: "/setup", Who: Page, Handler: h.Pages.Setup},
		{Method: "GET", Path: "/reset", Who: Page, Handler: h.Pages.Reset},
		{Method: "GET", Path: "/invite", Who: Page, Handler: h.Pages.Invite},
		{Method: "GET", Path: "/manifest.webmanifest", Who: Page, Handler: h.Pages.Manifest},
		{Method: "GET", Path: docsPage, Who: Page, Buckets: []Bucket{perAddress(limit.API)}, Handler: h.Reference.Get},
		{Method: "GET", Path: "/handbook", Who: Page, Handler: h.Handbook.First},
		{Method: "GET", Path: "/handbook/:page", Who: Page, Handler: h.Handbook.Page},
		{Method: "GET", Path: public.Prefix + ":hash/*", Who: Page, Handler: h.Pages.Asset},
	}
}

const (
	pathHealth = "/health"
	pathLive   = "/livez"
	pathReady  = "/readyz"
)

func healthRoutes(health *controllers.HealthController) []Route {
	const quick = 3 * time.Second
	return []Route{
		{Method: "GET", Path: pathHealth, Who: Anybody, Deadline: quick, Handler: health.Health},
		{Method: "GET", Path: pathLive, Who: Anybody, Deadline: quick, Handler: health.Live},
		{Method: "GET", Path: pathReady, Who: Anybody, Deadline: quick, Handler: health.Ready},
	}
}
