package realtime

import (
	"sync"

	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime/realtimetest"
)

// device is a client of the protocol with a socket of its own to one of the
// nodes.
type device struct {
	world *world
	node  *node
	user  app.UserID
	limit int

	client *Client
	wire   *wire
	work   chan func()
	done   chan struct{}

	mu    sync.Mutex
	rules *realtimetest.Client
}

func newDevice(w *world, user app.UserID) *device {
	return &device{world: w, node: w.node(), user: user, limit: rapid.SampledFrom([]int{3, 200}).Draw(w.t, "limit"), rules: realtimetest.New()}
}

// connect opens a socket and asks for all wanted chats from where it was.
func (d *device) connect() {
	d.wire = newWire()
	d.wire.hear = d.hear
	d.client = NewClient("", app.Actor{UserID: d.user}, d.wire)
	d.node.hub.Join(d.client)
	d.work, d.done = make(chan func(), 10_000), make(chan struct{})
	go func(work chan func(), done chan struct{}) {
		defer close(done)
		for do := range work {
			do()
		}
	}(d.work, d.done)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rules.Connected()
	d.ask(d.rules.Take([]byte(`{"type":"welcome","data":{"store":"` + d.world.store + `"}}`)))
}

// cut ends the socket at once, whatever is under way.
func (d *device) cut() {
	if d.work == nil {
		return
	}
	d.wire.Close(1006, "cut")
	close(d.work)
	<-d.done
	d.work = nil
	d.node.hub.Leave(d.client)
	d.wire.set(func() { d.wire.left = true })
}

func (d *device) subscribe(chat app.ChatID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ask(d.rules.Follow(chat))
}

func (d *device) unsubscribe(chat app.ChatID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rules.Unfollow(chat)
	client, hub := d.client, d.node.hub
	d.work <- func() {
		hub.Unsubscribe(client, chat)
		client.Send(Envelope{Type: "unsubscribed", Data: InChat{ChatID: chat}})
	}
}

// ask sends what the client wishes to ask. The lock is held.
func (d *device) ask(asks []realtimetest.Ask) {
	client, hub, store := d.client, d.node.hub, d.world.store
	for _, ask := range asks {
		d.work <- func() {
			hub.Subscribe(hub.life, client, Subscription{
				ID: realtimetest.AskID, Asks: []Ask{{ChatID: ask.Chat, Since: ask.Since}}, Limit: d.limit, Resume: ask.Store == store,
			})
		}
	}
}

// hear takes one envelope.
func (d *device) hear(line []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ask(d.rules.Take(line))
}
