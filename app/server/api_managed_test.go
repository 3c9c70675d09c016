package server_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// testManagedModels plays what administrators do with providers and models.
func testManagedModels(t *testing.T, w *world) {
	admin := w.signIn(t, "admin@example.org")
	t.Run("providers", func(t *testing.T) { t.Parallel(); testProviders(t, w, admin) })
	t.Run("a test", func(t *testing.T) { t.Parallel(); testTrials(t, w, admin) })
	t.Run("a model", func(t *testing.T) { t.Parallel(); testManagedModel(t, w, admin) })
	t.Run("a model for chosen people", func(t *testing.T) { t.Parallel(); testChosen(t, w, admin) })
	t.Run("where chats go, with an old password", func(t *testing.T) { t.Parallel(); testOldPassword(t, w) })
}

// shop is a provider of the test's own, with its list fetched: under this name
// the models of endpoint have ids that begin with it.
func (w *world) shop(t *testing.T, admin *person, name string) (*httptest.Server, string) {
	t.Helper()
	server := endpoint(t)
	id := w.want(t, 201, admin, "POST /admin/providers", object("name", name, "base_url", server.URL+"/v1", "key", "sk-secret-key")).text(t, "id")
	w.want(t, 200, admin, "POST /admin/providers/"+id+"/refresh", "")
	return server, id
}

// managed is a model of a provider as administrators see it.
func (w *world) managed(t *testing.T, admin *person, provider, upstream string) app.ManagedModel {
	t.Helper()
	var page app.Page[app.ManagedModel]
	w.want(t, 200, admin, "GET /admin/models?q="+upstream+"&provider_id="+provider, "").into(t, &page)
	require.Len(t, page.Data, 1)
	return page.Data[0]
}

func testProviders(t *testing.T, w *world, admin *person) {
	s := newScene(w)
	s.people["Eve"] = admin
	server, id := w.shop(t, admin, "Shop A")
	s.names["p"], s.names["url"] = id, server.URL+"/v1"
	env := w.want(t, 200, admin, "GET /admin/providers", "").first(t)
	s.names["env"] = env
	s.play(t, []row{
		{name: "are listed with how they are, never with their key", as: "Eve", call: "GET /admin/providers", status: 200, has: []string{`"source":"env"`, `"name":"Shop A"`, `"has_key":true`, `"models":4`}, lacks: []string{"sk-secret"}},
		{name: "one alone", as: "Eve", call: "GET /admin/providers/{p}", status: 200, has: []string{`"reason":""`, `"looked_at":"2`}},
		{name: "an address has to be one", as: "Eve", call: "POST /admin/providers", body: `{"name":"x","base_url":"gopher://x"}`, status: 400, has: []string{`"field":"base_url"`}},
		{name: "a name too", as: "Eve", call: "POST /admin/providers", body: `{"base_url":"http://127.0.0.1:9/v1"}`, status: 400, has: []string{`"field":"name"`}},
		{name: "a key does not go where it was not entered for", as: "Eve", call: "PATCH /admin/providers/{p}", body: `{"base_url":"http://127.0.0.1:9/v1"}`, status: 400, has: []string{`"field":"key"`}},
		{name: "one can be renamed and switched off", as: "Eve", call: "PATCH /admin/providers/{p}", body: `{"name":"Stall","enabled":false}`, status: 200, has: []string{`"name":"Stall"`, `"enabled":false`, `"has_key":true`}},
		{name: "then it is not asked", as: "Eve", call: "POST /admin/providers/{p}/refresh", status: 409},
		{name: "and on again, with another key", as: "Eve", call: "PATCH /admin/providers/{p}", body: `{"enabled":true,"key":""}`, status: 200, has: []string{`"has_key":false`}},
		{name: "the environment's is not changed here", as: "Eve", call: "PATCH /admin/providers/{env}", body: `{"name":"Mine"}`, status: 409, has: []string{"OPENAI_BASE_URL"}},
		{name: "nor deleted", as: "Eve", call: "DELETE /admin/providers/{env}", status: 409},
		{name: "one can be deleted", as: "Eve", call: "DELETE /admin/providers/{p}", status: 204},
		{name: "once", as: "Eve", call: "DELETE /admin/providers/{p}", status: 404},
		{name: "and is gone", as: "Eve", call: "GET /admin/providers/{p}", status: 404},
		{name: "for changes too", as: "Eve", call: "PATCH /admin/providers/{p}", body: `{"name":"x"}`, status: 404},
		{name: "and for looks", as: "Eve", call: "POST /admin/providers/{p}/refresh", status: 404},
	})
	var first int
	require.NoError(t, w.db.QueryRow(t.Context(), `select count(*) from audit_events where target = $1 and action like 'provider.%'`, id).Scan(&first))
	require.Equal(t, 4, first, "created, changed twice, deleted")
	var leaked int
	require.NoError(t, w.db.QueryRow(t.Context(), `select count(*) from audit_events where details::text like '%sk-secret%'`).Scan(&leaked))
	require.Zero(t, leaked)
}

