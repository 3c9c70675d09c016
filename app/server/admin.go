package server

import (
	"github.com/quillium/quillium/controllers/admin"
	"github.com/quillium/quillium/routes"
)

// adminHandlers are the controllers of the console's pages.
func (s *Server) adminHandlers(console *admin.Console) routes.AdminHandlers {
	models := admin.NewModelsController(console, s.rooms.models, s.rooms.finder)
	return routes.AdminHandlers{
		Entrance:  admin.NewEntranceController(console),
		Overview:  admin.NewOverviewController(console, s.status, s.usage),
		Running:   admin.NewRunningController(console, s.running),
		Jobs:      admin.NewJobController(console, s.jobs),
		Backups:   admin.NewBackupController(console, s.backups),
		Audit:     admin.NewAuditController(console, s.auditLog()),
		Models:    models,
		Providers: admin.NewProvidersController(models, s.rooms.models),
		Chats:     admin.NewChatsController(console, s.rooms.overseen, s.rooms.overseen),
		Logs:      admin.NewLogController(console, s.logs),
		System:    admin.NewSystemController(console, s.system),
		Settings:  admin.NewSettingsController(console, s.people.settings),
		Users:     admin.NewUsersController(console, s.people.auth, s.people.auth, s.link),
		Invites:   admin.NewInvitesController(console, s.people.auth, s.link),
	}
}
