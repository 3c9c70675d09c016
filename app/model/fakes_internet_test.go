package model_test

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/llmtest"
)

// internet has the endpoints, by address, and remembers the key each was shown.
type internet struct {
	mu        sync.Mutex
	endpoints map[string]*llmtest.Provider
	keys      map[string]string
	// trials are what was inspected: address, key and the model that was picked.
	trials [][3]string
}

func (n *internet) inspect(_ context.Context, baseURL, key string, pick func([]llm.Listing) string) ([]app.Step, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var listed []llm.Listing
	if there := n.endpoints[baseURL]; there != nil {
		listed, _ = there.ListModels(context.Background())
	}
	n.trials = append(n.trials, [3]string{baseURL, key, pick(listed)})
	return []app.Step{{Name: "status", State: app.StepPassed, Text: "Well."}}, nil
}

func (n *internet) dial(baseURL, key string) (llm.Endpoint, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !strings.HasPrefix(baseURL, "http") || strings.Contains(key, " ") {
		return nil, errors.New("cannot be used")
	}
	if n.endpoints[baseURL] == nil {
		n.endpoints[baseURL] = llmtest.New().Lists(nil)
	}
	return &line{Provider: n.endpoints[baseURL], net: n, baseURL: baseURL, with: key}, nil
}

// line is a client: asked for a list, it shows its key.
type line struct {
	*llmtest.Provider
	net           *internet
	baseURL, with string
}

func (l *line) ListModels(ctx context.Context) ([]llm.Listing, error) {
	l.net.mu.Lock()
	l.net.keys[l.baseURL] = l.with
	l.net.mu.Unlock()
	return l.Provider.ListModels(ctx)
}

func (l *line) Close() {}

func (n *internet) key(baseURL string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.keys[baseURL]
}
