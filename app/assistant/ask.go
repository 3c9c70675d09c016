package assistant

import (
	"context"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// Plan tells which models answer a text: the one that was named for it; else
// those it mentions; else, where the chat always gets an answer, its default.
// A model that the asker may not use becomes a failed answer that says so: it
// is never swapped for another.
func (s *Service) Plan(ctx context.Context, actor app.Actor, room app.Chat, content, asked string) ([]app.Answer, error) {
	var ids []string
	switch {
	case asked != "":
		ids = []string{asked}
	case room.ReplyPolicy == app.ReplyNever:
	default:
		ids = s.models.Mentions(ctx, content)
		if len(ids) == 0 && room.ReplyPolicy == app.ReplyAlways {
			ids = []string{s.models.Default(ctx, actor, room.Model)}
		}
	}
	answers := make([]app.Answer, 0, len(ids))
	for _, id := range ids {
		answer := app.Answer{ID: app.NewID[app.MessageID](), Model: id}
		if choice, err := s.models.Resolve(ctx, actor, id); err == nil {
			answer.Model = choice.ID
		} else {
			refusal := app.AsError(err)
			if refusal.Code == app.CodeInternal {
				return nil, err
			}
			answer.Failure = &app.Failure{Code: refusal.Code, Message: refusal.Message}
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

// Regenerate begins an answer anew; its old text becomes a version. forbidden
// for viewers, conflict while it runs and where it has too many versions.
func (s *Service) Regenerate(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID, model string) (app.Message, error) {
	return s.restart(ctx, actor, Restart{ChatID: id, MessageID: message, Model: model}, "regenerate_answer")
}

// Continue goes on with an answer that was stopped, interrupted or failed;
// conflict for any other.
func (s *Service) Continue(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID, model string) (app.Message, error) {
	return s.restart(ctx, actor, Restart{ChatID: id, MessageID: message, Model: model, Keep: true}, "continue_answer")
}

func (s *Service) restart(ctx context.Context, actor app.Actor, restart Restart, action string) (app.Message, error) {
	if err := s.requireEditor(ctx, actor, restart.ChatID); err != nil {
		return app.Message{}, err
	}
	if restart.Model != "" {
		// Only its form: a model that cannot be had is told by the answer itself.
		if _, err := rule.Model(restart.Model); err != nil {
			return app.Message{}, err
		}
		if choice, err := s.models.Resolve(ctx, actor, restart.Model); err == nil {
			restart.Model = choice.ID
		}
	}
	restart.Asker, restart.Owner = actor.UserID, s.Owner()
	var changes app.Changes
	err := s.held(ctx, actor, restart.ChatID, func(ctx context.Context) (err error) {
		changes, err = s.runs.Restart(ctx, restart)
		return err
	})
	if err != nil {
		return app.Message{}, err
	}
	s.record(actor, action, restart.ChatID)
	s.signals.ChatChanged(changes)
	m := changes.Messages[0]
	s.begin(m, actor.UserID)
	return m, nil
}

// Stop stores the wish to stop an answer and tells which run it holds for (0
// where it has ended). Nothing happens to an answer that has ended.
func (s *Service) Stop(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID) (int64, error) {
	if err := s.requireEditor(ctx, actor, id); err != nil {
		return 0, err
	}
	var (
		changes app.Changes
		run     int64
	)
	err := s.held(ctx, actor, id, func(ctx context.Context) (err error) {
		changes, run, err = s.runs.Stop(ctx, id, message)
		return err
	})
	if err != nil {
		return 0, err
	}
	s.record(actor, "stop_answer", id)
	if changes.Rev > changes.From {
		s.signals.ChatChanged(changes)
		s.wakeClaims()
	}
	return run, nil
}

func (s *Service) requireEditor(ctx context.Context, actor app.Actor, id app.ChatID) error {
	if !actor.SignedIn() {
		return app.ErrUnauthorized
	}
	role, err := s.roles.Role(ctx, actor.UserID, id)
	if err != nil {
		return err
	}
	return mustWrite(role)
}

func mustWrite(role app.MemberRole) error {
	if !role.MayWrite() {
		return app.Errorf(app.CodeForbidden, "You may read in this chat, but not ask in it.")
	}
	return nil
}

// held does something to a chat if the actor may write there still, once the
// chat is locked.
func (s *Service) held(ctx context.Context, actor app.Actor, id app.ChatID, do func(context.Context) error) error {
	return s.roles.Hold(ctx, actor.UserID, id, func(ctx context.Context, role app.MemberRole) error {
		if err := mustWrite(role); err != nil {
			return err
		}
		return do(ctx)
	})
}

func (s *Service) record(actor app.Actor, action string, id app.ChatID) {
	s.log.Info("change", "action", action, "user_id", actor.UserID, "chat_id", id, "request_id", actor.RequestID)
}
