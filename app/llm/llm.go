// Package llm is the plug between Quillium and whatever produces answers: what
// is asked, what comes back piece by piece, and how it fails. The appliances
// are in its folders (openai, guide, and llmtest for tests). It imports app
// and the standard library only.
package llm

import (
	"context"

	"github.com/quillium/quillium/app"
)

// Message is one turn of the conversation, as the model shall read it.
type Message struct {
	Role    app.MessageRole
	Content string
}

// Request is one question to a model.
type Request struct {
	// Model is the model's name at its provider, not its id here.
	Model    string
	System   string
	Messages []Message
	// MaxTokens bounds the answer; 0 sets no bound.
	MaxTokens int
	// Prefill is set to go on with an answer that broke off: it is the text the
	// answer already has, which the last of Messages (an assistant's) repeats.
	// What is emitted is only what follows it.
	Prefill string
}

// Delta is a piece of an answer. Text is as the endpoint sent it; it may be
// empty when the piece only carries Usage.
type Delta struct {
	Part app.Part
	Text string
	// Usage comes at most once an answer, near its end, and not from everybody.
	Usage *app.Usage
}

// Provider asks models. It is safe for concurrent use.
type Provider interface {
	// Stream asks and hands every piece to emit, in order, on the calling
	// goroutine. An error of emit ends the answer at once and is returned
	// untouched; so is the error of a context that ends. Every other failure is
	// an *app.Error with a sentence for people. Nil means that the answer ended
	// as its model wanted it to.
	Stream(ctx context.Context, request Request, emit func(Delta) error) error
}

// Listing is a model as its provider names it. ContextSize is in tokens, 0
// where the provider does not tell.
type Listing struct {
	Name        string
	ContextSize int
}

// Endpoint is a provider that can be asked what it serves.
type Endpoint interface {
	Provider
	// ListModels names the models of this endpoint. It fails like Stream does;
	// CodeNotFound means that the endpoint has no list.
	ListModels(ctx context.Context) ([]Listing, error)
}
