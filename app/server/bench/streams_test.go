package bench

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

const (
	answers = 200
	// tokens are sent at 50 a second.
	tokens = 400
	pause  = 20 * time.Millisecond
	// here and there are the listeners of each answer: on the node that has it
	// and on another.
	here, there = 3, 2
)

// stream is what the listeners of one node have heard.
type stream struct {
	mu   sync.Mutex
	ages []time.Duration
	// silent are those who heard no end.
	silent int
}

// BenchmarkStreams streams 200 answers on one of two nodes to listeners on
// both. Each token is the time at which the model sent it.
func BenchmarkStreams(b *testing.B) {
	model := httptest.NewServer(http.HandlerFunc(clock))
	b.Cleanup(model.Close)
	database := newDatabase(b)
	answering, _ := quillium(b, append(outside(b, database), "OPENAI_BASE_URL="+model.URL+"/v1")...)
	other, _ := quillium(b, append(outside(b, database), "OPENAI_BASE_URL="+model.URL+"/v1")...)
	join(b, answering, "ada")
	groups := split(b, crowd(b, database, answering, answers*(here+there)), here+there)
	chats := rooms(b, database, "clock", groups)
	heard := [2]stream{}
	nodes := [2]*process{answering, other}
	var group sync.WaitGroup
	sockets := connectAll(b, answers*(here+there), few, func(i int) (*wire, error) {
		p := *groups[i/(here+there)][i%(here+there)]
		if i%(here+there) >= here {
			p.server = other
		}
		return p.inRoom(chats[i/(here+there)])
	})
	for i, w := range sockets {
		at := &heard[0]
		if i%(here+there) >= here {
			at = &heard[1]
		}
		group.Go(func() { at.listen(w) })
	}
	computed, began := [2]time.Duration{answering.cpu(), other.cpu()}, time.Now()
	for i, chat := range chats {
		groups[i][0].call(b, "POST", "/chats/"+chat+"/messages", object{"content": "What time is it?"}, nil)
	}
	asked := time.Since(began)
	group.Wait()
	took := time.Since(began)
	told(fmt.Sprintf("%d answers of 50 tokens a second", answers), "asked within %v, %d listeners each here, %d there", asked.Round(time.Millisecond), here, there)
	for i, node := range []struct {
		name      string
		p50, p99  time.Duration
		listeners int
	}{
		{"  on the answering node", 30 * time.Millisecond, 80 * time.Millisecond, answers * here},
		{"  on another node", 90 * time.Millisecond, 180 * time.Millisecond, answers * there},
	} {
		at := &heard[i]
		share := float64(len(at.ages)) / float64(node.listeners*tokens)
		cores := (nodes[i].cpu() - computed[i]).Seconds() / took.Seconds()
		told(node.name, "%.1f %% heard, %d listeners heard no end, %.1f MiB resident", 100*share, at.silent, nodes[i].resident())
		kept := share > 0.999 && at.silent == 0
		p50, p99 := percentile(at.ages, 50), percentile(at.ages, 99)
		promised(b, node.name+", added delay p50 / p99", fmt.Sprintf("at most %v / %v", node.p50, node.p99),
			fmt.Sprintf("%v / %v", p50.Round(time.Millisecond/10), p99.Round(time.Millisecond/10)), kept && p50 <= node.p50 && p99 <= node.p99)
		promised(b, node.name+", CPU", "at most 1 core", fmt.Sprintf("%.2f", cores), cores <= 1)
	}
}

// listen hears one answer to its end, or for as long as it may take.
func (s *stream) listen(w *wire) {
	ages, ended := w.tokens()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ages = append(s.ages, ages...)
	if !ended {
		s.silent++
	}
}

var (
	grew   = []byte(`"type":"delta"`)
	inText = []byte(`"text":"`)
	over   = []byte(`"status":"complete"`)
	whole  = []byte(`"content":"`)
	reply  = []byte(`"role":"assistant"`)
)

// tokens tells how old each token was; a token may come in two pieces.
func (w *wire) tokens() (ages []time.Duration, ended bool) {
	_ = w.SetReadDeadline(time.Now().Add(tokens*pause + 15*time.Second))
	var piece []byte
	for {
		frame, err := w.next()
		if err != nil {
			return ages, false
		}
		now := time.Now()
		for line := range bytes.SplitSeq(frame, []byte("\n")) {
			if !bytes.Contains(line, grew) {
				// The question comes before its answer.
				if _, answer, _ := bytes.Cut(line, reply); bytes.Contains(answer, over) {
					return append(ages, unheard(answer, len(ages), now)...), true
				}
				continue
			}
			_, text, _ := bytes.Cut(line, inText)
			text, _, _ = bytes.Cut(text, []byte(`"`))
			piece = append(piece, text...)
			for len(piece) > stampLength {
				if nano, err := strconv.ParseInt(string(piece[:stampLength]), 10, 64); err == nil {
					ages = append(ages, now.Sub(time.Unix(0, nano)))
				}
				piece = piece[stampLength+1:]
			}
		}
	}
}

// unheard tells how old those tokens are that came with the end: what another
// node has flushed last is stored together with it.
func unheard(answer []byte, heard int, now time.Time) (ages []time.Duration) {
	_, text, _ := bytes.Cut(answer, whole)
	text, _, _ = bytes.Cut(text, []byte(`"`))
	for i, token := range bytes.Fields(text) {
		if nano, err := strconv.ParseInt(string(token), 10, 64); err == nil && i >= heard {
			ages = append(ages, now.Sub(time.Unix(0, nano)))
		}
	}
	return ages
}

// clock is a model that tells the time, again and again.
func clock(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v1/models" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"object":"list","data":[{"id":"clock","object":"model"}]}`)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for range tokens {
		_, _ = fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%d \"}}]}\n\n", time.Now().UnixNano())
		_ = out.Flush()
		<-ticker.C
	}
	_, _ = fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
}
