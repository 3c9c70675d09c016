package model_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/model"
)

// street is what listens at each base URL; what is not named does not listen.
type street struct {
	mu     sync.Mutex
	lists  map[string][]llm.Listing
	misses map[string]error
	asked  []string
}

func (s *street) probe(_ context.Context, baseURL string) ([]llm.Listing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, baseURL)
	if miss := s.misses[baseURL]; miss != nil {
		return nil, miss
	}
	if list, listens := s.lists[baseURL]; listens {
		return list, nil
	}
	return nil, llm.MissRefused
}

const ollama = "http://127.0.0.1:11434/v1"

// neighbours makes a finder beside a catalogue of nothing, and what listens
// around it.
func neighbours(options model.FinderOptions) (*model.Finder, *bench, *street) {
	b := newBench(model.Options{})
	around := &street{lists: map[string][]llm.Listing{}, misses: map[string]error{}}
	if options.Places == nil {
		options.Places = model.Places(options.Container)
	}
	return model.NewFinder(b.Service, around.probe, options), b, around
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	ports := func(places []model.Place, host string) (list []int) {
		for _, place := range places {
			if place.Host == host {
				list = append(list, place.Port)
			}
		}
		return list
	}
	usual := []int{11434, 1234, 8000, 8080}
	require.Equal(t, usual, ports(model.Places(false), "127.0.0.1"))
	require.Len(t, model.Places(false), 4)
	require.Equal(t, usual, ports(model.Places(true), "127.0.0.1"))
	require.Equal(t, usual, ports(model.Places(true), "host.docker.internal"))
	require.Len(t, model.Places(true), 8)
}

func TestFind(t *testing.T) {
	t.Parallel()
	t.Run("tells what answers, in the order of the places", func(t *testing.T) {
		t.Parallel()
		finder, _, around := neighbours(model.FinderOptions{Detection: model.DetectOffer})
		around.lists[ollama] = []llm.Listing{{Name: "llama3.2"}, {Name: "qwen3"}}
		found, err := finder.Find(t.Context(), admin)
		require.NoError(t, err)
		require.True(t, found.Looked)
		require.Len(t, found.Places, 4)
		require.Equal(t, model.Finding{
			ID: "127.0.0.1:11434", Program: "Ollama", BaseURL: ollama, Models: []string{"llama3.2", "qwen3"},
		}, found.Places[0])
		require.Equal(t, "LM Studio", found.Places[1].Program)
		require.Equal(t, "Nothing listens on port 1234; start the server in LM Studio's developer tab, or set OPENAI_BASE_URL.", found.Places[1].Problem)
	})
	t.Run("is for administrators", func(t *testing.T) {
		t.Parallel()
		finder, _, around := neighbours(model.FinderOptions{Detection: model.DetectOffer})
		for _, actor := range []app.Actor{{}, {UserID: "u2", Role: app.RoleUser}} {
			_, err := finder.Find(t.Context(), actor)
			require.ErrorIs(t, err, app.ErrForbidden)
			_, err = finder.Use(t.Context(), actor, "127.0.0.1:11434")
			require.ErrorIs(t, err, app.ErrForbidden)
		}
		require.Empty(t, around.asked)
	})
	t.Run("never asks our own port", func(t *testing.T) {
		t.Parallel()
		finder, _, around := neighbours(model.FinderOptions{Detection: model.DetectOffer, Own: []int{8080, 0}, Container: true})
		found, err := finder.Find(t.Context(), admin)
		require.NoError(t, err)
		require.Len(t, found.Places, 6)
		require.NotContains(t, strings.Join(around.asked, " "), "8080")
		_, err = finder.Use(t.Context(), admin, "127.0.0.1:8080")
		require.ErrorIs(t, err, app.ErrNotFound)
	})
	t.Run("asks nobody where a model server is connected, or nobody is to look", func(t *testing.T) {
		t.Parallel()
		off, _, quiet := neighbours(model.FinderOptions{Detection: model.DetectOff})
		connected, b, silent := neighbours(model.FinderOptions{Detection: model.DetectOffer})
		_, err := b.Service.CreateProvider(t.Context(), admin, model.ProviderInput{Name: "Mine", BaseURL: "https://models.example.org/v1"})
		require.NoError(t, err)
		for finder, around := range map[*model.Finder]*street{off: quiet, connected: silent} {
			found, err := finder.Find(t.Context(), admin)
			require.NoError(t, err)
			require.False(t, found.Looked)
			require.Empty(t, found.Places)
			require.NotEmpty(t, found.Reason)
			_, err = finder.Use(t.Context(), admin, "127.0.0.1:11434")
			require.ErrorIs(t, err, app.ErrConflict)
			require.Empty(t, around.asked)
		}
	})
	t.Run("asks nobody where OPENAI_BASE_URL is set, and again when it no longer is", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{EnvBaseURL: "https://models.example.org/v1"})
		has, err := b.Service.HasProvider(t.Context())
		require.NoError(t, err)
		require.True(t, has)
		require.NoError(t, b.again(model.Options{}).Sync(t.Context()), "the next start")
		b.Forget()
		has, err = b.Service.HasProvider(t.Context())
		require.NoError(t, err)
		require.False(t, has)
	})
}

