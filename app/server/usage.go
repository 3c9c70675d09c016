package server

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/usage"
	"github.com/quillium/quillium/repositories"
)

// buildUsage wires what counts. It is built before those who count and so
// taken down after them: what they counted last is stored, too.
func (s *Server) buildUsage() *usage.Meter {
	counts := repositories.NewUsageRepository(s.db)
	s.usage = usage.NewService(counts, time.Now)
	meter := usage.NewMeter(counts, s.options.Log, time.Now)
	s.later("what was counted", meter.Flush)
	s.loop("usage", meter.Run)
	return meter
}

var _ assistant.Meter = (*usage.Meter)(nil)

// counted is where messages are kept, and who counts them.
type counted struct {
	*repositories.MessageRepository
	meter *usage.Meter
}

var _ chat.MessageRepository = counted{}

// Create counts what was stored: questions, and answers that failed at once.
func (c counted) Create(ctx context.Context, owner app.Owner, postings []chat.Posting) ([]chat.Posted, error) {
	posted, err := c.MessageRepository.Create(ctx, owner, postings)
	if err != nil {
		return posted, err
	}
	messages, failures := 0, 0
	for _, p := range posted {
		if p.Verdict != chat.Stored {
			continue
		}
		messages++
		for _, m := range p.Messages {
			if m.Status == app.StatusFailed {
				failures++
			}
		}
	}
	c.meter.Posted(messages, failures)
	return posted, nil
}
