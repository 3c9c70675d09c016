package bench

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// connections is how many ask at once, each over a connection that it keeps.
const connections = 16

// target is one program under load.
type target struct {
	*process
	client *fasthttp.HostClient
	path   string
	token  string
}

// figures are what one round of load has shown.
type figures struct {
	perSecond float64
	times     []time.Duration
	// cpu is what the program computed for one request.
	cpu time.Duration
}

func newTarget(p *process, path, token string) *target {
	return &target{process: p, client: &fasthttp.HostClient{Addr: p.address, MaxConns: connections}, path: path, token: token}
}

// ask does one request and gives back the answer's bytes.
func (t *target) ask(request *fasthttp.Request, response *fasthttp.Response) error {
	request.SetRequestURI("http://" + t.address + t.path)
	if t.token != "" {
		request.Header.Set("Authorization", "Bearer "+t.token)
	}
	return t.client.Do(request, response)
}

// once asks once.
func (t *target) once(b *testing.B) string {
	b.Helper()
	request, response := &fasthttp.Request{}, &fasthttp.Response{}
	require.NoError(b, t.ask(request, response))
	require.Equal(b, fasthttp.StatusOK, response.StatusCode(), string(response.Body()))
	require.Equal(b, "application/json", string(response.Header.ContentType()))
	return string(response.Body())
}

// load asks as fast as it is answered, for this long; every answer must be as
// long as the one that was compared.
func (t *target) load(b *testing.B, lasts time.Duration, length int) figures {
	b.Helper()
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		all   figures
		wrong int
	)
	computed, began := t.cpu(), time.Now()
	for range connections {
		group.Go(func() {
			times, failed := t.loop(began.Add(lasts), length)
			mu.Lock()
			defer mu.Unlock()
			all.times = append(all.times, times...)
			wrong += failed
		})
	}
	group.Wait()
	took := time.Since(began)
	require.Zero(b, wrong, "answers that were wrong")
	all.perSecond = float64(len(all.times)) / took.Seconds()
	all.cpu = (t.cpu() - computed) / time.Duration(len(all.times))
	return all
}

func (t *target) loop(until time.Time, length int) (times []time.Duration, wrong int) {
	request, response := &fasthttp.Request{}, &fasthttp.Response{}
	for begin := time.Now(); begin.Before(until); {
		err := t.ask(request, response)
		if err != nil || response.StatusCode() != fasthttp.StatusOK || len(response.Body()) != length {
			return times, wrong + 1
		}
		now := time.Now()
		times = append(times, now.Sub(begin))
		begin = now
	}
	return times, wrong
}