func TestUse(t *testing.T) {
	t.Parallel()
	t.Run("connects what is found, without a key, and once", func(t *testing.T) {
		t.Parallel()
		finder, b, around := neighbours(model.FinderOptions{Detection: model.DetectOffer})
		around.lists[ollama] = []llm.Listing{{Name: "llama3.2"}}
		var clicks sync.WaitGroup
		results := make([]error, 8)
		for i := range results {
			clicks.Go(func() { _, results[i] = finder.Use(t.Context(), admin, "127.0.0.1:11434") })
		}
		clicks.Wait()
		refused := 0
		for _, err := range results {
			if errors.Is(err, app.ErrConflict) {
				refused++
			}
		}
		require.Equal(t, len(results)-1, refused)
		require.Len(t, b.tables.providers, 1)
		made := b.tables.providers[0]
		require.Equal(t, []any{"Ollama", ollama, true, model.SourceDatabase}, []any{made.Name, made.BaseURL, made.Enabled, made.Source})
		require.Empty(t, made.Key.Ciphertext)
	})
	t.Run("connects nothing that no longer answers, and says why", func(t *testing.T) {
		t.Parallel()
		finder, b, _ := neighbours(model.FinderOptions{Detection: model.DetectOffer})
		_, err := finder.Use(t.Context(), admin, "127.0.0.1:11434")
		require.ErrorIs(t, err, app.ErrNotFound)
		require.Contains(t, app.AsError(err).Message, "start Ollama")
		require.Empty(t, b.tables.providers)
	})
	t.Run("asks no address that is not on its list", func(t *testing.T) {
		t.Parallel()
		finder, b, around := neighbours(model.FinderOptions{Detection: model.DetectOffer})
		rapid.Check(t, func(t *rapid.T) {
			id := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
				"169.254.169.254:80", "127.0.0.1:5432", "127.0.0.1:11434/../", "127.0.0.1:11434@evil.example.org", "localhost:11434", "http://127.0.0.1:11434",
			})).Draw(t, "id")
			_, err := finder.Use(context.Background(), admin, id)
			require.ErrorIs(t, err, app.ErrNotFound)
		})
		require.Empty(t, around.asked)
		require.Empty(t, b.tables.providers)
	})
	t.Run("at the start: the first place with models, where that is wanted", func(t *testing.T) {
		t.Parallel()
		for _, mode := range []model.Detection{model.DetectOffer, model.DetectUse, model.DetectOff} {
			finder, b, around := neighbours(model.FinderOptions{Detection: mode})
			around.lists[ollama] = nil // runs, and has no model
			around.lists["http://127.0.0.1:8000/v1"] = []llm.Listing{{Name: "qwen3-8b"}}
			around.lists["http://127.0.0.1:8080/v1"] = []llm.Listing{{Name: "local"}}
			found, err := finder.UseFirst(t.Context(), admin)
			require.NoError(t, err)
			if mode != model.DetectUse {
				require.Empty(t, around.asked)
				require.Empty(t, b.tables.providers)
				continue
			}
			require.Equal(t, "vLLM", found.Program)
			require.Len(t, b.tables.providers, 1)
			again, err := finder.UseFirst(t.Context(), admin)
			require.NoError(t, err)
			require.Empty(t, again.Program, "the next start leaves it at that")
		}
	})
	t.Run("at the start: of two nodes that find the same at the same moment, one connects it", func(t *testing.T) {
		t.Parallel()
		b := newBench(model.Options{})
		other := b.again(model.Options{})
		var both sync.WaitGroup
		both.Add(2)
		probe := func(context.Context, string) ([]llm.Listing, error) {
			both.Done()
			both.Wait()
			return []llm.Listing{{Name: "llama3.2"}}, nil
		}
		var nodes sync.WaitGroup
		programs := make([]string, 2)
		for i, service := range []*model.Service{b.Service, other} {
			finder := model.NewFinder(service, probe, model.FinderOptions{Detection: model.DetectUse, Places: model.Places(false)[:1]})
			nodes.Go(func() {
				found, err := finder.UseFirst(t.Context(), admin)
				assert.NoError(t, err)
				programs[i] = found.Program
			})
		}
		nodes.Wait()
		require.ElementsMatch(t, []string{"Ollama", ""}, programs)
		require.Len(t, b.tables.providers, 1)
		require.Len(t, b.log.events, 1)
	})
	t.Run("at the start: nothing is found", func(t *testing.T) {
		t.Parallel()
		finder, b, _ := neighbours(model.FinderOptions{Detection: model.DetectUse})
		found, err := finder.UseFirst(t.Context(), admin)
		require.NoError(t, err)
		require.Equal(t, model.Finding{}, found)
		require.Empty(t, b.tables.providers)
	})
	t.Run("fails with the database", func(t *testing.T) {
		t.Parallel()
		finder, b, _ := neighbours(model.FinderOptions{Detection: model.DetectUse})
		b.tables.down = app.ErrUnavailable
		_, err := finder.Find(t.Context(), admin)
		require.ErrorIs(t, err, app.ErrUnavailable)
		_, err = finder.Use(t.Context(), admin, "127.0.0.1:1234")
		require.ErrorIs(t, err, app.ErrUnavailable)
		_, err = finder.UseFirst(t.Context(), admin)
		require.ErrorIs(t, err, app.ErrUnavailable)
	})
}

