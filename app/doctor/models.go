package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/quillium/quillium/app"
)

// listPatience bounds one question to an endpoint.
const listPatience = 10 * time.Second

// Endpoint is where models are asked.
type Endpoint struct {
	Name, BaseURL string
	// Problem is a sentence about why it cannot even be asked; empty is that it
	// can.
	Problem string
	// Models names what it serves. Its errors are those of llm.Endpoint.
	Models func(ctx context.Context) ([]string, error)
}

// Endpoints asks each for its models. wanted is DEFAULT_MODEL, or empty.
func (r *Report) Endpoints(ctx context.Context, list []Endpoint, wanted string) {
	if len(list) == 0 {
		r.warn("models", "Set OPENAI_BASE_URL, as docs/models.md shows.", "No model endpoint is connected; the built-in guide answers alone.")
		return
	}
	known, complete := []string{}, true
	for _, each := range list {
		models, ok := r.endpoint(ctx, each)
		known, complete = append(known, models...), complete && ok
	}
	if wanted != "" && complete && !slices.ContainsFunc(known, func(name string) bool { return strings.EqualFold(name, wanted) }) {
		r.warn("models", "Choose one that an endpoint has, or load it there.", "DEFAULT_MODEL is %s, which no endpoint lists.", wanted)
	}
}

func (r *Report) endpoint(ctx context.Context, e Endpoint) ([]string, bool) {
	check := "model endpoint"
	if e.Problem != "" {
		r.fail(check, "Enter its address and its key again.", "%s (%s): %s", e.Name, e.BaseURL, e.Problem)
		return nil, false
	}
	ctx, cancel := context.WithTimeout(ctx, listPatience)
	defer cancel()
	models, err := e.Models(ctx)
	switch {
	case errors.Is(err, app.ErrNotFound):
		r.warn(check, "Check the address, which often ends in /v1; asking may work all the same.", "%s (%s) answers, and has no list of models.", e.Name, e.BaseURL)
		return nil, false
	case errors.Is(err, app.ErrForbidden):
		r.fail(check, "Enter a valid key.", "%s (%s) refuses the key.", e.Name, e.BaseURL)
		return nil, false
	case err != nil:
		says, do := why(err)
		if says == "" {
			says, do = "it fails: "+lowered(app.AsError(err).Message), "Look at its own log."
		}
		r.fail(check, do, "%s (%s) cannot be used: %s.", e.Name, e.BaseURL, strings.TrimSuffix(says, "."))
		return nil, false
	case len(models) == 0:
		r.warn(check, "Load a model there, such as with `ollama pull llama3.2`.", "%s (%s) answers, and has no model.", e.Name, e.BaseURL)
		return nil, true
	}
	r.ok(check, "%s (%s) answers; models: %d.", e.Name, e.BaseURL, len(models))
	return models, true
}

// lowered is the first of some sentences, as the end of another.
func lowered(text string) string {
	first, _, _ := strings.Cut(text, ". ")
	if first == "" {
		return first
	}
	return strings.ToLower(first[:1]) + first[1:]
}