// testTrials tries providers; what each step can say is tested where it is tried.
func testTrials(t *testing.T, w *world, admin *person) {
	s := newScene(w)
	s.people["Eve"] = admin
	_, id := w.shop(t, admin, "Shop T")
	nobody := deserted(t)
	s.names["p"], s.names["nobody"] = id, fmt.Sprintf("http://127.0.0.1:%d/v1", nobody.Port)
	s.play(t, []row{
		{name: "a stored provider, with its key", as: "Eve", call: "POST /admin/providers/test", body: `{"provider_id":"{p}","model":"quick"}`, status: 200,
			has: []string{`"name":"key","state":"passed"`, "4 models, among them quick, hold, broken.", "quick began to answer after"}, lacks: []string{`"state":"failed"`, "sk-secret"}},
		{name: "an address that is not stored, without the stored key", as: "Eve", call: "POST /admin/providers/test", body: `{"provider_id":"{p}","base_url":"{nobody}"}`, status: 200,
			has: []string{`"name":"connect","state":"failed"`, "Nothing listens on port"}},
		{name: "where no model may be", as: "Eve", call: "POST /admin/providers/test", body: `{"base_url":"http://169.254.169.254/v1"}`, status: 200, has: []string{`"name":"resolve","state":"failed"`}},
		{name: "nothing", as: "Eve", call: "POST /admin/providers/test", body: `{}`, status: 400, has: []string{`"field":"base_url"`}},
		{name: "a provider that is not there", as: "Eve", call: "POST /admin/providers/test", body: `{"provider_id":"0197a3b2-5f6e-7d10-8a3b-4c5d6e7f8091"}`, status: 404},
	})
	var told []string
	require.NoError(t, w.db.QueryRow(t.Context(), `select array_agg(details->>'to' order by at, id) from audit_events where target = $1 and action = 'provider.tested'`, id).Scan(&told))
	require.Len(t, told, 2)
	require.Equal(t, s.names["nobody"], told[1])
}