func TestAdvice(t *testing.T) {
	t.Parallel()
	const host = "http://host.docker.internal:11434/v1"
	for name, c := range map[string]struct {
		container bool
		at        string
		miss      error
		want      string
	}{
		"nothing listens":          {at: ollama, miss: llm.MissRefused, want: "Nothing listens on port 11434; start Ollama, or set OPENAI_BASE_URL."},
		"nothing in the container": {container: true, at: ollama, miss: llm.MissRefused, want: "Nothing listens on port 11434 in this container; run Ollama on the host, or set OPENAI_BASE_URL."},
		"nothing for containers":   {container: true, at: host, miss: llm.MissRefused, want: "Nothing answers containers on port 11434 of the host: Ollama may listen on 127.0.0.1 of the host; set OLLAMA_HOST=0.0.0.0 for Ollama and restart it."},
		"a host without a name":    {container: true, at: host, miss: llm.MissUnknown, want: "host.docker.internal has no address in this container; start it with --add-host=host.docker.internal:host-gateway."},
		"a firewall before a host": {container: true, at: host, miss: llm.MissSlow, want: "Port 11434 of the host did not answer in 300 ms; set OLLAMA_HOST=0.0.0.0 for Ollama and restart it, and let its firewall admit containers."},
		"too slow":                 {at: ollama, miss: llm.MissSlow, want: "What listens on port 11434 did not answer in 300 ms; try again when it has started."},
		"a redirect":               {at: ollama, miss: llm.MissElsewhere, want: "What listens on port 11434 points to another address; set OPENAI_BASE_URL to that one."},
		"a key":                    {at: ollama, miss: llm.MissLocked, want: "What listens on port 11434 wants a key; set OPENAI_BASE_URL and OPENAI_API_KEY."},
		"a flood":                  {at: ollama, miss: llm.MissLarge, want: "What listens on port 11434 lists more than 1 MiB; if it is a model server, set OPENAI_BASE_URL."},
		"another program":          {at: ollama, miss: llm.MissOther, want: "Another program than a model server listens on port 11434; if Ollama has another port, set OPENAI_BASE_URL."},
		"an error of another kind": {at: ollama, miss: errors.New("odd"), want: "Another program than a model server listens on port 11434; if Ollama has another port, set OPENAI_BASE_URL."},
		"a server without a model": {at: ollama, want: "Ollama answers on port 11434 and has no model; fetch one with `ollama pull llama3.2`."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			finder, _, around := neighbours(model.FinderOptions{Detection: model.DetectOffer, Container: c.container})
			around.misses[c.at] = c.miss
			if c.miss == nil {
				around.lists[c.at] = nil
			}
			found, err := finder.Find(t.Context(), admin)
			require.NoError(t, err)
			told := ""
			for _, place := range found.Places {
				require.Regexp(t, `\.$`, place.Problem)
				if place.BaseURL == c.at {
					told = place.Problem
				}
			}
			require.Equal(t, c.want, told)
		})
	}
}
