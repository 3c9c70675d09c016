package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/app/server/contract/wild"
)

// A sweep asks every operation of the contract for the same thing.
type sweep struct {
	*scene
	who *person
	// head is sent along with every request.
	head []string
	// admin does what only administrators may.
	admin *person
}

// newSweep signs somebody up who has one of everything.
func newSweep(t *testing.T, w *world, head ...string) *sweep {
	t.Helper()
	s := &sweep{scene: newScene(w), who: w.join(t, "Ada", head...), head: head}
	s.admin = s.who
	chat := w.open(t, s.who, "Ours")
	phone := w.again(t, s.who, head...)
	var sessions app.Page[app.Session]
	w.want(t, 200, phone, "GET /auth/sessions", "").into(t, &sessions)
	s.names["id"], s.names["mid"], s.names["sid"] = chat, w.say(t, s.who, chat, "hello"), string(sessions.Data[0].ID)
	s.names["uid"], s.names["name"] = chat, "banner"
	return s
}

// call is an operation with ids that are there.
func (s *sweep) call(op *contract.Operation) string {
	path := op.Path
	if op.ID == "endSession" {
		path = strings.Replace(path, "{id}", "{sid}", 1)
	}
	return op.Method + " " + s.fill(path)
}

// may is somebody whom an operation is for.
func (s *sweep) may(op *contract.Operation) *person {
	if forAdmins(op) {
		return s.admin
	}
	return s.who
}

// body is one that the contract allows.
func (s *sweep) body(op *contract.Operation) string {
	if op.Body == nil {
		return ""
	}
	m := wild.New(7)
	return string(m.Text(m.Fit(op.Body)))
}

// over goes through all operations that document a status.
func (s *sweep) over(t *testing.T, status int, only func(*contract.Operation) bool, try func(t *testing.T, op *contract.Operation)) {
	t.Helper()
	swept := 0
	for _, op := range s.contract.Operations() {
		if !op.Documents(status) || !only(op) {
			continue
		}
		swept++
		t.Run(op.ID, func(t *testing.T) { try(t, op) })
	}
	require.Positive(t, swept)
}

// forAdmins tells whether an operation is for administrators.
func forAdmins(op *contract.Operation) bool {
	return strings.Contains(op.Path, "/admin/") || strings.HasSuffix(op.Path, "/admin")
}

func takesBody(op *contract.Operation) bool { return op.Body != nil }

func secured(op *contract.Operation) bool { return op.Secured }

func testSweeps(t *testing.T, w *world) {
	t.Run("no operation takes what is no token", func(t *testing.T) {
		t.Parallel()
		s := newSweep(t, w)
		cut := &person{access: s.who.access[:len(s.who.access)-3]}
		s.over(t, 401, secured, func(t *testing.T, op *contract.Operation) {
			w.want(t, 401, nil, s.call(op), s.body(op))
			w.want(t, 401, cut, s.call(op), s.body(op))
			w.want(t, 401, nil, s.call(op), s.body(op), "Cookie", "quillium_refresh="+s.who.refresh, "Sec-Fetch-Site", "same-origin")
			w.want(t, 401, &person{access: s.who.refresh}, s.call(op), s.body(op))
		})
	})
	t.Run("nothing for administrators is for others, whatever they send", func(t *testing.T) {
		t.Parallel()
		s := newSweep(t, w)
		s.over(t, 403, forAdmins, func(t *testing.T, op *contract.Operation) {
			w.want(t, 403, s.who, s.call(op), s.body(op))
			w.want(t, 403, s.who, s.call(op), "")
		})
	})
	t.Run("no operation takes a body that is no JSON", func(t *testing.T) {
		t.Parallel()
		s := newSweep(t, w)
		s.admin = w.signIn(t, "admin@example.org")
		s.over(t, 415, takesBody, func(t *testing.T, op *contract.Operation) {
			w.want(t, 415, s.may(op), s.call(op), s.body(op)+" ", "Content-Type", "text/plain")
		})
	})
	t.Run("no operation takes an unknown field, a wrong type or half an object", func(t *testing.T) {
		t.Parallel()
		s := newSweep(t, w)
		s.admin = w.signIn(t, "admin@example.org")
		s.over(t, 400, takesBody, func(t *testing.T, op *contract.Operation) {
			for _, body := range []string{`{"nonsense":1}`, `[]`, `{`, `{"a":`, "\xff"} {
				w.want(t, 400, s.may(op), s.call(op), body)
			}
			for name := range op.Body.Properties {
				w.want(t, 400, s.may(op), s.call(op), object(name, [][]string{{"x"}}))
			}
		})
	})
	t.Run("no operation takes a body that is too large", func(t *testing.T) {
		t.Parallel()
		s := newSweep(t, w)
		s.admin = w.signIn(t, "admin@example.org")
		s.over(t, 413, takesBody, func(t *testing.T, op *contract.Operation) { s.announce(t, op, 4<<20) })
	})
	t.Run("no list takes a page of nothing", func(t *testing.T) {
		t.Parallel()
		s := newSweep(t, w)
		s.admin = w.signIn(t, "admin@example.org")
		lists := func(op *contract.Operation) bool { return op.Method == http.MethodGet && len(op.Query) > 1 }
		s.over(t, 400, lists, func(t *testing.T, op *contract.Operation) {
			w.want(t, 400, s.may(op), s.call(op)+"?limit=0", "")
		})
	})
	t.Run("what is no id names nothing", func(t *testing.T) {
		t.Parallel()
		s := newSweep(t, w)
		s.admin = w.signIn(t, "admin@example.org")
		s.names["id"], s.names["mid"], s.names["sid"], s.names["uid"], s.names["name"] = "%00", "%ff", "x", "%00", "%00"
		s.over(t, 404, secured, func(t *testing.T, op *contract.Operation) {
			call := s.call(op)
			if op.ID == "search" {
				call += "?chat_id=" + s.names["id"]
			}
			body := s.body(op)
			if op.ID == "testProvider" {
				body = object("provider_id", s.names["id"])
			}
			w.want(t, 404, s.may(op), call, body)
		})
	})
}

// announce says that a body of this size will come, and sends none of it: a
// refusal need not wait for it.
func (s *sweep) announce(t *testing.T, op *contract.Operation, size int64) {
	t.Helper()
	method, path, _ := strings.Cut(s.call(op), " ")
	never, end := io.Pipe()
	defer func() { _ = end.Close() }()
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, never)
	require.NoError(t, err)
	request.ContentLength = size
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+s.may(op).access)
	response, err := s.client.Do(request)
	require.NoError(t, err)
	require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
	require.NoError(t, response.Body.Close())
}
