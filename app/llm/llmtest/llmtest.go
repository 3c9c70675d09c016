// Package llmtest is a model for tests that says what it was told to, when it
// was told to: a script of steps, played anew for each question. It imports
// app and app/llm only.
package llmtest

import (
	"context"
	"sync"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

var _ llm.Endpoint = (*Provider)(nil)

// Step is one thing that an answer does. An error ends the answer with it.
type Step func(ctx context.Context, emit func(llm.Delta) error) error

// Text emits a piece of content for each argument.
func Text(pieces ...string) Step { return say(app.PartContent, pieces) }

// Reasoning emits a piece of reasoning for each argument.
func Reasoning(pieces ...string) Step { return say(app.PartReasoning, pieces) }

func say(part app.Part, pieces []string) Step {
	return func(_ context.Context, emit func(llm.Delta) error) error {
		for _, piece := range pieces {
			if err := emit(llm.Delta{Part: part, Text: piece}); err != nil {
				return err
			}
		}
		return nil
	}
}

// Usage emits what the answer cost.
func Usage(prompt, completion int) Step {
	return func(_ context.Context, emit func(llm.Delta) error) error {
		return emit(llm.Delta{Part: app.PartContent, Usage: &app.Usage{PromptTokens: prompt, CompletionTokens: completion}})
	}
}

// Fail ends the answer with this error.
func Fail(err error) Step {
	return func(context.Context, func(llm.Delta) error) error { return err }
}

// Block says nothing more until the answer's context ends.
func Block() Step {
	return func(ctx context.Context, _ func(llm.Delta) error) error {
		<-ctx.Done()
		return ctx.Err()
	}
}

// Wait says nothing until the channel has a value or is closed: send one
// value for each answer to be let through.
func Wait(on <-chan struct{}) Step {
	return func(ctx context.Context, _ func(llm.Delta) error) error {
		select {
		case <-on:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Reached tells the test that the answer has come to this place.
func Reached(tell chan<- struct{}) Step {
	return func(ctx context.Context, _ func(llm.Delta) error) error {
		select {
		case tell <- struct{}{}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Provider plays scripts and remembers what it was asked.
type Provider struct {
	mu       sync.Mutex
	scripts  [][]Step
	requests []llm.Request
	listing  []llm.Listing
	failing  error
}

// New makes a model that answers every question with these steps.
func New(steps ...Step) *Provider { return &Provider{scripts: [][]Step{steps}} }

// Then sets the script of the question after those that have one already; the
// last script is played for all that follow.
func (p *Provider) Then(steps ...Step) *Provider {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scripts = append(p.scripts, steps)
	return p
}

// Lists sets what ListModels answers.
func (p *Provider) Lists(err error, models ...llm.Listing) *Provider {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listing, p.failing = models, err
	return p
}

// Requests are the questions so far, in the order they came.
func (p *Provider) Requests() []llm.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]llm.Request(nil), p.requests...)
}

// Stream implements llm.Provider.
func (p *Provider) Stream(ctx context.Context, request llm.Request, emit func(llm.Delta) error) error {
	for _, step := range p.script(request) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(ctx, emit); err != nil {
			return err
		}
	}
	return nil
}

func (p *Provider) script(request llm.Request) []Step {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, request)
	script := p.scripts[0]
	if len(p.scripts) > 1 {
		p.scripts = p.scripts[1:]
	}
	return script
}

// ListModels implements llm.Endpoint.
func (p *Provider) ListModels(ctx context.Context) ([]llm.Listing, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return append([]llm.Listing(nil), p.listing...), p.failing
}
