package model

import (
	"fmt"
	"strings"

	"github.com/quillium/quillium/app"
)

const maxID = 100

// assign finds a free id for a provider's model: its name in small letters,
// then with the provider's before it, then with a number behind.
func assign(taken func(id string) bool, provider, upstream string) string {
	plain := slug(upstream, "model")
	long := slug(slug(provider, "provider")+"/"+plain, "model")
	for _, id := range []string{plain, long} {
		if id != app.GuideModel && !taken(id) {
			return id
		}
	}
	for n := 2; ; n++ {
		suffix := fmt.Sprintf("-%d", n)
		id := long[:min(len(long), maxID-len(suffix))] + suffix
		if !taken(id) {
			return id
		}
	}
}

// slug keeps of a name what an id may have, [a-z0-9][a-z0-9._:/-]{0,99}, and
// ends in no punctuation, so that an id can be mentioned before a full stop.
func slug(name, fallback string) string {
	var id strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', strings.ContainsRune(punctuation, r):
			id.WriteRune(r)
		case !strings.HasSuffix(id.String(), "-"):
			id.WriteByte('-')
		}
	}
	text := strings.TrimLeft(id.String(), punctuation)
	text = strings.TrimRight(text[:min(len(text), maxID)], punctuation)
	if text == "" {
		return fallback
	}
	return text
}

// notForChat are parts of names of models that write no answers. Endpoints
// list them all alike, and none says what a model is for.
func notForChat() []string {
	return []string{"embed", "whisper", "tts", "dall-e", "moderation", "rerank", "transcribe", "realtime", "gpt-image", "sora"}
}

func chats(upstream string) bool {
	name := strings.ToLower(upstream)
	for _, part := range notForChat() {
		if strings.Contains(name, part) {
			return false
		}
	}
	return true
}
