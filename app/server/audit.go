package server

import (
	"context"
	"time"

	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/settings"
	"github.com/quillium/quillium/repositories"
)

// auditKeys are the keys that check the audit log.
func (b *base) auditKeys(ctx context.Context) (audit.Keyring, error) {
	return audit.Unlock(ctx, repositories.NewAuditChainRepository(b.db), b.keys.box, b.keys.audit, b.keys.auditPrevious)
}

// auditLog is who did what, for administrators.
func (b *base) auditLog() *audit.Log {
	verify := func(ctx context.Context) (audit.Report, error) { return b.verifyAudit(ctx, audit.Head{}) }
	recorder := audit.NewRecorder(repositories.NewAuditRepository(b.db), time.Now)
	return audit.NewLog(repositories.NewAuditLogRepository(b.db), verify, recorder, time.Now)
}

// verifyAudit checks every seal, and whether the log leads through a head that
// is known.
func (b *base) verifyAudit(ctx context.Context, known audit.Head) (audit.Report, error) {
	ring, err := b.auditKeys(ctx)
	if err != nil {
		return audit.Report{}, err
	}
	return audit.NewVerifier(repositories.NewAuditChainRepository(b.db), ring, time.Now).Verify(ctx, known)
}

// sealAudit has the audit log sealed.
func (s *Server) sealAudit(ctx context.Context) error {
	ring, err := s.auditKeys(ctx)
	if err != nil {
		return err
	}
	sealer := audit.NewSealer(repositories.NewAuditChainRepository(s.db), ring, s.options.Log, time.Now)
	s.loop("audit sealer", sealer.Run)
	return nil
}

// retireAudit removes what is older than the setting says.
func (s *Server) retireAudit(ctx context.Context) error {
	days := s.setting(settings.AuditRetentionDays)
	if days == 0 {
		return nil
	}
	ring, err := s.auditKeys(ctx)
	if err != nil {
		return err
	}
	retirement := audit.NewRetirement(repositories.NewAuditChainRepository(s.db), ring, s.options.Log, time.Now)
	_, err = retirement.Retire(ctx, time.Now().AddDate(0, 0, -days))
	return err
}
