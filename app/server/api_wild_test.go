package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/app/server/contract/wild"
)

// How many bodies and frames nobody meant to send, and how many senders.
const (
	wildBodies  = 40_000 / wildShare
	wildFrames  = 60_000 / wildShare
	wildSenders = 8
)

// testWild sends what no client means to send. Nothing of it may make a 5xx,
// an answer outside the contract, or an internal error on a socket.
func testWild(t *testing.T, w *world) {
	started := time.Now()
	var bodies, frames, half atomic.Int64
	var group sync.WaitGroup
	var senders []*sender
	problems := make(chan error, wildSenders)
	for i := range uint64(wildSenders) {
		ada := w.join(t, "Ada")
		eve := w.join(t, "Eve")
		s := &sender{world: w, who: ada, maker: wild.New(i), foreign: w.open(t, eve, foreignText), statuses: map[int]int{}}
		s.foreignMessage = w.say(t, eve, s.foreign, foreignText)
		senders = append(senders, s)
		group.Go(func() {
			err := s.sendBodies(wildBodies/wildSenders, &bodies)
			half.Store(int64(time.Since(started)))
			if err == nil {
				err = s.sendFrames(wildFrames/wildSenders, &frames)
			}
			if err != nil {
				problems <- err
			}
		})
	}
	group.Wait()
	close(problems)
	for err := range problems {
		t.Error(err)
	}
	statuses := map[int]int{}
	for _, s := range senders {
		for status, times := range s.statuses {
			statuses[status] += times
		}
	}
	t.Logf("%d bodies in %s and %d frames, in %s; statuses %v", bodies.Load(), time.Duration(half.Load()).Round(time.Millisecond), frames.Load(), time.Since(started).Round(time.Millisecond), statuses)
	require.Greater(t, statuses[200]+statuses[201]+statuses[204], wildBodies/20, "some of it must get through, or it tests the door alone")
	require.EqualValues(t, wildBodies, bodies.Load())
	require.EqualValues(t, wildFrames, frames.Load())
	w.want(t, 200, nil, "GET /readyz", "")
}

// sender is one client that means no good.
type sender struct {
	*world
	who                     *person
	maker                   *wild.Maker
	foreign, foreignMessage string
	chat, message           string
	operations              []*contract.Operation
	statuses                map[int]int
}

// foreignText is what only somebody else may read.
const foreignText = "nobody but Eve reads this"

// costly operations hash a password: now and then is enough.
var costly = map[string]bool{"register": true, "signIn": true, "changePassword": true, "resetPassword": true, "deleteMe": true}

func (s *sender) sendBodies(n int, count *atomic.Int64) error {
	for _, op := range s.contract.Operations() {
		if op.ID != "openSocket" {
			s.operations = append(s.operations, op)
		}
	}
	for done := 0; done < n; {
		if done%200 == 0 {
			if err := s.settle(); err != nil {
				return err
			}
		}
		request, sent, err := s.request()
		if err != nil {
			continue // not even Go would send it; another one
		}
		if err := s.exchange(request, sent, done%10 == 0); err != nil {
			return err
		}
		done++
		count.Add(1)
	}
	return nil
}

// settle opens a chat with a message: those before may be gone.
func (s *sender) settle() error {
	chat, err := s.try(s.who, "POST /chats", `{"reply_policy":"never"}`)
	if err == nil && chat.status == http.StatusUnauthorized {
		// It signed itself out, which is its right.
		if err = s.signIn(); err == nil {
			chat, err = s.try(s.who, "POST /chats", `{"reply_policy":"never"}`)
		}
	}
	if err != nil || chat.status != http.StatusCreated {
		return fmt.Errorf("a new chat: %w %v", err, chat)
	}
	if s.chat, err = idOf(chat); err != nil {
		return err
	}
	message, err := s.try(s.who, "POST /chats/"+s.chat+"/messages", `{"content":"hello"}`)
	if err != nil || message.status != http.StatusCreated {
		return fmt.Errorf("a new message: %w %v", err, message)
	}
	s.message, err = idOf(message)
	s.maker.Known = []string{s.chat, s.message, s.foreign, s.foreignMessage, s.who.id, s.who.email, "guide", "always"}
	return err
}

func (s *sender) signIn() error {
	got, err := s.try(nil, "POST /auth/login", object("email", s.who.email, "password", password))
	if err != nil || got.status != http.StatusOK {
		return fmt.Errorf("signing in: %w %v", err, got)
	}
	var tokens struct {
		Access string `json:"access_token"`
	}
	err = json.Unmarshal([]byte(got.body), &tokens)
	s.who.access = tokens.Access
	return err
}

