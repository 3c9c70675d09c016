package guide

import "strings"

// connecting is the smallest configuration that connects a model; a test
// holds it against the handbook.
const connecting = "```sh\n" +
	"OPENAI_BASE_URL=http://localhost:11434/v1\n" +
	"OPENAI_API_KEY=\n" +
	"DEFAULT_MODEL=llama3.2\n" +
	"```"

const examples = "- How do I connect Ollama?\n" +
	"- What happens when the connection breaks?\n" +
	"- I forgot my password\n" +
	"- How do I make a backup?"

const whatItIs = "I am the guide that comes with Quillium: a help desk, not a language model. I look your question up " +
	"in the handbook and quote the passage that fits best; I do not make anything up, and I know nothing else."

const nothingFound = "I found nothing about that in the handbook.\n\n" + whatItIs +
	"\n\nNo language model is connected to this chat. To connect one, put three lines like these into the file `.env` " +
	"and restart. They are for Ollama; under *Connecting models* the handbook has those for vLLM, llama.cpp, " +
	"LM Studio, OpenRouter and OpenAI:\n\n" + connecting +
	"\n\nYou may ask me, for example:\n\n" + examples

const greeting = "Hello. " + whatItIs + "\n\nAsk me about Quillium, for example:\n\n" + examples +
	"\n\nFor everything else, connect a language model: ask me how."

const farewell = "You are welcome. Ask again whenever something about Quillium is unclear."

// smallTalk answers what is no question: a greeting, thanks, "who are you".
// It is empty for all else.
func smallTalk(text string) string {
	words := split(withoutName(text))
	if len(words) == 0 {
		return greeting
	}
	const longest = 6
	if len(words) > longest {
		return ""
	}
	const thanks = " thanks thank thx bye goodbye ok okay great cool nice perfect got it you very much a lot so the for help guide "
	if strings.Contains(" thanks thank thx bye goodbye cheers ", " "+words[0]+" ") && all(words, thanks+"cheers ") {
		return farewell
	}
	const hello = " hello hi hey hallo howdy greetings good morning afternoon evening day there guide quillium everybody all "
	const openers = " hello hi hey hallo howdy greetings good "
	if strings.Contains(openers, " "+words[0]+" ") && all(words, hello) {
		return greeting
	}
	const self = "|who are you|what are you|what can you do|help|help me|what do you do|are you a language model|" +
		"are you an ai|are you real|are you human|what is this|what can i ask you|what can i ask|test|which model are you|what model are you|which llm are you|" +
		"what llm are you|is this chatgpt|"
	if strings.Contains(self, "|"+strings.Join(words, " ")+"|") {
		return greeting
	}
	return ""
}

func all(words []string, known string) bool {
	for _, word := range words {
		if !strings.Contains(known, " "+word+" ") {
			return false
		}
	}
	return true
}

// withoutMentions leaves out who is called ("@guide"): it is no part of what is
// asked, and among several people every question to the guide has it.
func withoutMentions(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		for word := range strings.FieldsSeq(line) {
			if !strings.HasPrefix(strings.TrimLeft(word, "(["), "@") {
				kept.WriteString(word + " ")
			}
		}
		kept.WriteByte('\n')
	}
	return kept.String()
}

// withoutName leaves out what a turn of another person begins with ("Ada: ").
func withoutName(text string) string {
	const longestName = 80 * 4
	if name, said, ok := strings.Cut(text, ": "); ok && len(name) <= longestName && !strings.Contains(name, "\n") {
		text = said
	}
	return text
}
