package openai

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// retries is how often a question is put again, only while no text has come.
// maxWait is the longest pause an endpoint may ask for before that; over it
// the person is told to wait.
const (
	retries = 2
	maxWait = 5 * time.Second
)

var errWhole = errors.New("the answer took longer than an answer may")

// Stream implements llm.Provider.
func (c *Client) Stream(ctx context.Context, request llm.Request, emit func(llm.Delta) error) error {
	bounded, cancel := context.WithTimeoutCause(ctx, c.options.Whole, llm.TooSlow(errWhole))
	defer cancel()
	out := &sink{emit: emit, echo: echo{prefill: request.Prefill}}
	err := c.persist(bounded, request, out)
	if err == nil || errors.Is(err, errCut) {
		out.finish()
	}
	switch {
	case out.failed != nil:
		return out.failed
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return translate(bounded, err)
}

// persist asks until there is an answer or no sense in asking again.
func (c *Client) persist(ctx context.Context, request llm.Request, out *sink) error {
	speech := dialect{noUsage: c.noUsage.Load()}
	for again := 0; ; {
		err := c.try(ctx, request, speech, out)
		if err == nil || out.begun || out.failed != nil || ctx.Err() != nil {
			return err
		}
		// Learning what an endpoint does not take is no retry.
		if speech.learn(err) {
			c.noUsage.Store(speech.noUsage)
			continue
		}
		wait, sensible := c.pause(err, again)
		if !sensible || again == retries {
			return err
		}
		again++
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// pause tells how long to wait before another try, and whether one may help.
func (c *Client) pause(err error, again int) (time.Duration, bool) {
	wait := c.options.Pause << again
	wait += rand.N(wait/4 + 1) //nolint:gosec // spreads retries, keeps no secret
	var refused *refusal
	if errors.As(err, &refused) {
		return max(wait, refused.after), refused.passing() && refused.after <= maxWait
	}
	var forbidden *forbiddenAddress
	if errors.As(err, &forbidden) {
		return 0, false
	}
	var known *app.Error
	return wait, !errors.As(err, &known)
}

// try puts the question once. What it returns is not translated yet.
func (c *Client) try(ctx context.Context, request llm.Request, speech dialect, out *sink) error {
	ctx, watch := newWatch(ctx, llm.TooSlow(errors.New("nothing came in time")))
	defer watch.close()
	attempt := &attempt{client: c, watch: watch}
	stream, err := attempt.open(ctx, request, speech)
	if err != nil {
		return attempt.fault(ctx, err)
	}
	defer func() { _ = stream.Close() }()
	ended := false
	for {
		raw, err := stream.RecvRaw()
		switch {
		case errors.Is(err, io.EOF), err != nil && ended:
			// After its finish_reason an answer lacks nothing but its usage.
			return out.verdict
		case err != nil:
			return attempt.fault(ctx, err)
		}
		if ended, err = out.take(raw); err != nil {
			attempt.report(err, raw)
			return err
		}
		if ended {
			attempt.lines.between = min(attempt.lines.between, maxWait)
		}
	}
}

// translate finds the sentence for whatever ended an answer.
func translate(ctx context.Context, err error) error {
	var refused *refusal
	if errors.As(err, &refused) {
		return refused.sentence()
	}
	var forbidden *forbiddenAddress
	if errors.As(err, &forbidden) {
		return llm.BadAddress(forbidden)
	}
	var known *app.Error
	if errors.As(err, &known) || ctx.Err() != nil && errors.As(context.Cause(ctx), &known) {
		return known
	}
	var nothing *unreachable
	switch {
	case errors.As(err, &nothing):
		return llm.Unreachable(nothing)
	case strings.Contains(err.Error(), "headers exceeded"), strings.Contains(err.Error(), "malformed"):
		return llm.Garbled(err) // net/http has no values for these
	}
	return llm.BrokeOff(err)
}
