package server

import (
	"context"
	"strings"

	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/app/settings"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/controllers/admin"
	"github.com/quillium/quillium/public"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/routes"
	"github.com/quillium/quillium/views"
)

// handlers are the controllers that the table of routes names.
func (s *Server) handlers(pages *controllers.PageController, console *admin.Console, limiter *limit.Limiter) routes.Handlers {
	accounts, rooms := s.people.auth, s.rooms
	return routes.Handlers{
		Auth:         controllers.NewAuthController(accounts, accounts, s.cookies()),
		Sessions:     controllers.NewSessionController(accounts),
		Users:        controllers.NewUserController(accounts),
		Notices:      controllers.NewNoticeController(accounts),
		Settings:     controllers.NewUserSettingsController(accounts),
		Instance:     controllers.NewSettingsController(s.people.settings),
		Chats:        controllers.NewChatController(rooms.chats),
		Messages:     controllers.NewMessageController(rooms.chats, rooms.answers),
		Members:      controllers.NewMemberController(rooms.members),
		Invites:      controllers.NewInviteController(s.people.invites),
		History:      controllers.NewHistoryController(rooms.history, rooms.chats),
		Search:       controllers.NewSearchController(rooms.search, rooms.chats),
		Models:       controllers.NewModelController(rooms.models),
		Found:        controllers.NewFoundModelController(rooms.finder),
		Usage:        controllers.NewUsageController(s.usage),
		Jobs:         controllers.NewJobController(s.jobs),
		Backups:      controllers.NewBackupController(s.backups),
		Audit:        controllers.NewAuditController(s.auditLog()),
		Providers:    controllers.NewProviderController(rooms.models, rooms.models),
		Overview:     controllers.NewOverviewController(s.status),
		Running:      controllers.NewRunningController(s.running),
		Logs:         controllers.NewLogController(s.logs),
		Overseen:     controllers.NewManagedChatController(rooms.overseen, rooms.overseen),
		Managed:      controllers.NewManagedModelController(rooms.models, rooms.models),
		ManagedUsers: controllers.NewManagedUserController(accounts, s.link),
		Crowd:        controllers.NewCrowdController(accounts, accounts, s.link),
		System:       controllers.NewSystemController(s.system),
		Sockets: controllers.NewSocketController(rooms.hub, rooms.chats, rooms.answers, repositories.NewSessionRepository(s.db),
			accounts, s.options.Log, controllers.SocketOptions{
				Store: s.store, MaxMessageBytes: s.asked(settings.MaxMessageBytes), Unlimited: !s.config.RateLimit,
				Messages: limiter.For(limit.Messages),
			}),
		Streams: controllers.NewStreamController(rooms.hub, rooms.chats, repositories.NewSessionRepository(s.db), s.options.Log,
			controllers.StreamOptions{Store: s.store}),
		Reference: controllers.NewReferenceController(pages, public.Reference()),
		Contract:  controllers.NewContractController(public.OpenAPI()),
		Pages:     pages,
		Handbook:  controllers.NewHandbookController(pages, rooms.handbook),
		Health:    controllers.NewHealthController(s.health, s.options.Version, s.started),
		Admin:     s.adminHandlers(console),
	}
}

// link is where a token leads.
func (s *Server) link(path, token string) string { return s.URL() + path + token }

// cookies say how tokens travel with browsers.
func (s *Server) cookies() controllers.Cookies {
	return controllers.Cookies{
		Secure: strings.HasPrefix(s.config.PublicURL, "https:"), Lasts: s.people.settings.SessionUnused, AccessLasts: s.config.AccessTokenExp,
	}
}

// pageOptions is what pages tell about this instance.
func (s *Server) pageOptions() controllers.PageOptions {
	return controllers.PageOptions{
		Version: s.options.Version,
		Face: func() views.Face {
			set := s.people.settings
			return views.Face{
				Name: set.Text(settings.InstanceName), Banner: set.Text(settings.Banner), Logo: set.Text(settings.Logo), Signups: set.Signups(),
			}
		},
		NeedsSetup: func(ctx context.Context) bool {
			needed, err := s.people.auth.NeedsSetup(ctx)
			return err == nil && needed
		},
	}
}
