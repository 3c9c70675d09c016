package server_test

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/model"
	"github.com/quillium/quillium/app/server/contract"
)

// beside is where a model server of a test listens.
func beside(t *testing.T, address, program string) model.Place {
	t.Helper()
	at, err := url.Parse(address)
	require.NoError(t, err)
	port, err := strconv.Atoi(at.Port())
	require.NoError(t, err)
	return model.Place{Host: at.Hostname(), Port: port, Program: program}
}

// deserted is a place where nothing listens.
func deserted(t *testing.T) model.Place {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return beside(t, "http://"+listener.Addr().String(), "LM Studio")
}

func testFoundModels(t *testing.T, c *contract.Contract) {
	server, empty := beside(t, endpoint(t).URL, "Ollama"), deserted(t)
	env := []string{"ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password}
	places := []model.Place{empty, server}
	address := func(place model.Place) string { return place.Host + ":" + strconv.Itoa(place.Port) }

	t.Run("shows what it found to administrators, who connect it by one call", func(t *testing.T) {
		t.Parallel()
		w := bootBeside(t, c, places, env...)
		s := newScene(w).cast(t, "Ada")
		s.people["Eve"] = w.signIn(t, "admin@example.org")
		s.names["server"], s.names["empty"] = address(server), address(empty)
		s.play(t, []row{
			{name: "not to strangers", call: "GET /admin/models/found", status: 401},
			{name: "nor to people", as: "Ada", call: "GET /admin/models/found", status: 403},
			{name: "who can connect nothing", as: "Ada", call: "POST /admin/models/found/{server}/use", status: 403},
			{name: "each place says what it has, or what to do", as: "Eve", call: "GET /admin/models/found", status: 200, has: []string{
				`"looked":true`, `"program":"Ollama"`, `"models":["quick","hold",`, "Nothing listens on port", `"id":"{server}"`,
			}},
			{name: "an address of one's own is not asked", as: "Eve", call: "POST /admin/models/found/127.0.0.1:1/use", status: 404},
			{name: "nothing is where nothing listens", as: "Eve", call: "POST /admin/models/found/{empty}/use", status: 404, has: []string{"or set OPENAI_BASE_URL."}},
			{name: "what was found is connected", as: "Eve", call: "POST /admin/models/found/" + url.PathEscape(address(server)) + "/use", status: 201, has: []string{`"id":"{server}"`, `"problem":""`}},
			{name: "once", as: "Eve", call: "POST /admin/models/found/{server}/use", status: 409},
			{name: "then nobody looks any more", as: "Eve", call: "GET /admin/models/found", status: 200, has: []string{`"looked":false`, `"data":[]`, "connected already"}},
		})
		requireModel(t, w, s.people["Ada"])
		var actor, to string
		require.NoError(t, w.db.QueryRow(t.Context(), "select actor_id, details->>'to' from audit_events where action = 'provider.created'").Scan(&actor, &to))
		require.Equal(t, []string{s.people["Eve"].id, "Ollama, on, without a key, http://" + address(server) + "/v1"}, []string{actor, to}, "who connected what is recorded, once")
	})
	t.Run("connects the first at the start, where it is told to", func(t *testing.T) {
		t.Parallel()
		w := bootBeside(t, c, places, append(env, "QUILLIUM_AUTODETECT", "use")...)
		requireModel(t, w, w.join(t, "Ada"))
	})
	t.Run("connects nothing where OPENAI_BASE_URL is set", func(t *testing.T) {
		t.Parallel()
		w := bootBeside(t, c, places, append(env, "QUILLIUM_AUTODETECT", "use", "OPENAI_BASE_URL", endpoint(t).URL+"/v1")...)
		admin := w.signIn(t, "admin@example.org")
		require.Contains(t, w.want(t, 200, admin, "GET /admin/models/found", "").body, `"looked":false`)
		var providers int
		require.NoError(t, w.db.QueryRow(t.Context(), "select count(*) from providers").Scan(&providers))
		require.Equal(t, 1, providers)
		w.sql(t, `insert into providers (id, name, base_url, enabled) select gen_random_uuid(), 'p' || n, 'http://127.0.0.1:9/v1', false from generate_series(1, 99) n`)
		w.want(t, 409, admin, "POST /admin/providers", `{"name":"One more","base_url":"http://127.0.0.1:9/v1"}`)
	})
}

// requireModel waits until the list of models has those of the server that was
// connected: lists are fetched in the background.
func requireModel(t *testing.T, w *world, who *person) {
	t.Helper()
	require.Eventually(t, func() bool {
		got, err := w.try(who, "GET /models", "")
		return err == nil && strings.Contains(got.body, `"id":"quick"`)
	}, 20*time.Second, 20*time.Millisecond)
}
