package openai

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	goopenai "github.com/sashabaranov/go-openai"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// attempt is one request, as go-openai's transport.
type attempt struct {
	client    *Client
	watch     *watch
	lines     *lines
	connected atomic.Bool
}

var _ goopenai.HTTPDoer = (*attempt)(nil)

// unreachable is a connection that never came to be.
type unreachable struct{ cause error }

func (u *unreachable) Error() string { return u.cause.Error() }
func (u *unreachable) Unwrap() error { return u.cause }

// dialect is what an endpoint turned out not to take.
type dialect struct {
	noUsage          bool
	completionTokens bool
}

// learn tells whether a refusal names something that can be left out.
func (d *dialect) learn(err error) bool {
	var refused *refusal
	if !errors.As(err, &refused) || refused.status != http.StatusBadRequest && refused.status != http.StatusUnprocessableEntity {
		return false
	}
	switch {
	case !d.noUsage && (refused.says("stream_options") || refused.says("include_usage")):
		d.noUsage = true
	case !d.completionTokens && refused.says("max_completion_tokens"):
		d.completionTokens = true
	default:
		return false
	}
	return true
}

func (a *attempt) open(ctx context.Context, request llm.Request, speech dialect) (*goopenai.ChatCompletionStream, error) {
	config := goopenai.DefaultConfig(a.client.options.Key)
	config.BaseURL = a.client.options.BaseURL
	config.HTTPClient = a
	client := goopenai.NewClientWithConfig(config)
	stream, err := client.CreateChatCompletionStream(ctx, chatRequest(request, speech))
	if errors.Is(err, goopenai.ErrReasoningModelMaxTokensDeprecated) {
		speech.completionTokens = true
		stream, err = client.CreateChatCompletionStream(ctx, chatRequest(request, speech))
	}
	if errors.Is(err, goopenai.ErrChatCompletionInvalidModel) {
		return nil, llm.UnknownModel(err)
	}
	return stream, err
}

// Do sends the request and hands go-openai nothing but a stream of events.
func (a *attempt) Do(request *http.Request) (*http.Response, error) {
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { a.connected.Store(true) }}
	request = request.WithContext(httptrace.WithClientTrace(request.Context(), trace))
	request.Header.Set("User-Agent", "Quillium")
	a.watch.arm(a.client.options.FirstByte)
	response, err := a.client.http.Do(request) //nolint:gosec // administrators name endpoints; controlDial checks where they lead
	switch {
	case err != nil && !a.connected.Load():
		return nil, &unreachable{cause: err}
	case err != nil:
		return nil, err
	case response.StatusCode != http.StatusOK:
		defer func() { _ = response.Body.Close() }()
		return nil, a.client.refused(response)
	}
	a.lines = newLines(response.Body, a.watch, a.client.options.Between)
	response.Body = a.lines
	return response, nil
}

// fault finds out why reading failed: because we gave up waiting, because the
// endpoint sent an error where a stream was due, or as it says itself.
func (a *attempt) fault(ctx context.Context, err error) error {
	var slow *app.Error
	if ctx.Err() != nil && errors.As(context.Cause(ctx), &slow) {
		return slow
	}
	if errors.Is(err, errNoEnd) && a.lines.events == 0 && len(a.lines.stray) > 0 {
		a.client.logBody("model endpoint: no stream", http.StatusOK, a.lines.stray)
		if report := reported(a.lines.stray); report != nil {
			return report
		}
		return llm.Garbled(errors.New("the answer is no stream of events"))
	}
	return err
}

// report logs the event that made an answer fail, where it was the endpoint.
func (a *attempt) report(err error, event []byte) {
	var refused *refusal
	if errors.As(err, &refused) || errors.Is(err, errGarbled) {
		a.client.logBody("model endpoint: bad event", http.StatusOK, event)
	}
}

// chatRequest puts a question into go-openai's words. Empty turns are left
// out: their content would be missing, which endpoints refuse.
func chatRequest(request llm.Request, speech dialect) goopenai.ChatCompletionRequest {
	chat := goopenai.ChatCompletionRequest{Model: request.Model}
	add := func(role app.MessageRole, content string) {
		if content != "" {
			chat.Messages = append(chat.Messages, goopenai.ChatCompletionMessage{Role: string(role), Content: content})
		}
	}
	add(app.MessageSystem, request.System)
	for _, message := range request.Messages {
		add(message.Role, message.Content)
	}
	if last := len(request.Messages) - 1; last < 0 || request.Messages[last].Role != app.MessageAssistant {
		add(app.MessageAssistant, request.Prefill)
	}
	if !speech.noUsage {
		chat.StreamOptions = &goopenai.StreamOptions{IncludeUsage: true}
	}
	if speech.completionTokens {
		chat.MaxCompletionTokens = request.MaxTokens
	} else {
		chat.MaxTokens = request.MaxTokens //nolint:staticcheck // the only name that most endpoints know
	}
	return chat
}

// readSome reads at most limit bytes of a body, and what came of it.
func readSome(body io.Reader, limit int64) []byte {
	text, _ := io.ReadAll(io.LimitReader(body, limit))
	return text
}
