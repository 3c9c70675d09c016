package assistant

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// Why a run ends before its model is done.
var (
	errStopped  = errors.New("somebody stopped it")
	errTooLarge = errors.New("the answer reached its limit")
	errDraining = errors.New("the server is shutting down")
	errTooLong  = errors.New("the answer took too long")
	// errLost is a run that is no longer ours: ended by somebody else,
	// deleted, or of an epoch that is past. Its text is thrown away.
	errLost = errors.New("the run is not this node's any more")
)

// answer runs one answer from its start to its stored end.
func (s *Service) answer(r *running) {
	defer r.cancel(nil)
	stop := context.AfterFunc(s.life, func() { r.cancel(context.Cause(s.life)) })
	defer stop()
	usage, err := s.stream(r)
	if errors.Is(context.Cause(r.ctx), errLost) {
		s.live.remove(r)
		return
	}
	s.finish(r, s.ending(r, usage, err))
}

// stream asks the model and appends what it sends. A panic of a provider is
// an error like any other.
func (s *Service) stream(r *running) (usage *app.Usage, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			s.log.Error("answer panicked", "message_id", r.run.MessageID, "panic", fault, "stack", string(debug.Stack()))
			err = app.ErrInternal
		}
	}()
	ctx, cancel := context.WithTimeoutCause(r.ctx, s.options.Longest, errTooLong)
	defer cancel()
	choice, request, err := s.prepare(ctx, r.run)
	if err != nil {
		return nil, err
	}
	r.found()
	err = choice.Provider.Stream(ctx, request, func(d llm.Delta) error {
		if d.Usage != nil {
			usage = d.Usage
		}
		return s.grow(r, d.Part, d.Text, false)
	})
	if err != nil && errors.Is(context.Cause(ctx), errTooLong) {
		err = errTooLong
	}
	if flush := errors.Join(s.grow(r, app.PartReasoning, "", true), s.grow(r, app.PartContent, "", true)); err == nil {
		err = flush
	}
	return usage, err
}

func (s *Service) grow(r *running, part app.Part, text string, last bool) error {
	if cause := context.Cause(r.ctx); cause != nil && !last {
		return cause
	}
	if part == "" {
		part = app.PartContent
	}
	delta, fits := r.grow(part, text, last, s.options.MaxBytes())
	if delta.End > delta.Offset {
		s.deltas.Grown(delta)
	}
	if !fits {
		return errTooLarge
	}
	return nil
}

// ending says how a run ends, from what stopped it.
func (s *Service) ending(r *running, usage *app.Usage, err error) app.Ending {
	content, reasoning := r.texts()
	e := app.Ending{ChatID: r.run.ChatID, MessageID: r.run.MessageID, Rev: r.run.Rev, Owner: s.Owner(), Usage: usage, Content: &content}
	if reasoning != "" {
		e.Reasoning = &reasoning
	}
	if cause := context.Cause(r.ctx); cause != nil {
		err = cause
	}
	switch {
	case err == nil && content == "" && reasoning == "":
		e.Status, e.Failure = app.StatusFailed, &app.Failure{Code: app.CodeUnavailable, Message: "The model sent no text; try again."}
	case err == nil:
		e.Status = app.StatusComplete
	case errors.Is(err, errStopped):
		e.Status = app.StatusStopped
	case errors.Is(err, errTooLarge):
		e.Status = app.StatusStopped
		e.Failure = &app.Failure{Code: app.CodeTooLarge, Message: fmt.Sprintf("The answer reached the limit of %d KiB and ends here.", s.options.MaxBytes()>>10)}
	case errors.Is(err, errDraining):
		e.Status = app.StatusInterrupted
	case errors.Is(err, errTooLong):
		e.Status, e.Failure = app.StatusFailed, &app.Failure{Code: app.CodeUnavailable, Message: fmt.Sprintf("The answer took longer than %.0f minutes and was ended; continue it to read on.", s.options.Longest.Minutes())}
	default:
		e.Status, e.Failure = app.StatusFailed, s.failure(r, err)
	}
	return e
}

// failure is what a person reads of an error; the log has the whole of it.
func (s *Service) failure(r *running, err error) *app.Failure {
	s.log.Warn("answer failed", "chat_id", r.run.ChatID, "message_id", r.run.MessageID, "model", r.run.Model, "error", err)
	known := llm.Failure(err)
	return &known
}

// finish stores the end, tells it, and lets the next ones begin. A database
// that is away is waited for: the text is in memory, and only there.
func (s *Service) finish(r *running, ending app.Ending) {
	var changes app.Changes
	unsure := false
	patience, cancel := s.patience()
	defer cancel()
	err := retry(patience, func(ctx context.Context) (err error) {
		changes, err = s.runs.End(ctx, ending)
		unsure = unsure || err != nil
		return err
	})
	switch {
	case err != nil && !errors.Is(err, app.ErrNotFound):
		s.log.Error("the end of an answer could not be stored; what was flushed is kept", "message_id", ending.MessageID, "error", err)
	case changes.Rev > changes.From:
		model, first := r.measured()
		s.options.Meter.Answered(model, ending.Status == app.StatusFailed, ending.Usage, first)
		s.signals.ChatChanged(changes)
		s.log.Info("change", "action", "end_answer", "chat_id", ending.ChatID, "message_id", ending.MessageID, "status", ending.Status)
	case unsure:
		s.signals.ChatStale(ending.ChatID)
	}
	s.wakeClaims()
	s.live.remove(r)
}

// patience bounds how long an end is tried: as long as we live, and a little
// longer once the server has to go.
func (s *Service) patience() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(s.life, func() { time.AfterFunc(s.options.Patience, cancel) })
	return ctx, func() {
		stop()
		cancel()
	}
}
