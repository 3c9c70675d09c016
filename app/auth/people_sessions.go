package auth

import (
	"context"
	"strconv"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// GetSessionsOf lists the devices on which somebody is signed in, newest
// first; not_found where there is no such account.
func (s *Service) GetSessionsOf(ctx context.Context, actor app.Actor, user app.UserID, page app.PageRequest) (app.Page[app.Session], error) {
	if err := mayAdminister(actor); err != nil {
		return app.Page[app.Session]{}, err
	}
	if _, err := s.Directory.Get(ctx, user); err != nil {
		return app.Page[app.Session]{}, err
	}
	return s.sessionsOf(ctx, actor, user, page)
}

// GetUserWithSessions is one account with the devices on which it is signed in,
// newest first, at most so many.
func (s *Service) GetUserWithSessions(ctx context.Context, actor app.Actor, id app.UserID, most int) (app.ManagedUser, []app.Session, error) {
	user, err := s.GetUser(ctx, actor, id)
	if err != nil {
		return user, nil, err
	}
	sessions, err := s.sessionsOf(ctx, actor, id, app.PageRequest{Limit: most})
	return user, sessions.Data, err
}

// EndSessionOf signs one device of somebody out, at once; not_found where that
// is no living session of his.
func (s *Service) EndSessionOf(ctx context.Context, actor app.Actor, user app.UserID, id app.SessionID) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	return s.end(ctx, actor, user, id)
}

// EndSessionsOf signs all devices of somebody out, at once, but the one from
// which this is asked.
func (s *Service) EndSessionsOf(ctx context.Context, actor app.Actor, user app.UserID) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	var over []app.SessionID
	event := audit.Event{Action: audit.SessionEnded, Actor: actor, Target: string(user)}
	err := s.change(ctx, &event, func(ctx context.Context) error {
		_, err := s.Users.Lock(ctx, user)
		if err != nil {
			return err
		}
		over, err = s.Sessions.EndByUserID(ctx, user, actor.SessionID, s.now())
		event.Details = map[audit.Key]string{audit.KeySessions: strconv.Itoa(len(over))}
		return err
	})
	if err == nil {
		s.ended(app.EndSignedOut, over...)
	}
	return err
}

// Deed is what may be done to many accounts at once.
type Deed string

// The deeds.
const (
	DeedDisable Deed = "disable"
	DeedEnable  Deed = "enable"
	DeedSignOut Deed = "sign_out"
	DeedDelete  Deed = "delete"
)

// MostAtOnce bounds the accounts of one deed.
const MostAtOnce = 100

// Outcome is what became of one account; Problem is nil where it was done.
type Outcome struct {
	ID      app.UserID
	Problem *app.Error
}

// DoToUsers does one thing to many accounts, each by itself: what is refused
// for one keeps no other from it. Erase is for deletions. What would be
// refused for all is an error.
func (s *Service) DoToUsers(ctx context.Context, actor app.Actor, ids []app.UserID, deed Deed, erase bool) ([]Outcome, error) {
	if err := mayAdminister(actor); err != nil {
		return nil, err
	}
	work, err := s.work(actor, deed, erase)
	if err != nil {
		return nil, err
	}
	if len(ids) < 1 || len(ids) > MostAtOnce {
		return nil, app.Invalid("ids", "1 to %d are expected", MostAtOnce)
	}
	outcomes := make([]Outcome, len(ids))
	for i, id := range ids {
		outcomes[i].ID = id
		if err := work(ctx, id); err != nil {
			outcomes[i].Problem = app.AsError(err)
			if outcomes[i].Problem.Code == app.CodeInternal {
				s.Log.ErrorContext(ctx, "account", "action", string(deed), "target", string(id), "request_id", actor.RequestID, "error", err)
			}
		}
	}
	return outcomes, nil
}

func (s *Service) work(actor app.Actor, deed Deed, erase bool) (func(context.Context, app.UserID) error, error) {
	status := func(to app.UserStatus) func(context.Context, app.UserID) error {
		return func(ctx context.Context, id app.UserID) error {
			_, err := s.SetStatus(ctx, actor, id, to)
			return err
		}
	}
	switch deed {
	case DeedDisable:
		return status(app.UserDisabled), nil
	case DeedEnable:
		return status(app.UserActive), nil
	case DeedSignOut:
		return func(ctx context.Context, id app.UserID) error { return s.EndSessionsOf(ctx, actor, id) }, nil
	case DeedDelete:
		if err := actor.Confirmed(s.now()); err != nil {
			return nil, err
		}
		return func(ctx context.Context, id app.UserID) error { return s.DeleteUser(ctx, actor, id, erase) }, nil
	}
	return nil, app.Invalid("action", "disable, enable, sign_out or delete is expected")
}
