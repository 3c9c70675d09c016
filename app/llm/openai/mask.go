package openai

import (
	"regexp"
	"strings"
)

// keys are the shapes of what endpoints repeat of a key when they refuse it.
var keys = []*regexp.Regexp{
	regexp.MustCompile(`(?i)(bearer\s+)[^\s"',}]+`),
	regexp.MustCompile(`(?i)("?(?:api[_-]?key|authorization|access[_-]?token|secret|password)"?\s*[:=]\s*"?)[^\s"',}]+`),
	regexp.MustCompile(`(?i)(\b(?:sk|pk|rk|gsk|xai|hf|or|key)[-_])[a-z0-9_*.-]{4,}`),
	regexp.MustCompile(`(\bAIza)[A-Za-z0-9_-]{10,}`),
}

// masked is a body as the log may have it: keys taken out, then cut to 2 KiB.
func masked(body, key string) string {
	if key != "" {
		body = strings.ReplaceAll(body, key, "***")
	}
	for _, shape := range keys {
		body = shape.ReplaceAllString(body, "${1}***")
	}
	if len(body) > maxLoggedBytes {
		body = body[:maxLoggedBytes]
	}
	return strings.ToValidUTF8(body, "?")
}
