package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quillium/quillium/app/llm"
)

// maxModels and maxModelName bound what a list may bring in.
const (
	maxModels    = 1000
	maxModelName = 200
)

// listed is a model in the list. How much it can take is told under many
// names, which go-openai's type all drops.
type listed struct {
	ID         string  `json:"id"`
	VLLM       float64 `json:"max_model_len"`
	OpenRouter float64 `json:"context_length"`
	Mistral    float64 `json:"max_context_length"`
	Groq       float64 `json:"context_window"`
}

// ListModels implements llm.Endpoint: GET /models, at most 1 MiB and 1,000
// models, in the endpoint's order, each name once. One without a name that
// can be shown is left out. There are no retries.
func (c *Client) ListModels(ctx context.Context) ([]llm.Listing, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, c.options.FirstByte, llm.TooSlow(errors.New("no list came in time")))
	defer cancel()
	body, err := c.fetchList(bounded)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, listFailure(bounded, err)
	}
	return readList(body)
}

func (c *Client) fetchList(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.options.BaseURL+"/models", nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "Quillium")
	if c.options.Key != "" {
		request.Header.Set("Authorization", "Bearer "+c.options.Key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, &unreachable{cause: err}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, c.refused(response)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxListBytes+1))
	if err == nil && len(body) > maxListBytes {
		err = llm.Garbled(errors.New("the list of models is over 1 MiB"))
	}
	return body, err
}

// listFailure tells an endpoint without a list from one that is not there.
func listFailure(ctx context.Context, err error) error {
	var refused *refusal
	if errors.As(err, &refused) && (refused.status == http.StatusNotFound || refused.status == http.StatusMethodNotAllowed) {
		return llm.NoList(refused)
	}
	return translate(ctx, err)
}

func readList(body []byte) ([]llm.Listing, error) {
	var list struct {
		Data []json.RawMessage `json:"data"`
	}
	var err error
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		err = json.Unmarshal(body, &list.Data) // Together sends the bare list
	} else {
		err = json.Unmarshal(body, &list)
	}
	if err != nil {
		return nil, llm.Garbled(fmt.Errorf("models: %w", err))
	}
	seen := make(map[string]bool)
	models := make([]llm.Listing, 0, min(len(list.Data), maxModels))
	for _, raw := range list.Data {
		var model listed
		// A field of another kind is no reason to lose the model: the others are read.
		_ = json.Unmarshal(raw, &model)
		if !presentable(model.ID) || seen[model.ID] || len(models) == maxModels {
			continue
		}
		seen[model.ID] = true
		models = append(models, llm.Listing{Name: model.ID, ContextSize: model.context()})
	}
	return models, nil
}

func (l listed) context() int {
	for _, size := range []float64{l.VLLM, l.OpenRouter, l.Mistral, l.Groq} {
		if size >= 1 && size <= 1e9 {
			return int(size)
		}
	}
	return 0
}

func presentable(name string) bool {
	if name == "" || len(name) > maxModelName || !utf8.ValidString(name) || strings.TrimSpace(name) != name {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.Is(unicode.C, r) || r == utf8.RuneError
	})
}