// request is one of the contract's, with something wrong with it.
func (s *sender) request() (*http.Request, []byte, error) {
	op := s.operations[s.maker.Below(len(s.operations))]
	for costly[op.ID] && !s.maker.Chance(200) || op.Body == nil && !s.maker.Chance(5) {
		op = s.operations[s.maker.Below(len(s.operations))]
	}
	method, path := op.Method, s.path(op)
	if s.maker.Chance(50) {
		method = s.maker.Pick(http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions)
	}
	var body []byte
	if op.Body != nil || s.maker.Chance(20) {
		body = s.body(op)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.who.access)
	if op.ID == "signOut" && !s.maker.Chance(20) {
		request.Header.Del("Authorization")
	}
	if s.maker.Chance(50) {
		request.Header.Set("Authorization", s.maker.Pick("", "Bearer", "Bearer ", "Bearer x.y.z", "bearer "+s.who.access, "Basic x", "Bearer "+s.who.access+"x"))
	}
	request.Header.Set("Content-Type", "application/json")
	if s.maker.Chance(30) {
		request.Header.Set("Content-Type", s.maker.Pick("", "text/plain", "application/json; charset=utf-7", "application/json;", "multipart/form-data", "APPLICATION/JSON", ";", "application/x-www-form-urlencoded"))
	}
	if s.maker.Chance(50) {
		request.Header.Set(s.maker.Pick("Content-Encoding", "Cookie", "Origin", "X-Forwarded-For", "X-Request-ID", "User-Agent", "Accept", "Accept-Encoding", "Sec-Fetch-Site", "Range", "If-None-Match"),
			s.maker.Pick("gzip", "quillium_refresh=x", "null", "::1, 1.2.3.4", "text/html", "same-origin", "bytes=0-1", "*", "\"", strings.Repeat("x", 2000), "ä\u0080"))
	}
	return request, body, nil
}

func (s *sender) body(op *contract.Operation) []byte {
	value := s.maker.Fit(op.Body)
	for !s.maker.Chance(2) {
		value = s.maker.Spoil(value)
	}
	text := s.maker.Text(value)
	for s.maker.Chance(6) {
		text = s.maker.Break(text)
	}
	return text
}

// path fills in ids: mostly those that are there.
func (s *sender) path(op *contract.Operation) string {
	id, mid := s.chat, s.message
	if s.maker.Chance(5) {
		id = s.maker.Pick(s.foreign, s.foreignMessage, s.who.id, "x", "%00", "%ff", "..", "%2e%2e%2f", strings.ToUpper(s.chat), "00000000-0000-0000-0000-000000000000", s.chat+"%00", strings.Repeat("x", 3000), "*", "%")
	}
	if s.maker.Chance(5) {
		mid = s.maker.Pick(s.foreignMessage, s.chat, "x", "%00", "", "..;", "%F0%9F%98%80", "{mid}")
	}
	path := strings.NewReplacer("{id}", id, "{mid}", mid).Replace(op.Path)
	if len(op.Query) == 0 && !s.maker.Chance(20) || s.maker.Chance(3) {
		return path
	}
	query := []string{}
	for _, name := range slices.Concat(op.Query, []string{"x"}) {
		if s.maker.Chance(2) {
			query = append(query, name+"="+s.maker.Pick("", "1", "0", "-1", "101", "true", "false", "maybe", "9223372036854775807", "9223372036854775808", "%00", "%ff", "%", "%25_", "1e3", "NaN",
				url.QueryEscape(s.maker.Pick(s.maker.Known...)), "MTcwMDAwMDAwMDAwMDAwMCAw", strings.Repeat("q", 600), "%F0%9F%98%80", "'"))
		}
	}
	return path + "?" + strings.Join(query, "&")
}

// exchange sends a request and judges what comes back: always the status, and
// now and then all of it.
func (s *sender) exchange(request *http.Request, sent []byte, closely bool) error {
	client := s.client.Transport.(*contract.Transport).Next
	response, err := client.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("%s %s %q: %w", request.Method, request.URL, sent, err)
	}
	body, err := io.ReadAll(response.Body)
	if err == nil {
		err = response.Body.Close()
	}
	if err == nil && response.StatusCode >= http.StatusInternalServerError {
		err = fmt.Errorf("status %d: %s", response.StatusCode, body)
	}
	s.statuses[response.StatusCode]++
	if err == nil && bytes.Contains(body, []byte(foreignText)) {
		err = errors.New("it tells what is somebody else's")
	}
	if err == nil && closely && request.Method != http.MethodHead {
		err = s.contract.Check(request, sent, response.StatusCode, response.Header, body)
	}
	if err != nil {
		return fmt.Errorf("%s %s %v %.3000q: %w", request.Method, request.URL, request.Header, sent, err)
	}
	return nil
}
