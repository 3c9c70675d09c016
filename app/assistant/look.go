package assistant

import (
	"context"
	"errors"
	"time"

	"github.com/quillium/quillium/app"
)

// watch is what a looker remembers of a node: its beat, and since when, by
// the looker's own monotonic clock, it has not moved.
type watch struct {
	beat  Beat
	since time.Time
}

// lookout is what a looker remembers from one look to the next.
type lookout struct {
	nodes map[app.NodeID]watch
	// missing are the runs that the last look found stored as ours and not here.
	missing map[app.MessageID]int64
	last    time.Time
	// forgot is when nodes of the past were cleared away last.
	forgot time.Time
}

func newLookout() *lookout {
	return &lookout{nodes: map[app.NodeID]watch{}, missing: map[app.MessageID]int64{}}
}

// lookLoop looks for the dead every LookEvery and takes over what they ran.
// A look that the database does not answer starts the count anew: nobody is
// declared dead because the database was away.
func (s *Service) lookLoop(ctx context.Context) {
	ticker := time.NewTicker(s.options.LookEvery)
	defer ticker.Stop()
	out := newLookout()
	for {
		if err := s.look(ctx, out); err != nil {
			clear(out.nodes)
			if ctx.Err() == nil {
				s.log.Warn("the other nodes could not be looked at; it is tried again", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

const lookTimeout = 400 * time.Millisecond

func (s *Service) look(ctx context.Context, out *lookout) error {
	if err := s.buryDead(ctx, out); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	if err := s.takeOver(ctx); err != nil {
		return err
	}
	if err := s.dropStrays(ctx, out); err != nil {
		return err
	}
	return s.forgetGone(ctx, out)
}

const forgetEvery = time.Hour

// forgetGone clears away the rows of nodes that ended long ago.
func (s *Service) forgetGone(ctx context.Context, out *lookout) error {
	if time.Since(out.forgot) < forgetEvery {
		return nil
	}
	out.forgot = time.Now()
	return s.nodes.Forget(ctx, s.options.Node)
}

func (s *Service) buryDead(ctx context.Context, out *lookout) error {
	asked := time.Now()
	beats, err := s.beats(ctx)
	if err != nil {
		return err
	}
	// A looker that stood still itself, or was kept waiting, has not seen
	// anybody stand still.
	if asked.Sub(out.last) > s.options.LookEvery+lookTimeout {
		clear(out.nodes)
	}
	out.last = time.Now()
	for _, beat := range beats {
		before, known := out.nodes[beat.Node]
		if !known || before.beat != beat {
			out.nodes[beat.Node] = watch{beat: beat, since: out.last}
			continue
		}
		if beat.Node == s.options.Node || asked.Sub(before.since) < s.options.DeadAfter {
			continue
		}
		buried, err := s.nodes.Bury(ctx, beat)
		if err != nil {
			return err
		}
		if buried {
			s.log.Warn("a node shows no life; its answers are taken over", "node", beat.Node, "epoch", beat.Epoch)
		}
	}
	return nil
}

func (s *Service) beats(ctx context.Context) ([]Beat, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	return s.nodes.Beats(ctx)
}

// takeOver ends runs whose owner is gone with everything they had flushed.
func (s *Service) takeOver(ctx context.Context) error {
	orphans, err := s.nodes.Orphans(ctx)
	if err != nil {
		return err
	}
	for _, orphan := range orphans {
		if err := s.interrupt(ctx, orphan); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) interrupt(ctx context.Context, ending app.Ending) error {
	changes, err := s.runs.End(ctx, ending)
	switch {
	case isAway(err):
		return err
	case errors.Is(err, app.ErrNotFound):
	case err != nil:
		// One that cannot be ended must not keep the others waiting.
		s.log.Error("an answer could not be taken over; it is tried again", "message_id", ending.MessageID, "error", err)
	case changes.Rev > changes.From:
		s.signals.ChatChanged(changes)
		s.log.Info("change", "action", "interrupt_answer", "chat_id", ending.ChatID, "message_id", ending.MessageID)
		s.wakeClaims()
	}
	return nil
}

// dropStrays ends runs that are stored as ours but do not run here: the
// answer of the statement that began them was lost. One that is missing at
// two looks in a row is a stray; at the first it may be about to begin.
func (s *Service) dropStrays(ctx context.Context, out *lookout) error {
	runs, err := s.runs.Held(ctx, s.Owner())
	if err != nil {
		return err
	}
	missing := map[app.MessageID]int64{}
	for _, run := range runs {
		if _, _, here := s.live.Text(run.MessageID, run.Rev); here {
			continue
		}
		missing[run.MessageID] = run.Rev
		if out.missing[run.MessageID] != run.Rev {
			continue
		}
		stray := app.Ending{ChatID: run.ChatID, MessageID: run.MessageID, Rev: run.Rev, Status: app.StatusInterrupted}
		if err := s.interrupt(ctx, stray); err != nil {
			return err
		}
	}
	out.missing = missing
	return nil
}

// isAway tells whether an error is of a database that is not there, rather
// than of the data.
func isAway(err error) bool {
	return errors.Is(err, app.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
