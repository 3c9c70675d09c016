package openai

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// How long the steps of an inspection may take: 50 s together.
const (
	resolvePatience = 5 * time.Second
	connectPatience = 5 * time.Second
	tlsPatience     = 5 * time.Second
	listPatience    = 10 * time.Second
	answerPatience  = 25 * time.Second
)

// The steps of an inspection, in their order.
const (
	StepResolve = "resolve"
	StepConnect = "connect"
	StepTLS     = "tls"
	StepStatus  = "status"
	StepKey     = "key"
	StepModels  = "models"
	StepAnswer  = "answer"
)

// inspection is one way through the steps.
type inspection struct {
	client *Client
	base   *url.URL
	steps  []app.Step
	listed []llm.Listing
	// found are where the host's name leads.
	found []netip.AddrPort
	// roots sign certificates; nil are the system's.
	roots *x509.CertPool
}

// Inspect tries an endpoint step by step, up to one that fails where it makes
// no sense to go on, and says in words how each went:
// whether its name resolves, something listens, TLS holds, what it answers to
// a request for its list, whether the key will do, which models it has, and
// how long one (that pick names, given the list; "" is none) takes for the
// first piece of an answer. It takes at most 50 s, follows no redirects, goes
// where New goes, and repeats of answers only the names of models. The
// error is New's.
func Inspect(ctx context.Context, options Options, pick func([]llm.Listing) string) ([]app.Step, error) {
	options.FirstByte, options.Between, options.Whole = answerPatience, answerPatience, answerPatience
	client, err := New(options)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	base, err := parseBase(options.BaseURL)
	if err != nil {
		return nil, err
	}
	i := &inspection{client: client, base: base}
	if i.reach(ctx) && i.list(ctx) {
		i.answer(ctx, pick(i.listed))
	}
	return i.steps, nil
}

// step runs one step and keeps how it went. What comes back with an error is
// what to say of it.
func (i *inspection) step(ctx context.Context, name string, patience time.Duration, try func(context.Context) (string, error)) bool {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := time.Now()
	text, err := try(bounded)
	state := app.StepPassed
	switch {
	case errors.Is(err, errSkipped):
		state = app.StepSkipped
	case err != nil:
		state = app.StepFailed
	}
	i.steps = append(i.steps, app.Step{Name: name, State: state, Text: text, Took: time.Since(began).Milliseconds()})
	return state != app.StepFailed
}

// errSkipped ends a step that has nothing to try; errFailed one that said why.
var (
	errSkipped = errors.New("openai: nothing to try")
	errFailed  = errors.New("openai: the step failed")
)

// list asks for the list of models and takes three steps by what comes.
func (i *inspection) list(ctx context.Context) bool {
	began := time.Now()
	bounded, cancel := context.WithTimeout(ctx, listPatience)
	defer cancel()
	body, err := i.client.fetchList(bounded)
	took := time.Since(began).Milliseconds()
	if err != nil {
		return i.refused(bounded, err, took)
	}
	i.say(StepStatus, app.StepPassed, took, "It answered with status 200.")
	if i.client.options.Key == "" {
		i.say(StepKey, app.StepSkipped, 0, "None was sent, and the list asked for none.")
	} else {
		i.say(StepKey, app.StepPassed, 0, "The key was sent, and the list did not refuse it.")
	}
	if i.listed, err = readList(body); err != nil {
		return i.say(StepModels, app.StepFailed, 0, notAList(body))
	}
	if len(i.listed) == 0 {
		return i.say(StepModels, app.StepFailed, 0, "The list is empty: load or fetch a model there first.")
	}
	return i.say(StepModels, app.StepPassed, 0, counted(i.listed))
}

// refused tells of a list that did not come, and whether it makes sense to ask
// a model all the same.
func (i *inspection) refused(ctx context.Context, err error, took int64) bool {
	var refused *refusal
	if !errors.As(err, &refused) {
		text := llm.Failure(translate(ctx, err)).Message
		if ctx.Err() != nil {
			text = "No answer came in time."
		}
		return i.say(StepStatus, app.StepFailed, took, text)
	}
	status := fmt.Sprintf("It answered with status %d", refused.status)
	switch {
	case refused.status == http.StatusUnauthorized || refused.status == http.StatusForbidden:
		i.say(StepStatus, app.StepPassed, took, status+".")
		if i.client.options.Key == "" {
			return i.say(StepKey, app.StepFailed, 0, "It wants a key, and none was sent. Enter one.")
		}
		return i.say(StepKey, app.StepFailed, 0, "It refused the key. Enter another one.")
	case refused.status == http.StatusNotFound || refused.status == http.StatusMethodNotAllowed:
		i.say(StepStatus, app.StepPassed, took, status+": there is no list of models at this address, which often ends in /v1.")
		i.say(StepKey, app.StepSkipped, 0, "Not known without a list.")
		i.say(StepModels, app.StepSkipped, 0, "Not known without a list; models can be added by their names.")
		return true
	case refused.status >= 300 && refused.status < 400:
		return i.say(StepStatus, app.StepFailed, took, status+": it points to another address, which is not followed. Enter the final one.")
	}
	return i.say(StepStatus, app.StepFailed, took, status+". "+llm.Failure(refused.sentence()).Message)
}

// say keeps a step that took its time elsewhere; true where one may go on.
func (i *inspection) say(name string, state app.StepState, took int64, text string) bool {
	i.steps = append(i.steps, app.Step{Name: name, State: state, Text: text, Took: took})
	return state != app.StepFailed
}

func notAList(body []byte) string {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return "It answered with a web page instead of a list. The address often ends in /v1; or something in between wants you to sign in."
	}
	return "What it answered is no list of models."
}

func counted(list []llm.Listing) string {
	const shown = 3
	names := make([]string, 0, shown)
	for _, model := range list[:min(shown, len(list))] {
		names = append(names, model.Name)
	}
	if len(list) == 1 {
		return "One model: " + names[0] + "."
	}
	among := ""
	if len(list) > shown {
		among = "among them "
	}
	return fmt.Sprintf("%d models, %s%s.", len(list), among, strings.Join(names, ", "))
}

// answer asks a model for a few words and stops at the first piece.
func (i *inspection) answer(ctx context.Context, model string) {
	i.step(ctx, StepAnswer, answerPatience, func(ctx context.Context) (string, error) {
		if model == "" {
			return "There is no model to ask.", errSkipped
		}
		began := time.Now()
		request := llm.Request{Model: model, MaxTokens: 16, Messages: []llm.Message{{Role: app.MessageUser, Content: "Say hello."}}}
		err := i.client.Stream(ctx, request, func(delta llm.Delta) error {
			if delta.Text == "" {
				return nil
			}
			return errBegun
		})
		switch {
		case errors.Is(err, errBegun):
			return fmt.Sprintf("%s began to answer after %d ms.", model, time.Since(began).Milliseconds()), nil
		case ctx.Err() != nil:
			return model + " said nothing in time. It may still be loading: try again.", errFailed
		case err == nil:
			return model + " answered without any text.", errFailed
		}
		return fmt.Sprintf("%s was asked. %s", model, llm.Failure(err).Message), errFailed
	})
}

var errBegun = errors.New("openai: the answer has begun")
