package assistant

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
)

// flushLoop appends what running answers grew by to the live tail, every
// FlushEvery while any runs, and raises the beat at least every BeatEvery.
// One flush at a time: the next begins when the one before has ended.
func (s *Service) flushLoop(ctx context.Context) {
	ticker := time.NewTicker(s.options.FlushEvery)
	defer ticker.Stop()
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		runs := s.live.all()
		if len(runs) == 0 && time.Since(last) < s.options.BeatEvery {
			continue
		}
		last = time.Now()
		if err := s.flush(ctx, runs); err != nil && ctx.Err() == nil {
			s.log.Warn("running answers could not be flushed; it is tried again", "error", err)
		}
	}
}

// flushTimeout leaves room for a second try before the others take a node
// whose flush hangs for dead.
const flushTimeout = 2 * time.Second

// flush stores what is new. Where that fails for its data, each answer is
// flushed alone, so that one does not hold up the others.
func (s *Service) flush(ctx context.Context, runs []*running) error {
	err := s.flushTogether(ctx, runs)
	if err == nil || len(runs) < 2 || isAway(err) {
		return err
	}
	for _, r := range runs {
		if err := s.flushTogether(ctx, []*running{r}); err != nil {
			s.log.Error("an answer could not be flushed", "message_id", r.run.MessageID, "error", err)
		}
	}
	return nil
}

func (s *Service) flushTogether(ctx context.Context, runs []*running) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	asked := make([]app.Run, len(runs))
	var chunks []app.Chunk
	var grown []app.ChatID
	for i, r := range runs {
		asked[i] = app.Run{MessageID: r.run.MessageID, Rev: r.run.Rev}
		if unstored := r.unstored(); len(unstored) > 0 {
			chunks, grown = append(chunks, unstored...), append(grown, r.run.ChatID)
		}
	}
	alive, kept, err := s.nodes.Flush(ctx, s.Owner(), asked, chunks)
	if err != nil {
		return err
	}
	if !alive {
		return s.comeBack(ctx)
	}
	s.kept(runs, kept)
	if len(grown) > 0 {
		s.deltas.Flushed(grown)
	}
	return nil
}

// kept goes on from what is stored: lost runs are dropped, wishes to stop are
// followed.
func (s *Service) kept(runs []*running, kept []app.Kept) {
	byID := make(map[app.MessageID]*running, len(runs))
	for _, r := range runs {
		byID[r.run.MessageID] = r
	}
	for _, k := range kept {
		r := byID[k.MessageID]
		if r == nil || r.run.Rev != k.Rev {
			continue
		}
		r.keep(k.Part, k.End)
		if k.Stop {
			r.cancel(errStopped)
		}
	}
	for _, k := range kept {
		delete(byID, k.MessageID)
	}
	for _, r := range byID {
		r.cancel(errLost)
	}
}

// comeBack is for a node that was declared dead: what it ran is no longer its
// own, and it begins its next epoch.
func (s *Service) comeBack(ctx context.Context) error {
	s.log.Warn("this node was declared dead; its answers are left to whoever took them over")
	for _, r := range s.live.all() {
		r.cancel(errLost)
	}
	return s.register(ctx)
}

// claimLoop starts waiting answers: when one ends here, and every BeatEvery.
func (s *Service) claimLoop(ctx context.Context) {
	ticker := time.NewTicker(s.options.BeatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.claiming:
		}
		if err := s.claim(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("waiting answers could not be started; it is tried again", "error", err)
		}
	}
}

func (s *Service) wakeClaims() {
	select {
	case s.claiming <- struct{}{}:
	default:
	}
}

const (
	claimsAtOnce = 20
	// roundTimeout bounds one round of claims, or of taking over: a connection
	// that died without a word must not hold up the next.
	roundTimeout = 10 * time.Second
)

func (s *Service) claim(ctx context.Context) error {
	if s.draining.Load() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	waiting, err := s.runs.Waiting(ctx, claimsAtOnce)
	if err != nil {
		return err
	}
	passed := map[string]bool{}
	claimed := false
	for _, run := range waiting {
		// A place that comes free meanwhile is for who was passed over.
		if passed[string(run.ChatID)] || passed[string(run.Asker)] {
			continue
		}
		changes, err := s.runs.Claim(ctx, s.Owner(), run)
		switch {
		case isAway(err):
			return err
		case err != nil:
			s.log.Error("a waiting answer could not be started; it is tried again", "message_id", run.MessageID, "error", err)
		case changes.Rev > changes.From:
			claimed = true
			s.signals.ChatChanged(changes)
			s.begin(changes.Messages[0], run.Asker)
		default:
			passed[string(run.ChatID)], passed[string(run.Asker)] = true, true
		}
	}
	if claimed && len(passed) > 0 {
		s.wakeClaims()
	}
	return nil
}

// begin starts an answer that was just stored as streaming here, from what
// was stored: what was read before may be of an earlier run.
func (s *Service) begin(m app.Message, asker app.UserID) {
	if m.Status != app.StatusStreaming {
		return
	}
	run := app.Run{ChatID: m.ChatID, MessageID: m.ID, Rev: m.Rev, Asker: asker, Content: m.Content}
	if m.Reasoning != nil {
		run.Reasoning = *m.Reasoning
	}
	if m.Model != nil {
		run.Model = *m.Model
	}
	s.Started([]app.Run{run})
}
