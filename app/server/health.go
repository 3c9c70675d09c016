package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quillium/quillium/controllers"
)

// The states of a server, and what its health calls say in them.
const (
	stateStarting = "starting"
	stateReady    = controllers.StatusOK
	stateDraining = "draining"
	stateNoData   = "database unreachable"
)

// pinger asks a database for a sign of life.
type pinger interface {
	Ping(ctx context.Context) error
}

// arriver tells whether the hints of other nodes arrive.
type arriver interface {
	Arriving() bool
}

// believeFor is how long one look at the database counts: anybody may ask for
// health, as often as he likes.
const believeFor = 500 * time.Millisecond

// health is the state of the server and of its database.
type health struct {
	state atomic.Value // string

	mu       sync.Mutex
	bell     arriver
	database pinger
	looked   time.Time
	alive    bool
}

var _ controllers.Health = (*health)(nil)

func newHealth() *health {
	h := &health{}
	h.state.Store(stateStarting)
	return h
}

// watch says which database to look at.
func (h *health) watch(database pinger) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.database = database
}

// hear says whose hints are to arrive.
func (h *health) hear(bell arriver) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bell = bell
}

// Arriving tells whether other nodes' hints arrive, as far as is known.
func (h *health) Arriving() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bell == nil || h.bell.Arriving()
}

func (h *health) become(state string) { h.state.Store(state) }

func (h *health) draining() bool { return h.state.Load() == stateDraining }

// Status is "ok", or what is missing.
func (h *health) Status(ctx context.Context) (status, database string) {
	status, _ = h.state.Load().(string)
	switch alive, known := h.look(ctx); {
	case !known:
		return status, stateStarting
	case alive:
		return status, controllers.StatusOK
	case status == stateReady:
		return stateNoData, stateNoData
	}
	return status, stateNoData
}

func (h *health) look(ctx context.Context) (alive, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.database == nil {
		return false, false
	}
	if time.Since(h.looked) > believeFor {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		h.alive = h.database.Ping(ctx) == nil
		h.looked = time.Now()
	}
	return h.alive, true
}
