package story

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

// storm is people who use all chats at once, each chat in its own way, until
// they are told to stop.
type storm struct {
	fleet *fleet
	stop  chan struct{}
	all   sync.WaitGroup
}

func (f *fleet) storm() *storm {
	s := &storm{fleet: f, stop: make(chan struct{})}
	for i, chat := range f.chats {
		s.all.Go(func() { s.talk(i, chat) })
	}
	return s
}

// over stops everybody and waits for what they are in the middle of.
func (s *storm) over() {
	close(s.stop)
	s.all.Wait()
}

// pause waits, and tells whether to go on.
func (s *storm) pause(longest time.Duration) bool {
	select {
	case <-s.stop:
		return false
	case <-time.After(s.fleet.dice.upTo(longest)):
		return true
	}
}

func (s *storm) talk(room int, chat string) {
	for i := 0; s.pause(500 * time.Millisecond); i++ {
		who := pick(s.fleet.dice, s.fleet.people)
		s.fleet.say(who, chat, fmt.Sprintf("message %d.%d", room, i))
		for range s.fleet.dice.n(4) {
			if !s.pause(400 * time.Millisecond) {
				return
			}
			s.meddle(who, chat)
		}
	}
}

// meddle does something to one of the newest messages. What is not possible
// now is refused, which is fine too.
func (s *storm) meddle(who person, chat string) {
	status, text := s.fleet.do(who, "GET", "/chats/"+chat+"/messages?limit=6", nil)
	var page app.Page[app.Message]
	if status != 200 || json.Unmarshal(text, &page) != nil || len(page.Data) == 0 {
		return
	}
	m := pick(s.fleet.dice, page.Data)
	at := "/chats/" + chat + "/messages/" + string(m.ID)
	answer := m.Role == app.MessageAssistant
	ways := []func(){
		func() {
			s.fleet.do(who, "PATCH", "/chats/"+chat, object{"title": fmt.Sprint("Title ", s.fleet.dice.n(1000))})
		},
		func() { s.fleet.do(who, "DELETE", at, nil) },
	}
	if answer {
		ways = append(ways,
			func() { s.fleet.do(who, "POST", at+"/stop", nil) },
			func() { s.fleet.do(who, "POST", at+"/continue", nil) },
			func() { s.fleet.do(who, "POST", at+"/regenerate", nil) })
	} else {
		ways = append(ways,
			func() { s.fleet.do(who, "PATCH", at, object{"content": m.Content + " edited"}) },
			func() { s.fleet.do(who, "PATCH", at, object{"content": m.Content + " again", "answer": true}) })
	}
	pick(s.fleet.dice, ways)()
}

// crowd is followers that come back after each cut, until they go.
type crowd struct {
	list []*follower
	gone chan struct{}
	all  sync.WaitGroup
}

// crowd has each follow some of the chats.
func (f *fleet) crowd(size int) *crowd {
	c := &crowd{gone: make(chan struct{})}
	for i := range size {
		var chats []string
		for n, chat := range f.chats {
			if (i+n)%3 != 0 || len(f.chats) == 1 {
				chats = append(chats, chat)
			}
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
		_ = one.follow(f.line.address(), over)
		time.Sleep(f.dice.upTo(20 * time.Millisecond))
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
