package server

import (
	"context"
	"time"

	"github.com/quillium/quillium/app/logbook"
	"github.com/quillium/quillium/repositories"
)

// openBook has everything that is logged from now on kept for administrators,
// too.
func (s *Server) openBook(options *Options, secrets []string) {
	if options.Level == nil {
		options.Level = Level("info")
	}
	s.book = logbook.New(options.Log.Handler(), options.Level, time.Now)
	s.book.Hide(secrets...)
	options.Log = s.book.Logger()
}

// buildLogs stores what administrators are to read later.
func (s *Server) buildLogs() {
	s.book.Hide(append(s.config.Secrets(), s.secrets.all()...)...)
	entries := repositories.NewLogRepository(s.db)
	s.logs = logbook.NewService(s.book, entries, s.node, time.Now)
	s.loop("log entries", func(ctx context.Context) { s.book.Keep(ctx, entries, s.node) })
}
