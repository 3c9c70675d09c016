package model

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// Detection is whether models on this machine are looked for.
type Detection string

// Values of QUILLIUM_AUTODETECT.
const (
	DetectOffer Detection = "offer"
	DetectUse   Detection = "use"
	DetectOff   Detection = "off"
)

// Place is where a model server is looked for; Program is what usually
// listens there.
type Place struct {
	Host    string
	Port    int
	Program string
}

// id names a place in an address of the API.
func (p Place) id() string { return net.JoinHostPort(p.Host, strconv.Itoa(p.Port)) }

func (p Place) baseURL() string { return "http://" + p.id() + "/v1" }

// hostOfContainer is how the host is called from within a container.
const hostOfContainer = "host.docker.internal"

// Places are the usual ports of model servers on this machine and, from
// within a container, on its host.
func Places(container bool) []Place {
	hosts := []string{"127.0.0.1"}
	if container {
		hosts = append(hosts, hostOfContainer)
	}
	var places []Place
	for _, host := range hosts {
		places = append(places, Place{host, 11434, "Ollama"}, Place{host, 1234, "LM Studio"},
			Place{host, 8000, "vLLM"}, Place{host, 8080, "llama.cpp"})
	}
	return places
}

// Probe asks a base URL for its models. It fails with an llm.Miss, or because
// its context ended.
type Probe func(ctx context.Context, baseURL string) ([]llm.Listing, error)

// Finding is what a look at a place met. Problem says why there is nothing to
// use, and what to do; it is empty where Models can be asked.
type Finding struct {
	ID      string
	Program string
	BaseURL string
	Models  []string
	Problem string
}

// Findings are the answers of all places in their order. Where nobody looked,
// Reason says why.
type Findings struct {
	Looked bool
	Reason string
	Places []Finding
}

// Providers is where a find is put to use.
type Providers interface {
	// HasProvider tells whether a model server is connected already.
	HasProvider(ctx context.Context) (bool, error)
	// ConnectFirst connects one, and refuses as a conflict where there is one.
	ConnectFirst(ctx context.Context, actor app.Actor, input ProviderInput) (app.ProviderID, error)
}

// FinderOptions say where to look.
type FinderOptions struct {
	Detection Detection
	Places    []Place
	// Own are the ports of this server, which are never asked.
	Own []int
	// Container tells whether this program runs in one.
	Container bool
}

// Finder looks for model servers in places of its own list, never at an
// address that a client names. It is safe for concurrent use.
type Finder struct {
	providers Providers
	probe     Probe
	options   FinderOptions
}

// NewFinder wires a finder. It asks nobody before somebody asks it.
func NewFinder(providers Providers, probe Probe, options FinderOptions) *Finder {
	options.Places = slices.DeleteFunc(slices.Clone(options.Places), func(place Place) bool {
		return slices.Contains(options.Own, place.Port)
	})
	return &Finder{providers: providers, probe: probe, options: options}
}

// Find looks at every place at once, where that is wanted and no model server
// is connected. Forbidden but to administrators.
func (f *Finder) Find(ctx context.Context, actor app.Actor) (Findings, error) {
	if actor.Role != app.RoleAdmin {
		return Findings{}, app.ErrForbidden
	}
	reason, err := f.idle(ctx)
	if err != nil || reason != "" {
		return Findings{Reason: reason, Places: []Finding{}}, err
	}
	places, err := f.look(ctx)
	return Findings{Looked: true, Places: places}, err
}

// Use connects what is found at a place. Forbidden but to administrators,
// not_found where the place is not on the list or has no models now, conflict
// where a model server is connected already or nobody is to look.
func (f *Finder) Use(ctx context.Context, actor app.Actor, id string) (Finding, error) {
	if actor.Role != app.RoleAdmin {
		return Finding{}, app.ErrForbidden
	}
	index := slices.IndexFunc(f.options.Places, func(place Place) bool { return place.id() == id })
	if index < 0 {
		return Finding{}, app.ErrNotFound
	}
	reason, err := f.idle(ctx)
	if err != nil {
		return Finding{}, err
	}
	if reason != "" {
		return Finding{}, app.Errorf(app.CodeConflict, "%s", reason)
	}
	found, err := f.ask(ctx, f.options.Places[index])
	if err != nil {
		return Finding{}, err
	}
	return found, f.connect(ctx, actor, found)
}

// UseFirst connects the first place with models at once, where QUILLIUM_AUTODETECT
// says so. Without any, or where another node was first, it tells an empty
// Finding.
func (f *Finder) UseFirst(ctx context.Context, actor app.Actor) (Finding, error) {
	if f.options.Detection != DetectUse {
		return Finding{}, nil
	}
	all, err := f.Find(ctx, actor)
	if err != nil {
		return Finding{}, err
	}
	for _, found := range all.Places {
		if found.Problem != "" {
			continue
		}
		err := f.connect(ctx, actor, found)
		if errors.Is(err, app.ErrConflict) {
			break
		}
		return found, err
	}
	return Finding{}, nil
}

func (f *Finder) connect(ctx context.Context, actor app.Actor, found Finding) error {
	if found.Problem != "" {
		return app.Errorf(app.CodeNotFound, "%s", found.Problem)
	}
	_, err := f.providers.ConnectFirst(ctx, actor, ProviderInput{Name: found.Program, BaseURL: found.BaseURL, Enabled: true})
	return err
}

const alreadyConnected = "A model server is connected already."

// idle is why nobody looks, or empty.
func (f *Finder) idle(ctx context.Context) (string, error) {
	if f.options.Detection == DetectOff {
		return "QUILLIUM_AUTODETECT=off: nobody looks for models on this machine.", nil
	}
	connected, err := f.providers.HasProvider(ctx)
	if connected {
		return alreadyConnected, err
	}
	return "", err
}

func (f *Finder) look(ctx context.Context) ([]Finding, error) {
	places := make([]Finding, len(f.options.Places))
	failed := make([]error, len(places))
	var all sync.WaitGroup
	for i, place := range f.options.Places {
		all.Go(func() { places[i], failed[i] = f.ask(ctx, place) })
	}
	all.Wait()
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	return places, nil
}

func (f *Finder) ask(ctx context.Context, place Place) (Finding, error) {
	found := Finding{ID: place.id(), Program: place.Program, BaseURL: place.baseURL(), Models: []string{}}
	list, err := f.probe(ctx, found.BaseURL)
	if ctx.Err() != nil {
		return found, ctx.Err()
	}
	for _, model := range list {
		found.Models = append(found.Models, model.Name)
	}
	if err != nil || len(list) == 0 {
		found.Problem = f.advice(place, err)
	}
	return found, nil
}
