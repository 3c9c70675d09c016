package server

import (
	"context"
	"path/filepath"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/app/backup"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/job"
	"github.com/quillium/quillium/app/logbook"
	"github.com/quillium/quillium/app/settings"
	"github.com/quillium/quillium/repositories"
)

// startJobs wires what is done in the background, and starts it. It comes
// last: jobs use all that is built before.
func (s *Server) startJobs(ctx context.Context, janitor *auth.Janitor, world app.Signals) (err error) {
	chats := repositories.NewChatRepository(s.db)
	entries := repositories.NewLogRepository(s.db)
	recorder := audit.NewRecorder(repositories.NewAuditRepository(s.db), time.Now)
	retention := chat.NewRetention(repositories.NewRetentionRepository(s.db), s.asked(settings.RetentionDays), world, s.options.Log)
	s.queue, err = repositories.NewJobQueue(s.db, s.node, map[job.Kind]job.Run{
		job.RollUpUsage:    plain(s.usage.RollUp),
		job.EndSessions:    plain(janitor.EndSessions),
		job.DeleteAccounts: plain(janitor.DeleteAccounts),
		job.EraseChats:     plain(func(ctx context.Context) error { return s.rooms.chats.EraseDeleted(ctx, chats) }),
		job.ExpireMessages: plain(retention.Expire),
		job.RetireAudit:    plain(s.retireAudit),
		job.ForgetLogs:     plain(func(ctx context.Context) error { return entries.Purge(ctx, time.Now().Add(-logbook.Lasts)) }),
		job.CountChats:     plain(repositories.NewFigureRepository(s.db).Count),
		// It is there before anything runs.
		job.Backup: func(ctx context.Context, task job.Task) error { return s.backups.Make(ctx, task) },
	}, s.options.Log)
	if err != nil {
		return err
	}
	s.jobs = job.NewService(s.queue, s.db, recorder)
	s.backups = s.keeper(recorder)
	if err := s.queue.Start(ctx); err != nil {
		return err
	}
	s.later("jobs", s.queue.Stop)
	return nil
}

// keeper makes and keeps backups in the data folder.
func (s *Server) keeper(recorder *audit.Recorder) *backup.Keeper {
	return backup.NewKeeper(backup.KeeperParts{
		Shelf: backup.NewShelf(filepath.Join(s.config.DataDir, "backups")), Node: s.node, Jobs: s.queue, Tx: s.db, Audit: recorder, Now: time.Now,
		Write: func(ctx context.Context, path string, written func(int64)) error {
			_, err := s.backup(ctx, path, BackupOptions{}, written)
			return err
		},
	})
}

// plain is the work of jobs that are told nothing and have nothing to tell.
func plain(work func(context.Context) error) job.Run {
	return func(ctx context.Context, _ job.Task) error { return work(ctx) }
}

// stopJobs lets jobs that run end until the context does.
func (s *Server) stopJobs(ctx context.Context) {
	if err := s.queue.Stop(ctx); err != nil {
		s.options.Log.Warn("jobs did not stop in time; they are done again", "error", err)
	}
}

// waker has accounts deleted as soon as they are on their way out. Where that
// fails, the job by the clock finds them.
type waker struct{ server *Server }

var _ auth.Waker = waker{}

// Wake is auth.Waker.
func (w waker) Wake() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := w.server.queue.Insert(ctx, job.DeleteAccounts, struct{}{}); err != nil {
		w.server.options.Log.Warn("the deletion of an account begins within a minute instead of now", "error", err)
	}
}
