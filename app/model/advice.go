package model

import (
	"errors"
	"fmt"

	"github.com/quillium/quillium/app/llm"
)

// start says how to get a program to listen where its host alone can ask, and
// open how to get it to listen to containers too.
var advices = map[string]struct{ start, open, fetch string }{
	"Ollama":    {"start Ollama", "set OLLAMA_HOST=0.0.0.0 for Ollama and restart it", "fetch one with `ollama pull llama3.2`"},
	"LM Studio": {"start the server in LM Studio's developer tab", "let LM Studio serve on the local network", "load one in LM Studio"},
	"vLLM":      {"start vLLM", "start vLLM with --host 0.0.0.0", "start vLLM with one"},
	"llama.cpp": {"start llama-server", "start llama-server with --host 0.0.0.0", "start llama-server with one"},
}

// advice is one sentence about a place without models: why, and what to do.
func (f *Finder) advice(place Place, err error) string {
	help := advices[place.Program]
	var miss llm.Miss
	if err == nil {
		return fmt.Sprintf("%s answers on port %d and has no model; %s.", place.Program, place.Port, help.fetch)
	}
	if !errors.As(err, &miss) {
		miss = llm.MissOther
	}
	switch miss {
	case llm.MissRefused:
		return f.silent(place, help.start, help.open)
	case llm.MissUnknown:
		return fmt.Sprintf("%s has no address in this container; start it with --add-host=%s:host-gateway.", place.Host, place.Host)
	case llm.MissSlow:
		if place.Host == hostOfContainer {
			return fmt.Sprintf("Port %d of the host did not answer in 300 ms; %s, and let its firewall admit containers.", place.Port, help.open)
		}
		return fmt.Sprintf("What listens on port %d did not answer in 300 ms; try again when it has started.", place.Port)
	case llm.MissElsewhere:
		return fmt.Sprintf("What listens on port %d points to another address; set OPENAI_BASE_URL to that one.", place.Port)
	case llm.MissLocked:
		return fmt.Sprintf("What listens on port %d wants a key; set OPENAI_BASE_URL and OPENAI_API_KEY.", place.Port)
	case llm.MissLarge:
		return fmt.Sprintf("What listens on port %d lists more than 1 MiB; if it is a model server, set OPENAI_BASE_URL.", place.Port)
	default:
		return fmt.Sprintf("Another program than a model server listens on port %d; if %s has another port, set OPENAI_BASE_URL.", place.Port, place.Program)
	}
}

// silent is advice about a port that nothing listens on, as seen from here.
func (f *Finder) silent(place Place, start, open string) string {
	switch {
	case place.Host == hostOfContainer:
		return fmt.Sprintf("Nothing answers containers on port %d of the host: %s may listen on 127.0.0.1 of the host; %s.", place.Port, place.Program, open)
	case f.options.Container:
		return fmt.Sprintf("Nothing listens on port %d in this container; run %s on the host, or set OPENAI_BASE_URL.", place.Port, place.Program)
	}
	return fmt.Sprintf("Nothing listens on port %d; %s, or set OPENAI_BASE_URL.", place.Port, start)
}