func testManagedModel(t *testing.T, w *world, admin *person) {
	s := newScene(w).cast(t, "Ada")
	s.people["Eve"] = admin
	ada := s.people["Ada"]
	_, provider := w.shop(t, admin, "Shop B")
	quick := w.managed(t, admin, provider, "quick")
	s.names["m"], s.names["p"], s.names["old"] = string(quick.UID), provider, quick.ID
	env := w.want(t, 200, admin, "GET /admin/providers", "").first(t)
	s.names["first"] = string(w.managed(t, admin, env, "quick").UID)
	chat := w.want(t, 201, ada, "POST /chats", object("model", quick.ID)).text(t, "id")
	s.play(t, []row{
		{name: "a page of models", as: "Eve", call: "GET /admin/models?limit=2&provider_id={p}", status: 200, has: []string{`"next":"`, `"listed":true`}, lacks: []string{"system_prompt", `"users"`}},
		{name: "a cursor that is none", as: "Eve", call: "GET /admin/models?cursor=x", status: 400},
		{name: "all of one", as: "Eve", call: "GET /admin/models/{m}", status: 200, has: []string{`"system_prompt":""`, `"users":[]`}},
		{name: "it gets names, prices and a prompt", as: "Eve", call: "PATCH /admin/models/{m}", body: `{"id":"b/fast","aliases":["b-speed"],"name":"Fast","context_override":4096,"input_price":150000,"output_price":600000,"system_prompt":"Be brief."}`,
			status: 200, has: []string{`"id":"b/fast"`, `"aliases":["b-speed","{old}"]`, `"context_size":4096`, `"input_price":150000`}},
		{name: "people see them", as: "Ada", call: "GET /models", status: 200, has: []string{`"id":"b/fast","name":"Fast","aliases":["b-speed","{old}"]`}},
		{name: "a name that is taken", as: "Eve", call: "PATCH /admin/models/{m}", body: `{"aliases":["hold"]}`, status: 409},
		{name: "a name that is none", as: "Eve", call: "PATCH /admin/models/{m}", body: `{"id":"No Way"}`, status: 400, has: []string{`"field":"id"`}},
		{name: "nobody's address", as: "Eve", call: "PATCH /admin/models/{m}", body: `{"users":["nobody@example.org"]}`, status: 400, has: []string{`"field":"users"`}},
		{name: "it moves", as: "Eve", call: "POST /admin/models/{m}/move", body: `{"to":"last"}`, status: 200},
		{name: "but not sideways", as: "Eve", call: "POST /admin/models/{m}/move", body: `{"to":"left"}`, status: 400},
		{name: "it is switched off", as: "Eve", call: "PATCH /admin/models/{m}", body: `{"enabled":false}`, status: 200, has: []string{`"available":false`}},
		{name: "what is off is no default", as: "Eve", call: "POST /admin/models/{m}/default", status: 409},
		{name: "and on again", as: "Eve", call: "PATCH /admin/models/{m}", body: `{"enabled":true}`, status: 200, has: []string{`"available":true`}},
		{name: "the default is chosen", as: "Eve", call: "POST /admin/models/{first}/default", status: 200, has: []string{`"default":true`}},
		{name: "what is listed cannot be forgotten", as: "Eve", call: "DELETE /admin/models/{m}", status: 409},
		{name: "one that is not listed is added", as: "Eve", call: "POST /admin/models", body: `{"provider_id":"{p}","upstream":"Hidden One"}`, status: 201, has: []string{`"id":"hidden-one"`, `"listed":false`}},
		{name: "once", as: "Eve", call: "POST /admin/models", body: `{"provider_id":"{p}","upstream":"Hidden One"}`, status: 409},
		{name: "where there is a provider", as: "Eve", call: "POST /admin/models", body: `{"provider_id":"{m}","upstream":"x"}`, status: 404},
		{name: "with a name", as: "Eve", call: "POST /admin/models", body: `{"provider_id":"{p}","upstream":""}`, status: 400},
	})
	s.names["hidden"] = string(w.managed(t, admin, provider, "hidden").UID)
	s.play(t, []row{
		{name: "it is forgotten", as: "Eve", call: "DELETE /admin/models/{hidden}", status: 204},
		{name: "once", as: "Eve", call: "DELETE /admin/models/{hidden}", status: 404},
		{name: "what is gone is not changed", as: "Eve", call: "PATCH /admin/models/{hidden}", body: `{}`, status: 404},
		{name: "nor moved", as: "Eve", call: "POST /admin/models/{hidden}/move", body: `{"to":"up"}`, status: 404},
		{name: "nor the default", as: "Eve", call: "POST /admin/models/{hidden}/default", status: 404},
	})
	t.Run("a chat that has the old id goes on, and its answers name the new one", func(t *testing.T) {
		for _, body := range []string{`{"content":"Tell me."}`, `{"content":"@b-speed, tell me."}`, object("content", "Tell me.", "model", "b-speed")} {
			question := w.want(t, 201, ada, "POST /chats/"+chat+"/messages", body).text(t, "id")
			m := w.becomes(t, ada, chat, w.answerOf(t, ada, chat, question), has(app.StatusComplete, "Once upon a time."))
			require.Equal(t, "b/fast", *m.Model)
		}
	})
	t.Run("once its provider is gone, an answer says so", func(t *testing.T) {
		w.want(t, 204, admin, "DELETE /admin/providers/"+provider, "")
		question := w.want(t, 201, ada, "POST /chats/"+chat+"/messages", `{"content":"Tell me."}`).text(t, "id")
		m := w.becomes(t, ada, chat, w.answerOf(t, ada, chat, question), has(app.StatusFailed, ""))
		require.Contains(t, m.Error.Message, "no longer")
	})
}

