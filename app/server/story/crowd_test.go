package story

import (
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/fasthttp/websocket"
)

// crowd is followers that come back after each cut, until they go.
type crowd struct {
	list []*follower
	gone chan struct{}
	all  sync.WaitGroup
}

// crowd has each follow as many of the chats.
func (f *fleet) crowd(size, chatsEach int) *crowd {
	c := &crowd{gone: make(chan struct{})}
	for i := range size {
		var chats []string
		for n := range chatsEach {
			chats = append(chats, f.chats[(i+n)%len(f.chats)])
		}
		one := newFollower(f.people[i%len(f.people)].access, chats...)
		c.list = append(c.list, one)
		c.all.Go(func() { c.come(f, one) })
	}
	f.t.Cleanup(c.leave)
	return c
}

func (c *crowd) come(f *fleet, one *follower) {
	over := func() bool {
		select {
		case <-c.gone:
			return true
		default:
			return false
		}
	}
	for !over() {
		wait := f.dice.upTo(20 * time.Millisecond)
		var told *websocket.CloseError
		if errors.As(one.follow(f.line.address(), over), &told) && told.Code == websocket.CloseGoingAway {
			hint, err := strconv.Atoi(told.Text)
			if err != nil {
				f.fault("a server that goes away says %q", told.Text)
			}
			wait = time.Duration(hint)*time.Millisecond + f.dice.upTo(500*time.Millisecond)
		}
		select {
		case <-c.gone:
		case <-time.After(wait):
		}
	}
}

// sockets is how many there were by now.
func (c *crowd) sockets() (n int) {
	for _, one := range c.list {
		one.mu.Lock()
		n += one.welcomes
		one.mu.Unlock()
	}
	return n
}

// leave cuts everybody for good.
func (c *crowd) leave() {
	close(c.gone)
	for _, one := range c.list {
		one.mu.Lock()
		if one.socket != nil {
			_ = one.socket.Close()
		}
		one.mu.Unlock()
	}
	c.all.Wait()
}
