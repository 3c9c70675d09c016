package guide_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/llm/guide"
	"github.com/quillium/quillium/docs"
)

func TestTheGuideFindsWhatPeopleAskFor(t *testing.T) {
	t.Parallel()
	desk := newGuide(t)
	for _, test := range []struct{ question, heading string }{
		// What it is.
		{"What is Quillium?", "What Quillium is"},
		{"Which models does it work with?", "Which models does it work with?"},
		{"is it free? what license does it have", "What does it cost, and what is the licence?"},
		{"What is the guide?", "What is the guide?"},
		{"what features are missing", "What is missing so far?"},
		// Getting started.
		{"How do I install Quillium?", "How do I install and start Quillium?"},
		{"what are the requirements", "What do I need?"},
		{"How do I run the tests?", "How do I run the tests?"},
		{"where do I find the setup link", "What is the set-up link?"},
		{"how can I upgrade to a new version", "How do I update to a newer version?"},
		{"port 8787 already in use", "The port is already in use"},
		{"postgres not found at start", "The start says that no PostgreSQL was found"},
		// Models.
		{"How do I connect a model?", "How do I connect a language model?"},
		{"How do I connect an LLM?", "How do I connect a language model?"},
		{"how to use ollama", "Ollama"},
		{"How do I connect Ollama?", "Ollama"},
		{"How do I connct Olama?", "Ollama"},
		{"vllm", "vLLM"},
		{"connect llama.cpp server", "llama.cpp"},
		{"lm studio setup", "LM Studio"},
		{"Can I use OpenRouter?", "OpenRouter"},
		{"use my OpenAI key", "OpenAI"},
		{"my key was refused", "The key was refused"},
		{"the endpoint cannot be reached", "The endpoint cannot be reached"},
		{"it says the model is unknown", "The model is unknown"},
		{"conversation too long", "The conversation is too long"},
		{"why did my answer fail", "When an answer fails"},
		{"why does the guide answer instead of my model?", "The guide answers instead of my model"},
		{"why is the model so slow", "The model is slow"},
		{"are my conversations sent to a third party", "Is my conversation sent elsewhere?"},
		{"report a bug", "How do I get help or report a bug?"},
		{"context window size", "How large is the context window?"},
		{"connect claude", "Other endpoints, such as Anthropic or Azure"},
		{"which model is used by default", "Which model answers by default?"},
		// Chats.
		{"How do I stop an answer?", "How do I stop an answer?"},
		{"cancel a running answer", "How do I stop an answer?"},
		{"regenerate answer", "How do I regenerate an answer?"},
		{"How do I continue an interrupted answer?", "How do I continue an answer?"},
		{"what happens if my connection drops", "What happens when the connection breaks?"},
		{"what happens when I close the page", "What happens when I reload or close the page?"},
		{"the server crashed, is my message lost?", "What happens when the server crashes or restarts?"},
		{"can I delete a message", "Can I delete a message?"},
		{"how to rename a chat", "How do I rename, pin or archive a chat?"},
		{"what is a system prompt", "What is a system prompt?"},
		{"How do I invite a friend to my chat?", "How do I invite people?"},
		{"how do I mention a model", "How do I mention somebody or ask a model by name?"},
		{"unread messages", "How do I see what is new?"},
		{"are my drafts saved", "Are my drafts kept?"},
		{"how do I see the people in a chat", "How do I see who is in a chat?"},
		{"can others see when I am typing", "Who sees that I am typing or have read something?"},
		{"can I upload a PDF", "Can I attach files or images?"},
		{"search in messages", "How do I search in messages?"},
		// Accounts.
		{"how do I sign up", "How do I sign up?"},
		{"how do I log in?", "How do I sign in?"},
		{"logging out", "How do I sign out?"},
		{"I forgot my password", "I forgot my password, or my reset link expired"},
		{"change password", "How do I change my password?"},
		{"how do I become an admin", "How do I become administrator?"},
		{"disable registration", "How do I close sign-ups?"},
		{"how long does a session last", "How long does a session last?"},
		{"how long do I stay signed in", "How long does a session last?"},
		{"delete my account", "How do I delete my account?"},
		{"do you support 2FA or OIDC", "Is there single sign-on or two-factor sign-in?"},
		// API and socket.
		{"how do I get an API token", "How do I get an access token?"},
		{"curl post a message", "Posting a message"},
		{"what does error 429 mean", "Errors"},
		{"how do I connect to the websocket", "How do I connect?"},
		{"can it run on Windows?", "What do I need?"},
		{"429 too many requests", "Errors"},
		{"stuck on queued", "What do the states of an answer mean?"},
		{"listen on all interfaces", "Address and port"},
		{"graceful shutdown", "How does a graceful shutdown go?"},
		{"close code 4008", "Why was my socket closed?"},
		// Running it.
		{"DATABASE_URL", "Database"},
		{"what is MAX_ANSWER_BYTES", "Limits"},
		{"how can I use my own postgresql server", "How do I use my own PostgreSQL?"},
		{"how do I make a backup?", "How do I make a backup?"},
		{"backing up the data folder", "How do I make a backup?"},
		{"https certificate nginx", "How do I use HTTPS?"},
		{"health check endpoints", "Which health checks are there?"},
		{"rotate the encryption key", "How do I rotate the secrets and keys?"},
		{"prometheus metrics", "Metrics"},
		{"how are passwords stored", "How are passwords stored?"},
		{"how can my phone on the same wifi reach it", "How do others on my network or wifi reach it?"},
		{"how does the streaming work", "How does streaming an answer work?"},
		{"undo delete of a chat", "How do I delete or restore a chat?"},
		{"server does not start", "The server does not start"},
		{"is there a docker image", "How do I run it in containers?"},
		{"does it have a dark mode", "Is there a dark mode or theme?"},
		{"Ada Lovelace: how do I connect vLLM?", "vLLM"},
		// Asked by people who tried it for the first time.
		{"How do I add a second person when registration is closed?", "How do I close sign-ups?"},
		{"how can several models answer one question", "Who answers when several people are in a chat?"},
		{"why does nobody answer in our group chat", "Who answers when several people are in a chat?"},
		{"how do I copy a chat to try something else", "Can I fork a chat?"},
		{"can two people watch the same answer", "Can several people share a chat?"},
		{"share a chat", "Can several people share a chat?"},
		{"what does editor mean", "What may owners, editors and viewers do?"},
		{"how do I make someone an owner", "What may owners, editors and viewers do?"},
		{"my invite link does not work", "What does somebody see who opens my invite link?"},
		{"what does the number next to a chat mean", "How do I see what is new?"},
		{"keyboard shortcuts", "Which keyboard shortcuts are there?"},
		{"the model forgets the beginning of the chat", "How large is the context window?"},
		{"which ports does it scan for models", "Models on this machine"},
		{"how do I set the default model", "Which model answers by default?"},
		{"how do I change my name", "Can I change my name or my address?"},
		{"where are the settings", "Where are the settings?"},
		{"who can see my messages", "Who can see my chats and messages?"},
		{"does it support streaming", "How do I stream an answer?"},
		{"python client for the websocket", "A small client"},
		{"where is the API documentation", "Where is the API?"},
		{"how do I back up my chats?", "How do I make a backup?"},
		{"how do I move Quillium to another machine", "How do I restore a backup?"},
		{"how do I add a second endpoint", "Can I use several endpoints at once?"},
		{"aliases for models such as speed", "Names, aliases and prices of models"},
		{"who may use a model", "Who may use a model?"},
		{"how do I check that everything is set up right", "What does the doctor look at?"},
	} {
		t.Run(test.question, func(t *testing.T) {
			t.Parallel()
			first, _, _ := strings.Cut(desk.Answer(test.question), "\n")
			require.Contains(t, first, "*"+test.heading+"*")
		})
	}
}

