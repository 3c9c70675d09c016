package server

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/quillium/quillium/app/status"
	"github.com/quillium/quillium/repositories"
)

// buildStatus wires what tells whether everything is well, and says who this
// node is.
func (s *Server) buildStatus(ctx context.Context) error {
	shared := repositories.NewStatusRepository(s.db)
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	node := s.rooms.answers.Owner().Node
	if err := shared.Introduce(ctx, node, host, s.options.Version); err != nil {
		return err
	}
	checks := []status.Checker{status.Notifications(s.health.Arriving), status.Providers(s.rooms.models.GetProviders)}
	if s.config.Embedded() {
		checks = append(checks, status.Disk(func() (uint64, error) { return freeOn(s.config.DataDir) }))
	}
	s.status = status.NewService(shared, status.Options{
		Node: node, Version: s.options.Version, Checks: checks, Now: time.Now,
		Sockets: func() int {
			sockets, _ := s.rooms.hub.Count()
			return sockets
		},
	})
	return nil
}

// freeOn is the room left where a folder lies, in bytes.
func freeOn(folder string) (uint64, error) {
	var disk unix.Statfs_t
	if err := unix.Statfs(folder, &disk); err != nil {
		return 0, err
	}
	return disk.Bavail * uint64(disk.Bsize), nil //nolint:gosec // a size is not negative
}
