package auth

import (
	"context"
	"errors"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// LogOut ends the session of a refresh token, or where there is none, the
// actor's own. What is not known, or over, is signed out already: no error.
func (s *Service) LogOut(ctx context.Context, actor app.Actor, presented Presented) error {
	user, id := actor.UserID, actor.SessionID
	if presented.Token != "" {
		session, err := s.sessionOf(ctx, presented.Token)
		if err != nil {
			return instead(err, app.ErrNotFound, nil)
		}
		user, id = session.User.ID, session.ID
		actor.UserID, actor.SessionID = user, id
	}
	if id == "" {
		return nil
	}
	return instead(s.end(ctx, actor, user, id), app.ErrNotFound, nil)
}

func (s *Service) sessionOf(ctx context.Context, token string) (Session, error) {
	if !isSecret(token) {
		return Session{}, app.ErrNotFound
	}
	var session Session
	err := s.Tx.InTx(ctx, func(ctx context.Context) error {
		kept, err := s.Tokens.GetByHash(ctx, hashOf(token))
		if err == nil {
			session, err = s.Sessions.Lock(ctx, kept.SessionID)
		}
		return err
	})
	return session, err
}

// GetSessions lists the devices on which the actor is signed in, newest first.
func (s *Service) GetSessions(ctx context.Context, actor app.Actor, page app.PageRequest) (app.Page[app.Session], error) {
	if err := signedIn(actor); err != nil {
		return app.Page[app.Session]{}, err
	}
	return s.sessionsOf(ctx, actor, actor.UserID, page)
}

func (s *Service) sessionsOf(ctx context.Context, actor app.Actor, user app.UserID, page app.PageRequest) (app.Page[app.Session], error) {
	none := app.Page[app.Session]{}
	after := app.SessionID("")
	if page.Cursor != "" {
		var err error
		if after, err = app.ParseID[app.SessionID](page.Cursor); err != nil {
			return none, app.Invalid("cursor", "not one that a list gave")
		}
	}
	// One more than asked for tells whether there is a next page.
	found, err := s.Sessions.GetByUserID(ctx, user, after, page.Limit+1, s.now())
	if err != nil {
		return none, err
	}
	list := app.Page[app.Session]{Data: []app.Session{}, Pagination: app.Pagination{Limit: page.Limit}}
	if len(found) > page.Limit {
		found = found[:page.Limit]
		next := string(found[page.Limit-1].ID)
		list.Pagination.Next = &next
	}
	for _, session := range found {
		list.Data = append(list.Data, app.Session{
			ID: session.ID, Device: session.Device, IP: session.IP,
			CreatedAt: session.CreatedAt, LastSeenAt: session.SeenAt, Current: session.ID == actor.SessionID,
		})
	}
	return list, nil
}

// EndSession signs one of the actor's devices out, at once. Any other session
// is not_found.
func (s *Service) EndSession(ctx context.Context, actor app.Actor, id app.SessionID) error {
	if err := signedIn(actor); err != nil {
		return err
	}
	return s.end(ctx, actor, actor.UserID, id)
}

func (s *Service) end(ctx context.Context, actor app.Actor, user app.UserID, id app.SessionID) error {
	event := audit.Event{
		Action: audit.SessionEnded, Actor: actor, Target: string(user),
		Details: map[audit.Key]string{audit.KeySession: string(id)},
	}
	err := s.change(ctx, &event, func(ctx context.Context) error {
		return s.Sessions.End(ctx, user, id, s.now())
	})
	// Forgotten even where it failed: it may have ended on another node.
	if errors.Is(err, app.ErrNotFound) {
		s.presence.forget(id)
	}
	if err == nil {
		s.ended(app.EndSignedOut, id)
	}
	return err
}