func TestTheGuideDoesNotPretend(t *testing.T) {
	t.Parallel()
	desk := newGuide(t)
	for _, question := range []string{
		"What is the capital of France?",
		"install windows 11",
		"how do I stop smoking?",
		"Write a poem about autumn leaves",
		"Translate 'good night, my love' into Japanese",
		"What is 17 times 23?",
		"Who won the world cup in 1998?",
		"How do I bake sourdough bread?",
		"Tell me a joke",
		"What will the weather be tomorrow in Berlin?",
		"Write a Python function that sorts a list of numbers",
		"Explain quantum entanglement to a five year old",
		"Wie verbinde ich mich mit einem Sprachmodell, bitte?",
		"Расскажи мне сказку",
		"what is it?",
		"asdfghjkl qwertz",
		"recommend a good film with a happy ending",
		"summarise the plot of Hamlet in three sentences",
	} {
		t.Run(question, func(t *testing.T) {
			t.Parallel()
			answer := desk.Answer(question)
			require.Contains(t, answer, "I found nothing about that")
			require.Contains(t, answer, "not a language model")
			require.Contains(t, answer, "No language model is connected")
			require.Contains(t, answer, "OPENAI_BASE_URL=http://localhost:11434/v1\n")
		})
	}
}

func newGuide(t *testing.T, options ...guide.Option) *guide.Guide {
	t.Helper()
	desk, err := guide.New(docs.Files(), append([]guide.Option{guide.WithPace(0)}, options...)...)
	require.NoError(t, err)
	return desk
}
