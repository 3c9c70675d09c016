package openai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/quillium/quillium/app/llm"
)

// ProbeTime bounds one look at an endpoint that was not asked for.
const ProbeTime = 300 * time.Millisecond

// Probe makes a look at whether an endpoint answers at a base URL: GET /models,
// so much time from the first packet to the last byte, without a key,
// following nothing, 1 MiB. What it names is listed as ListModels does; an
// endpoint may have no model. Every error is an llm.Miss but that of a context
// which ends.
func Probe(within time.Duration) func(ctx context.Context, baseURL string) ([]llm.Listing, error) {
	return func(ctx context.Context, baseURL string) ([]llm.Listing, error) {
		client := newHTTPClient()
		defer client.CloseIdleConnections()
		bounded, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		body, err := look(bounded, client, baseURL)
		var miss llm.Miss
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.As(err, &miss):
			return nil, miss
		case bounded.Err() != nil:
			return nil, llm.MissSlow
		case err != nil:
			return nil, missOf(err)
		}
		return listedIn(body)
	}
}

func look(ctx context.Context, client *http.Client, baseURL string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, baseURL+"/models", nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "Quillium")
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	switch status := response.StatusCode; {
	case status >= 300 && status < 400:
		return nil, llm.MissElsewhere
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return nil, llm.MissLocked
	case status != http.StatusOK:
		return nil, llm.MissOther
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxListBytes+1))
	if err == nil && len(body) > maxListBytes {
		return nil, llm.MissLarge
	}
	return body, err
}

// missOf reads why no answer came.
func missOf(err error) llm.Miss {
	var unknown *net.DNSError
	var network *net.OpError
	switch {
	case errors.As(err, &unknown):
		return llm.MissUnknown
	case errors.As(err, &network) && network.Op == "dial":
		return llm.MissRefused
	}
	return llm.MissOther
}

// listedIn is strict where ListModels is not: any program may listen on a port
// that we guessed. The list must say that it is one, and each model its name.
func listedIn(body []byte) ([]llm.Listing, error) {
	var list struct {
		Object string          `json:"object"`
		Data   json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &list) != nil || list.Object != "list" || list.Data == nil {
		return nil, llm.MissOther
	}
	var named []struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(list.Data, &named) != nil {
		return nil, llm.MissOther
	}
	for _, model := range named {
		if model.ID == "" {
			return nil, llm.MissOther
		}
	}
	models, err := readList(body)
	if err != nil {
		return nil, llm.MissOther
	}
	return models, nil
}
