package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
)

// password is nobody's example: requests made from the contract must not hit it.
const password = "four donkeys, one cart"

// world is one running server with a database of its own. Whatever is asked
// through it is held against the contract.
type world struct {
	url      string
	contract *contract.Contract
	client   *http.Client
	db       *pgxpool.Pool
	database string
	close    func() error
	log      *watchedLog

	mu    sync.Mutex
	count int
}

// person is somebody who signed up.
type person struct {
	id, name, email, access, refresh string
}

// answer is what came back.
type answer struct {
	status int
	head   http.Header
	body   string
}

// into reads the answer's JSON.
func (a answer) into(t testing.TB, value any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(a.body), value), a.body)
}

// text is one field of the answer, by its names from the outside in.
func (a answer) text(t testing.TB, names ...string) string {
	t.Helper()
	var value any
	a.into(t, &value)
	for _, name := range names {
		object, is := value.(map[string]any)
		require.True(t, is, "%s has no %s", a.body, name)
		value = object[name]
	}
	return fmt.Sprint(value)
}

// ask sends one request as somebody, or as a stranger where who is nil. head
// holds names and values in turn; a body is JSON unless they say otherwise.
func (w *world) ask(t testing.TB, who *person, call, body string, head ...string) answer {
	t.Helper()
	got, err := w.try(who, call, body, head...)
	require.NoError(t, err)
	return got
}

// want is ask for those who know the answer's status.
func (w *world) want(t testing.TB, status int, who *person, call, body string, head ...string) answer {
	t.Helper()
	got := w.ask(t, who, call, body, head...)
	require.Equal(t, status, got.status, "%s: %s", call, got.body)
	return got
}

// try is ask for other goroutines than the test's own.
func (w *world) try(who *person, call, body string, head ...string) (answer, error) {
	method, path, _ := strings.Cut(call, " ")
	// What begins with = is meant as it is: /admin alone is a part of the API.
	path, exact := strings.CutPrefix(path, "=")
	if !exact && strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "/api/") && !rooted(path) {
		path = "/api/v1" + path
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, w.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if who != nil {
		request.Header.Set("Authorization", "Bearer "+who.access)
	}
	for i := 0; i+1 < len(head); i += 2 {
		request.Header.Set(head[i], head[i+1])
	}
	response, err := w.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	text, err := io.ReadAll(response.Body)
	if closed := response.Body.Close(); err == nil {
		err = closed
	}
	return answer{response.StatusCode, response.Header, string(text)}, err
}

// rooted tells whether a path lives outside /api.
func rooted(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return slices.Contains([]string{"", "health", "livez", "readyz", "c", "sign-in", "sign-up", "setup", "reset", "invite", "handbook", "assets", "logo", "manifest.webmanifest"}, first)
}

// join signs up somebody new. head is sent along.
func (w *world) join(t testing.TB, name string, head ...string) *person {
	t.Helper()
	w.mu.Lock()
	w.count++
	email := fmt.Sprintf("%s.%d@example.org", strings.ToLower(name), w.count)
	w.mu.Unlock()
	got := w.want(t, 201, nil, "POST /auth/register", object("email", email, "password", password, "name", name), head...)
	who := &person{name: name, email: email}
	who.hold(t, got)
	return who
}

// hold keeps the tokens of an answer.
func (p *person) hold(t testing.TB, got answer) {
	t.Helper()
	p.id = got.text(t, "user", "id")
	p.access = got.text(t, "access_token")
	p.refresh = got.text(t, "refresh_token")
}

// again signs in once more: the same person on another device.
func (w *world) again(t testing.TB, who *person, head ...string) *person {
	t.Helper()
	other := &person{name: who.name, email: who.email}
	other.hold(t, w.want(t, 200, nil, "POST /auth/login", object("email", who.email, "password", password), head...))
	return other
}

// signIn signs in somebody whom the server's own settings made.
func (w *world) signIn(t testing.TB, email string) *person {
	t.Helper()
	who := &person{email: email}
	who.hold(t, w.want(t, 200, nil, "POST /auth/login", object("email", email, "password", password)))
	return who
}

// open makes a chat that nobody answers in.
func (w *world) open(t testing.TB, owner *person, title string) string {
	t.Helper()
	return w.want(t, 201, owner, "POST /chats", object("title", title, "reply_policy", "never")).text(t, "id")
}

// say posts a message and gives back its id.
func (w *world) say(t testing.TB, who *person, chat, content string) string {
	t.Helper()
	return w.want(t, 201, who, "POST /chats/"+chat+"/messages", object("content", content)).text(t, "id")
}

// admit makes somebody a member behind the server's back: nobody is told, and
// the reply policy stays.
func (w *world) admit(t testing.TB, chat string, who *person, role string) {
	t.Helper()
	w.sql(t, `with c as (update chats set rev = rev + 1, member_count = member_count + 1 where id = $1 returning id, rev)
		insert into members (chat_id, user_id, role, rev) select id, $2, $3, rev from c`, chat, who.id, role)
}

// sql changes the database behind the server's back.
func (w *world) sql(t testing.TB, text string, args ...any) {
	t.Helper()
	_, err := w.db.Exec(t.Context(), text, args...)
	require.NoError(t, err)
}

// oneTime stores the token of a set-up or reset link that is good for this
// long, and tells it.
func (w *world) oneTime(t testing.TB, purpose string, user *string, fill, lasts string) string {
	t.Helper()
	token := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat(fill, 32)))
	hash := sha256.Sum256([]byte(token))
	w.sql(t, "insert into one_time_tokens (hash, purpose, user_id, expires_at) values ($1, $2, $3, now() + $4::interval)", hash[:], purpose, user, lasts)
	return token
}

// idOf is the id of what an answer holds, for goroutines that have no test.
func idOf(got answer) (string, error) {
	var held struct {
		ID string `json:"id"`
	}
	err := json.Unmarshal([]byte(got.body), &held)
	return held.ID, err
}

// object writes a JSON object from names and values in turn.
func object(pairs ...any) string {
	fields := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		fields[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(text)
}
