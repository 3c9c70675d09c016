package chat

import (
	"context"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// Input is a message somebody sends. Model names who shall answer; ClientID
// makes a repeat of it harmless.
type Input struct {
	Content  string
	ClientID *string
	Model    string
	ReplyTo  *string
}

// EditInput is a new text for a message; Answer asks for its answers anew.
type EditInput struct {
	Content string
	Answer  bool
}

// GetMessages lists messages ascending by seq; a running one has its text so
// far. A stranger gets not_found.
func (s *Service) GetMessages(ctx context.Context, actor app.Actor, id app.ChatID, within Range) ([]app.Message, error) {
	if !actor.SignedIn() {
		return nil, app.ErrUnauthorized
	}
	list, err := s.messages.GetByChatID(ctx, actor.UserID, id, within)
	if err != nil {
		return nil, err
	}
	s.answers.Overlay(list)
	for i := range list {
		list[i] = list[i].For(actor.UserID)
	}
	return list, nil
}

// GetMessage finds one message of a chat; not_found for strangers.
func (s *Service) GetMessage(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID) (app.Message, error) {
	if !actor.SignedIn() {
		return app.Message{}, app.ErrUnauthorized
	}
	m, err := s.messages.GetByID(ctx, actor.UserID, id, message)
	one := []app.Message{m}
	s.answers.Overlay(one)
	return one[0].For(actor.UserID), err
}

// Post stores a message with the places of its answers and returns it after
// the commit. A repeated client_id returns the message that is there.
// not_found for strangers, forbidden for viewers, invalid_input and too_large
// by the rules, rate_limited where too many answers wait.
func (s *Service) Post(ctx context.Context, actor app.Actor, id app.ChatID, input Input) (app.Message, error) {
	wait, err := s.Submit(ctx, actor, id, input)
	if err != nil {
		return app.Message{}, err
	}
	return wait(ctx)
}

// Submit is the first half of Post: it checks and hands the message to the
// committer. Messages of one caller about one chat are stored in the order
// submitted, and the next need not wait for the one before.
func (s *Service) Submit(ctx context.Context, actor app.Actor, id app.ChatID, input Input) (func(context.Context) (app.Message, error), error) {
	if !actor.SignedIn() {
		return nil, app.ErrUnauthorized
	}
	chat, err := s.recent.GetByID(ctx, actor.UserID, id)
	switch {
	case err != nil:
		return nil, err
	case !chat.Me.Role.MayWrite():
		return nil, readOnly()
	}
	posting, err := s.posting(actor, id, input)
	if err != nil {
		// Who lost the chat a moment ago is told that, not what is wrong with it.
		if _, denied := s.requireEditor(ctx, actor, id); denied != nil {
			return nil, denied
		}
		return nil, err
	}
	if posting.Answers, err = s.answers.Plan(ctx, actor, chat, posting.Content, input.Model); err != nil {
		return nil, err
	}
	done := s.commits.submit(posting)
	return func(ctx context.Context) (app.Message, error) { return s.await(ctx, actor, posting, done) }, nil
}

func (s *Service) posting(actor app.Actor, id app.ChatID, input Input) (Posting, error) {
	posting := Posting{ID: app.NewID[app.MessageID](), ChatID: id, AuthorID: actor.UserID}
	var err error
	if posting.Content, err = rule.Content(input.Content, s.maxBytes()); err != nil {
		return posting, err
	}
	if err := checked(&posting.ClientID, input.ClientID, rule.ClientID); err != nil {
		return posting, err
	}
	if input.Model != "" {
		if _, err := rule.Model(input.Model); err != nil {
			return posting, err
		}
	}
	if input.ReplyTo != nil {
		reply, err := app.ParseID[app.MessageID](*input.ReplyTo)
		if err != nil {
			return posting, unknownReply()
		}
		posting.ReplyTo = &reply
	}
	return posting, nil
}

func unknownReply() *app.Error {
	return app.Invalid("reply_to", "there is no such message in this chat")
}

// await waits for the commit and says what became of the posting.
func (s *Service) await(ctx context.Context, actor app.Actor, posting Posting, done <-chan outcome) (app.Message, error) {
	var out outcome
	select {
	case out = <-done:
	case <-ctx.Done():
		return app.Message{}, &app.Error{Code: app.CodeUnavailable, Message: "Storing the message took too long; send it again with the same client_id.", Cause: ctx.Err()}
	}
	if out.err != nil {
		return app.Message{}, out.err
	}
	switch out.posted.Verdict {
	case Stored:
		s.record(actor, "post_message", posting.ChatID)
		return out.posted.Messages[0], nil
	case Duplicate:
		return s.GetMessage(ctx, actor, posting.ChatID, out.posted.ID)
	case ReadOnly:
		return app.Message{}, readOnly()
	case UnknownReply:
		return app.Message{}, unknownReply()
	case TooMany:
		return app.Message{}, TooManyWaiting()
	default:
		return app.Message{}, app.ErrNotFound
	}
}

// committed tells the world of a stored posting: first what changed, then, to
// the answerer, which answers have begun.
func (s *Service) committed(posting Posting, posted Posted) {
	if posted.Verdict == Duplicate && posted.ID == posting.ID {
		// The first try was stored and its answer lost on the way: nobody was told.
		s.signals.ChatStale(posting.ChatID)
	}
	if posted.Verdict != Stored {
		return
	}
	changes := app.Changes{ChatID: posting.ChatID, From: posted.From, Messages: make([]app.Message, 0, len(posted.Messages))}
	for _, m := range posted.Messages {
		changes.Rev = m.Rev
		changes.Messages = append(changes.Messages, m.WithoutClientID())
	}
	s.signals.ChatChanged(changes)
	s.answers.Started(runsOf(posting.AuthorID, posted.Messages))
}

// runsOf are the answers among these messages that stream now.
func runsOf(asker app.UserID, messages []app.Message) []app.Run {
	var runs []app.Run
	for _, m := range messages {
		if m.Status == app.StatusStreaming && m.Model != nil {
			runs = append(runs, app.Run{ChatID: m.ChatID, MessageID: m.ID, Rev: m.Rev, Asker: asker, Model: *m.Model})
		}
	}
	return runs
}

// EditMessage gives a message of the actor a new text; the old one is kept as
// a version. With Answer its answers begin anew: conflict while one runs.
// Conflict too where there are MaxVersions of a message.
func (s *Service) EditMessage(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID, input EditInput) (app.Message, error) {
	if _, err := s.requireEditor(ctx, actor, id); err != nil {
		return app.Message{}, err
	}
	content, err := rule.Content(input.Content, s.maxBytes())
	if err != nil {
		return app.Message{}, err
	}
	edit := Edit{ChatID: id, MessageID: message, Author: actor.UserID, Content: content, Again: input.Answer, Owner: s.answers.Owner()}
	if input.Answer {
		chat, err := s.chats.GetByID(ctx, actor.UserID, id)
		if err != nil {
			return app.Message{}, err
		}
		if edit.First, err = s.answers.Plan(ctx, actor, chat, content, ""); err != nil {
			return app.Message{}, err
		}
	}
	changes, err := held(ctx, &s.doorway, actor, id, mustWrite, func(ctx context.Context, _ app.MemberRole) (app.Changes, error) {
		return s.messages.Update(ctx, edit)
	})
	if err != nil {
		return app.Message{}, err
	}
	s.tell(actor, "edit_message", public(changes))
	s.answers.Started(runsOf(actor.UserID, changes.Messages))
	return find(changes.Messages, message).For(actor.UserID), nil
}

// DeleteMessage erases a message of the actor, or any where he owns the chat,
// and returns what is left of it.
func (s *Service) DeleteMessage(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID) (app.Message, error) {
	if _, err := s.requireEditor(ctx, actor, id); err != nil {
		return app.Message{}, err
	}
	changes, err := held(ctx, &s.doorway, actor, id, mustWrite, func(ctx context.Context, role app.MemberRole) (app.Changes, error) {
		by := actor.UserID
		if role == app.MemberOwner {
			by = ""
		}
		return s.messages.Delete(ctx, by, id, message)
	})
	if err != nil {
		return app.Message{}, err
	}
	s.tell(actor, "delete_message", public(changes))
	return find(changes.Messages, message).For(actor.UserID), nil
}

// public is the copy of changes that everybody may see.
func public(changes app.Changes) app.Changes {
	shown := make([]app.Message, len(changes.Messages))
	for i, m := range changes.Messages {
		shown[i] = m.WithoutClientID()
	}
	changes.Messages = shown
	return changes
}

func find(messages []app.Message, id app.MessageID) app.Message {
	for _, m := range messages {
		if m.ID == id {
			return m
		}
	}
	return app.Message{}
}
