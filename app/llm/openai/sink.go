package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

var (
	// errCut marks the one failure after which the text is as whole as it gets.
	errCut     = errors.New("finish_reason is length")
	errGarbled = errors.New("an event of the stream cannot be read")
)

// chunk is one event of a stream. go-openai's type lacks reasoning and error,
// and fails on a usage that is not as OpenAI's.
type chunk struct {
	Choices []struct {
		Index int `json:"index"`
		Delta struct {
			Content          *string         `json:"content"`
			Refusal          *string         `json:"refusal"`
			ReasoningContent json.RawMessage `json:"reasoning_content"`
			Reasoning        json.RawMessage `json:"reasoning"`
		} `json:"delta"`
		FinishReason *string `json:"finish_reason"`
	} `json:"choices"`
	Usage json.RawMessage `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// sink takes events in and hands deltas on.
type sink struct {
	emit func(llm.Delta) error
	echo echo
	// begun: text has come, so that asking again would bring it twice.
	begun   bool
	ended   bool
	verdict error
	usage   *app.Usage
	// failed is emit's error; nothing is emitted after it.
	failed error
}

// take reads one event and tells whether the answer has ended.
func (s *sink) take(raw []byte) (bool, error) {
	var event chunk
	if err := json.Unmarshal(raw, &event); err != nil {
		return s.ended, llm.Garbled(fmt.Errorf("%w: %w", errGarbled, err))
	}
	if isSet(event.Error) {
		if report := reported(raw); report != nil {
			return s.ended, report
		}
	}
	if usage := readUsage(event.Usage); usage != nil {
		s.usage = usage
	}
	for _, choice := range event.Choices {
		if choice.Index != 0 {
			continue
		}
		thought := readText(choice.Delta.ReasoningContent)
		if thought == "" {
			thought = readText(choice.Delta.Reasoning)
		}
		s.text(app.PartReasoning, thought)
		s.text(app.PartContent, deref(choice.Delta.Content))
		s.text(app.PartContent, deref(choice.Delta.Refusal))
		s.finished(deref(choice.FinishReason))
	}
	return s.ended, s.failed
}

func (s *sink) text(part app.Part, text string) {
	if text == "" || s.failed != nil {
		return
	}
	s.begun = true
	if part == app.PartContent {
		text = s.echo.pass(text)
	}
	if text != "" {
		s.failed = s.emit(llm.Delta{Part: part, Text: text})
	}
}

func (s *sink) finished(reason string) {
	switch reason {
	case "":
		return
	case "length":
		s.verdict = llm.Cut(errCut)
	case "content_filter":
		s.verdict = llm.Withheld(errors.New("finish_reason is content_filter"))
	case "error":
		s.verdict = llm.Broken(errors.New("finish_reason is error"))
	}
	s.ended = true
}

// finish hands on what was held back, and the usage.
func (s *sink) finish() {
	if rest := s.echo.rest(); rest != "" && s.failed == nil {
		s.failed = s.emit(llm.Delta{Part: app.PartContent, Text: rest})
	}
	if s.usage != nil && s.failed == nil {
		s.failed = s.emit(llm.Delta{Part: app.PartContent, Usage: s.usage})
	}
}

// echo drops an answer's beginning where an endpoint that was asked to go on
// with it tells it again from the start. Text that is not that beginning to
// its last byte passes unchanged.
type echo struct {
	prefill string
	held    strings.Builder
}

func (e *echo) pass(text string) string {
	if e.prefill == "" {
		return text
	}
	e.held.WriteString(text)
	held := e.held.String()
	if len(held) < len(e.prefill) && strings.HasPrefix(e.prefill, held) {
		return ""
	}
	rest := strings.TrimPrefix(held, e.prefill)
	*e = echo{}
	return rest
}

func (e *echo) rest() string {
	defer func() { *e = echo{} }()
	return e.held.String()
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// readText is the text of a field that some endpoints fill with objects.
func readText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// readUsage is what can be stored of a usage: an answer is not worth failing
// for a number.
func readUsage(raw json.RawMessage) *app.Usage {
	var usage struct {
		Prompt     float64 `json:"prompt_tokens"`
		Completion float64 `json:"completion_tokens"`
	}
	if !isSet(raw) || json.Unmarshal(raw, &usage) != nil {
		return nil
	}
	count := func(n float64) int { return int(min(max(n, 0), math.MaxInt32)) }
	return &app.Usage{PromptTokens: count(usage.Prompt), CompletionTokens: count(usage.Completion)}
}
