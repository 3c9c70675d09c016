package guide_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestProbe(t *testing.T) {
	g := newGuide(t)
	for _, q := range []string{
		"Can it run on Windows?", "what database does it use", "where is my data stored", "how much ram", "is my data encrypted", "who can see my chats",
		"how do I share a chat with my team", "typing indicator", "how do I set the port", "listen on all interfaces", "how can my phone on the same wifi reach it",
		"my refresh token was used twice", "rate limit", "429 too many requests", "what does interrupted mean", "stuck on queued", "connect claude", "connect to anthropic",
		"azure openai", "use a local model", "gpu", "does it need docker", "how do I change the theme", "mobile app", "logs", "where are the logs", "request id", "server does not start",
		"reset link expired", "setup link expired", "I lost the encryption key", "uninstall quillium", "kill -9", "sigterm", "graceful shutdown", "what is seq", "what is rev", "delta offset",
		"sse streaming", "server sent events", "fork chat", "openapi", "api key", "how does the streaming work", "what is bm25", "hello there", "thanks!", "help", "how do I use an llm with this",
		"set default model", "switch model", "system prompt", "context window size", "how many tokens", "export my data", "import chats from chatgpt", "gdpr", "telemetry", "report a bug", "security vulnerability",
		"can I edit my message", "undo delete", "restore a deleted chat", "markdown support", "latex", "reasoning", "make commands", "environment variables", "ENABLE_SIGNUPS", "PORT", "PUBLIC_URL", "trusted proxies x-forwarded-for", "cors",
		"What should I cook tonight?", "What is the meaning of life?", "who is the president of the united states", "write an email to my boss", "what's the best programming language", "how old is the universe", "solve x^2 = 4", "write a haiku", "can you help me with my homework?", "what model are you", "which llm are you running on", "stop", "continue", "how tall is the eiffel tower", "how do I delete a file in linux", "how do I reset my iphone", "how do I make pancakes", "how to write a cover letter", "Give me a list of names", "how do I open a bank account", "what is a database index", "What happens when a star dies?", "install windows 11", "what is the password of my wifi",
		"summarise this text: the quick brown fox jumps over the lazy dog", "who wrote faust", "compare python and go", "how do I stop smoking?", "how do I delete my facebook account?",
	} {
		a := g.Answer(q)
		first, _, _ := strings.Cut(a, "\n")
		if len(first) > 110 { first = first[:110] }
		fmt.Printf("%-45s %s\n", q, first)
	}
}
