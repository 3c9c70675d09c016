package server

import (
	"time"

	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/doorbell"
	"github.com/quillium/quillium/app/realtime"
	"github.com/quillium/quillium/app/running"
	"github.com/quillium/quillium/repositories"
)

var _ running.Hall = (*realtime.Hub)(nil)

// buildRunning wires what administrators see of what runs.
func (s *Server) buildRunning(world nodes) {
	store := repositories.NewRosterRepository(s.db)
	ring := func() { world.bell.Ring(doorbell.Hint{Settings: []string{doorbell.Roster}}) }
	s.roster = running.NewRoster(s.rooms.hub, store, s.rooms.answers.Owner, ring, s.options.Log)
	recorder := audit.NewRecorder(repositories.NewAuditRepository(s.db), time.Now)
	s.running = running.NewService(store, repositories.NewRunRepository(s.db), s.roster, s.db, recorder, world)
	s.loop("roster", s.roster.Run)
}
