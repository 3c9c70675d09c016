package guide

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// bytesPerToken is how Quillium estimates tokens everywhere.
const bytesPerToken = 3

// questionOf finds what was asked last, and the text that its answer already
// has where one is to be continued.
func questionOf(request llm.Request) (question, prefix string) {
	prefix = request.Prefill
	for i := len(request.Messages) - 1; i >= 0; i-- {
		message := request.Messages[i]
		if message.Role == app.MessageUser {
			return message.Content, prefix
		}
		if prefix == "" && i == len(request.Messages)-1 && message.Role == app.MessageAssistant {
			prefix = message.Content
		}
	}
	return "", prefix
}

// rest is what of the answer follows the prefix. A prefix that another model
// wrote is followed by the whole answer, as a paragraph of its own.
func rest(answer, prefix string) string {
	if text, ok := strings.CutPrefix(answer, prefix); ok {
		return text
	}
	return "\n\n" + answer
}

// word is a word of Markdown with the space behind it. A link is one, whatever
// it says: half of it would be read as brackets.
var word = regexp.MustCompile(`(?:\[[^\]]+\]\([^)\s]+\)|[^ ])* ?`)

// pieces cuts a text into what is sent at once: a word, or a whole line of
// code. Together they are the text.
func pieces(text string) []string {
	var all []string
	fenced := false
	for line := range strings.Lines(text) {
		fence := strings.HasPrefix(line, "```")
		if fence {
			fenced = !fenced
		}
		if fence || fenced {
			all = append(all, line)
			continue
		}
		for _, piece := range word.FindAllString(line, -1) {
			if piece != "" {
				all = append(all, piece)
			}
		}
	}
	return all
}

// cut shortens a text to at most so many bytes, at a character's boundary.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// wait pauses, and ends early with the context's error.
func wait(ctx context.Context, pause time.Duration) error {
	if pause <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
