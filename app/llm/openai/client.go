// Package openai asks any endpoint that speaks OpenAI's chat completions:
// Ollama, vLLM, llama.cpp, LM Studio, OpenRouter, OpenAI. Requests are built
// and streams read by go-openai; what an endpoint may do to us (where it is,
// how long it takes, how much it sends, how it breaks) is decided at the
// transport below it. It imports app, app/llm and go-openai.
package openai

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/quillium/quillium/app/llm"
)

var _ llm.Endpoint = (*Client)(nil)

// Options say where an endpoint is and how patient to be with it. Zero
// durations are the defaults named beside them.
type Options struct {
	// BaseURL is http or https, without the /chat/completions.
	BaseURL string
	// Key goes out as a bearer token; empty sends none.
	Key string
	// FirstByte bounds the wait for the beginning of an answer: 60 s.
	FirstByte time.Duration
	// Between bounds the wait for each further line: 60 s.
	Between time.Duration
	// Whole bounds an answer with all its tries: 15 min.
	Whole time.Duration
	// Pause is the wait before the first new try; it doubles: 500 ms.
	Pause time.Duration
	Log   *slog.Logger
}

// Client is one endpoint. It is safe for concurrent use; idle connections go
// after half a minute.
type Client struct {
	options Options
	host    string
	http    *http.Client
	log     *slog.Logger
	// noUsage is learnt from an endpoint that refuses stream_options.
	noUsage atomic.Bool
}

// New makes a client. It asks nothing yet; a base URL or key that cannot be
// used is the only error, and its text holds neither.
func New(options Options) (*Client, error) {
	base, err := parseBase(options.BaseURL)
	if err != nil {
		return nil, err
	}
	if strings.ContainsFunc(options.Key, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, errors.New("openai: the key holds a space or a control character")
	}
	options.BaseURL = strings.TrimRight(base.String(), "/")
	for duration, standard := range map[*time.Duration]time.Duration{
		&options.FirstByte: time.Minute, &options.Between: time.Minute,
		&options.Whole: 15 * time.Minute, &options.Pause: 500 * time.Millisecond,
	} {
		if *duration <= 0 {
			*duration = standard
		}
	}
	log := options.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Client{options: options, host: base.Host, http: newHTTPClient(), log: log}, nil
}

// Close ends idle connections; answers that run go on.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func parseBase(text string) (*url.URL, error) {
	base, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil:
		return nil, errors.New("openai: the base URL cannot be read")
	case base.Scheme != "http" && base.Scheme != "https":
		return nil, fmt.Errorf("openai: the base URL begins with %q; it must be http or https", base.Scheme+":")
	case base.Hostname() == "":
		return nil, errors.New("openai: the base URL names no host")
	case base.User != nil:
		return nil, errors.New("openai: the base URL holds a password; enter the key apart from it")
	case base.RawQuery != "" || base.Fragment != "":
		return nil, errors.New("openai: the base URL has a query or fragment, which it cannot have")
	}
	return base, nil
}
