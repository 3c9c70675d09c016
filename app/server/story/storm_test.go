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
	for i := 0; s.pause(s.fleet.lull); i++ {
		who := pick(s.fleet.dice, s.fleet.people)
		s.fleet.say(who, chat, fmt.Sprintf("message %d.%d", room, i))
		for range s.fleet.dice.n(4) {
			if !s.pause(s.fleet.lull) {
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
