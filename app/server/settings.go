package server

import (
	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/app/settings"
	"github.com/quillium/quillium/repositories"
)

// setting is what a number is set to now.
func (s *Server) setting(name settings.Name) int { return s.people.settings.Int(name) }

// asked is setting for those who ask each time, and begin to once everything
// is built.
func (s *Server) asked(name settings.Name) func() int {
	return func() int { return s.setting(name) }
}

// follow makes what is set by numbers follow the settings, from now on.
func (s *Server) follow(limiter *limit.Limiter) {
	limiter.Adjust(func(rule limit.Rule) int {
		switch rule.Name {
		case limit.API.Name:
			return s.setting(settings.RequestsPerMinute)
		case limit.Messages.Name:
			return s.setting(settings.MessagesPerMinute)
		}
		return rule.Times
	})
	s.db.LimitRunning(func() repositories.Running {
		return repositories.Running{PerUser: s.setting(settings.RunsPerUser), PerChat: s.setting(settings.RunsPerChat)}
	})
	s.loop("settings", s.people.settings.Run)
}
