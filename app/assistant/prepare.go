package assistant

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

const (
	// defaultContext is assumed where a model's context is not known, in tokens.
	defaultContext = 8192
	// bytesPerToken is a cautious estimate for text of any language.
	bytesPerToken = 3
)

// prepare finds the model and cuts the past to what it can take in.
func (s *Service) prepare(ctx context.Context, run app.Run) (Choice, llm.Request, error) {
	choice, err := s.models.Resolve(ctx, app.Actor{UserID: run.Asker}, run.Model)
	if err != nil {
		return Choice{}, llm.Request{}, err
	}
	budget := historyBudget(choice.ContextSize)
	past, err := s.past.Past(ctx, run.ChatID, run.MessageID, budget)
	if err != nil {
		return Choice{}, llm.Request{}, err
	}
	return choice, request(choice, run, past, budget), nil
}

// historyBudget is what the past may take, in bytes: a quarter of the context
// is kept for the answer.
func historyBudget(contextSize int) int {
	if contextSize <= 0 {
		contextSize = defaultContext
	}
	return contextSize * 3 / 4 * bytesPerToken
}

// request keeps the system prompt, the chat's or else the model's own, and the
// newest turns. The newest one is always in, cut at its start if need be.
func request(choice Choice, run app.Run, past Past, budget int) llm.Request {
	out := llm.Request{Model: choice.Upstream, System: cmp.Or(past.System, choice.SystemPrompt)}
	left := budget - len(out.System) - len(run.Content)
	names := authors(past.Turns) > 1 || past.Members > 1
	for i, turn := range past.Turns {
		text := spoken(turn, names)
		if len(text) > left {
			if i > 0 {
				break
			}
			text = keepEnd(text, max(left, budget/4))
		}
		left -= len(text)
		out.Messages = append(out.Messages, llm.Message{Role: turn.Role, Content: text})
	}
	slices.Reverse(out.Messages)
	if run.Content != "" {
		out.Messages = append(out.Messages, llm.Message{Role: app.MessageAssistant, Content: run.Content})
		out.Prefill = run.Content
	}
	return out
}

func authors(turns []Turn) int {
	seen := map[string]bool{}
	for _, turn := range turns {
		if turn.Role == app.MessageUser {
			seen[turn.Author] = true
		}
	}
	return len(seen)
}

// spoken is a turn as the model reads it: with its author's name where
// several people speak. A name cannot pass for another turn.
func spoken(turn Turn, names bool) string {
	if turn.Role != app.MessageUser || !names || turn.Author == "" {
		return turn.Content
	}
	return nameCleaner.Replace(turn.Author) + ": " + turn.Content
}

var nameCleaner = strings.NewReplacer("\n", " ", "\r", " ", ":", " ", "\u2028", " ", "\u2029", " ", "\u0085", " ")

// keepEnd keeps at most n bytes of the end of a text, from the start of a
// character.
func keepEnd(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[len(text)-n:], "")
}