func testChosen(t *testing.T, w *world, admin *person) {
	s := newScene(w).cast(t, "Ada", "Bob")
	_, provider := w.shop(t, admin, "Shop C")
	m := w.managed(t, admin, provider, "quick")
	got := w.want(t, 200, admin, "PATCH /admin/models/"+string(m.UID), object("restricted", true, "users", []string{s.names["Ada.email"]}))
	require.Contains(t, got.body, s.names["Ada.email"])
	s.names["model"] = m.ID
	s.play(t, []row{
		{name: "who is chosen sees it", as: "Ada", call: "GET /models", status: 200, has: []string{`"id":"{model}"`}},
		{name: "others do not", as: "Bob", call: "GET /models", status: 200, lacks: []string{`"id":"{model}"`}},
	})
	bob := s.people["Bob"]
	chat := w.want(t, 201, bob, "POST /chats", `{}`).text(t, "id")
	t.Run("and get one failed answer, by name, by mention and asked again", func(t *testing.T) {
		refused := func(m app.Message) bool {
			return m.Status == app.StatusFailed && m.Error != nil && strings.Contains(m.Error.Message, "may not ask")
		}
		_, answer := w.asked(t, bob, chat, m.ID)
		w.becomes(t, bob, chat, answer, refused)
		question := w.want(t, 201, bob, "POST /chats/"+chat+"/messages", object("content", "@"+m.ID+" hi")).text(t, "id")
		w.becomes(t, bob, chat, w.answerOf(t, bob, chat, question), refused)
		_, answer = w.asked(t, bob, chat, "guide")
		w.becomes(t, bob, chat, answer, func(m app.Message) bool { return m.Status == app.StatusComplete })
		w.want(t, 202, bob, "POST /chats/"+chat+"/messages/"+answer+"/regenerate", object("model", m.ID))
		w.becomes(t, bob, chat, answer, refused)
	})
}

func testOldPassword(t *testing.T, w *world) {
	old := w.signIn(t, "admin@example.org")
	_, provider := w.shop(t, old, "Shop D")
	w.sql(t, `update sessions set confirmed_at = now() - interval '16 minutes' where id = $1`, w.current(t, old))
	s := newScene(w)
	s.people["Eve"], s.names["p"] = old, provider
	// Sessions are remembered for a moment.
	require.Eventually(t, func() bool {
		got, err := w.try(old, "POST /admin/providers", "{}")
		return err == nil && got.status == 403
	}, 5*time.Second, 50*time.Millisecond)
	s.play(t, []row{
		{name: "none is added", as: "Eve", call: "POST /admin/providers", body: `{"name":"x","base_url":"http://127.0.0.1:9/v1"}`, status: 403, has: []string{`"field":"password"`}},
		{name: "none gets another key", as: "Eve", call: "PATCH /admin/providers/{p}", body: `{"key":"x"}`, status: 403, has: []string{`"field":"password"`}},
		{name: "none is tried", as: "Eve", call: "POST /admin/providers/test", body: `{"provider_id":"{p}"}`, status: 403, has: []string{`"field":"password"`}},
		{name: "none is deleted", as: "Eve", call: "DELETE /admin/providers/{p}", status: 403, has: []string{`"field":"password"`}},
		{name: "the password opens that again", as: "Eve", call: "POST /auth/confirm", body: object("password", password), status: 204},
		{name: "then it goes", as: "Eve", call: "DELETE /admin/providers/{p}", status: 204},
	})
}

// current is the session of somebody's access token.
func (w *world) current(t *testing.T, who *person) app.SessionID {
	t.Helper()
	var page app.Page[app.Session]
	w.want(t, 200, who, "GET /auth/sessions?limit=100", "").into(t, &page)
	for _, session := range page.Data {
		if session.Current {
			return session.ID
		}
	}
	require.Fail(t, "no session is the current one")
	return ""
}

// TestModelsOfNodes has two servers on one database: what administrators do on
// one holds on the other at once.
func TestModelsOfNodes(t *testing.T) {
	t.Parallel()
	nodes := worldOf(t, 2, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	here, there := nodes[0], nodes[1]
	admin, ada := here.signIn(t, "admin@example.org"), here.join(t, "Ada")
	_, provider := here.shop(t, admin, "Far")
	m := here.managed(t, admin, provider, "quick")
	sees := func() bool {
		return strings.Contains(there.want(t, 200, ada, "GET /models", "").body, `"id":"`+m.ID+`"`)
	}
	require.Eventually(t, sees, hint, 20*time.Millisecond, "it is there at once, before anybody reads the tables again")
	here.want(t, 200, admin, "PATCH /admin/models/"+string(m.UID), `{"restricted":true}`)
	require.Eventually(t, func() bool { return !sees() }, hint, 20*time.Millisecond)
}
