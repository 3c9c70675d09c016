package auth

import (
	"context"

	"github.com/quillium/quillium/app"
)

// MostNotices is how many a person is told at once.
const MostNotices = 20

// NoticeRepository keeps what people have to be told.
type NoticeRepository interface {
	Create(ctx context.Context, user app.UserID, notice app.Notice) error
	// List lists the oldest ones.
	List(ctx context.Context, user app.UserID, limit int) ([]app.Notice, error)
	Delete(ctx context.Context, user app.UserID, id app.NoticeID) error
}

// GetNotices is what the actor has to be told of his account, the oldest
// first.
func (s *Service) GetNotices(ctx context.Context, actor app.Actor) ([]app.Notice, error) {
	if err := signedIn(actor); err != nil {
		return nil, err
	}
	return s.Notices.List(ctx, actor.UserID, MostNotices)
}

// ReadNotice takes away what the actor has read; not_found where there is no
// such notice for him.
func (s *Service) ReadNotice(ctx context.Context, actor app.Actor, id app.NoticeID) error {
	if err := signedIn(actor); err != nil {
		return err
	}
	return s.Notices.Delete(ctx, actor.UserID, id)
}

// notify tells somebody something, in the transaction of the context.
func (s *Service) notify(ctx context.Context, user app.UserID, text string) error {
	return s.Notices.Create(ctx, user, app.Notice{ID: app.NewID[app.NoticeID](), Text: text, CreatedAt: s.now()})
}
