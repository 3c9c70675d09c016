package server_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/doctor"
	"github.com/quillium/quillium/app/server"
)

// examine has the doctor look at a house; with are variables that are different
// from the house's.
func (h *house) examine(t *testing.T, with ...string) *doctor.Report {
	t.Helper()
	variables := map[string]string{}
	for name, value := range h.variables {
		variables[name] = value
	}
	for i := 0; i+1 < len(with); i += 2 {
		variables[with[i]] = with[i+1]
	}
	c, problem := config.Load(func(name string) (string, bool) {
		value, found := variables[name]
		return value, found
	})
	options := server.Options{Log: server.NewLog(&h.log, server.Level("error"), "text"), Out: &h.out, Version: "v1.2.3"}
	report := server.Doctor(t.Context(), c, problem, options)
	for _, finding := range report.Findings {
		text := finding.Says + finding.Do
		for name, value := range variables {
			if len(value) >= 32 && (strings.Contains(name, "SECRET") || strings.Contains(name, "_KEY")) {
				require.NotContains(t, text, value, "no sentence holds a secret")
			}
		}
		require.NotContains(t, text, "hunter2")
		require.Equal(t, finding.Mark == doctor.OK, finding.Do == "", "what is not well says what to do: %+v", finding)
	}
	return report
}

// requireFound reads a sentence in a report.
func requireFound(t *testing.T, report *doctor.Report, mark doctor.Mark, says string) {
	t.Helper()
	for _, finding := range report.Findings {
		if finding.Mark == mark && strings.Contains(finding.Says, says) {
			return
		}
	}
	t.Fatalf("no %s says %q in\n%s", mark, says, shown(report))
}

func shown(report *doctor.Report) string {
	var text strings.Builder
	for _, finding := range report.Findings {
		_, _ = fmt.Fprintf(&text, "%s %s: %s\n", finding.Mark, finding.Check, finding.Says)
	}
	return text.String()
}

// answering is an endpoint that always says the same.
func answering(t *testing.T, status int, body string, head ...string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(head); i += 2 {
			w.Header().Set(head[i], head[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestDoctorOfTheHealthy(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "PORT", freePort(t), "DB_MAX_CONNS", "2", "JWT_SECRET", "a text of many different characters", "ENCRYPTION_KEY", "one more text of many different characters",
		"OPENAI_BASE_URL", answering(t, 200, `{"data":[{"id":"words"}]}`)+"/v1", "DEFAULT_MODEL", "words")
	h.start(t)
	report := h.examine(t)
	for _, finding := range report.Findings {
		if finding.Check != "disk" { // that one is this machine's
			require.Equal(t, doctor.OK, finding.Mark, "%+v", finding)
		}
	}
	for _, check := range []string{"PostgreSQL", "NOTIFY comes back", "clocks", "There is room for 2 connections", "up to date",
		"those that the database was used with", "models: 1", "leads to this Quillium", "A WebSocket can be opened", "can be written to"} {
		requireFound(t, report, doctor.OK, check)
	}
}

// TestDoctorNamesFaults makes one thing wrong at a time.
func TestDoctorNamesFaults(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "PORT", freePort(t))
	s, _ := h.start(t)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "file"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "secrets.json"), []byte("{}"), 0o644)) //nolint:gosec // the fault
	database, err := url.Parse(h.variables["DATABASE_URL"])
	require.NoError(t, err)
	wrongPassword, noDatabase, elsewhere, pooled := *database, *database, *database, *database
	wrongPassword.User = url.UserPassword("quillium", "hunter2")
	noDatabase.Path = "/nowhere"
	elsewhere.Path = "/postgres"
	words := pooled.Query()
	words.Set("pool_max_conns", "3")
	pooled.RawQuery = words.Encode()
	lossy := forgetful(t, database)
	certificate := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(certificate.Close)
	plain := strings.Replace(answering(t, 200, ""), "http:", "https:", 1)

	for name, each := range map[string]struct {
		with []string
		mark doctor.Mark
		says string
	}{
		"a value that is none":                {[]string{"PORT", "many"}, doctor.Fail, "PORT must be a whole number."},
		"a short secret":                      {[]string{"JWT_SECRET", "short"}, doctor.Fail, "JWT_SECRET must be 32 characters or longer"},
		"a secret that is easy to guess":      {nil, doctor.Warn, "ENCRYPTION_KEY is easy to guess"},
		"a secret that is missing":            {[]string{"ENCRYPTION_KEY", ""}, doctor.Fail, "ENCRYPTION_KEY must be set when DATABASE_URL is"},
		"sign-ups for the world":              {[]string{"HOST", "0.0.0.0"}, doctor.Warn, "can make an account"},
		"no rate limits":                      {[]string{"RATE_LIMIT", "off"}, doctor.Warn, "RATE_LIMIT=off"},
		"proxies everywhere":                  {[]string{"TRUSTED_PROXIES", "0.0.0.0/0"}, doctor.Fail, "TRUSTED_PROXIES holds 0.0.0.0/0"},
		"no proxy for https":                  {[]string{"PUBLIC_URL", "https://chat.invalid"}, doctor.Warn, "TRUSTED_PROXIES is empty"},
		"passwords in clear":                  {[]string{"PUBLIC_URL", "http://chat.invalid"}, doctor.Warn, "in clear"},
		"a previous secret that stays":        {[]string{"JWT_SECRET_PREVIOUS", strings.Repeat("p", 32)}, doctor.Warn, "JWT_SECRET_PREVIOUS is set"},
		"a data folder that is a file":        {[]string{"QUILLIUM_DATA", filepath.Join(folder, "file")}, doctor.Fail, "is no folder"},
		"secrets that others can read":        {[]string{"QUILLIUM_DATA", folder}, doctor.Fail, "Others on this machine can reach the secrets"},
		"a database that is not there":        {[]string{"DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/d"}, doctor.Fail, "The database cannot be reached: nothing listens there."},
		"a database of an unknown name":       {[]string{"DATABASE_URL", "postgres://u:hunter2@db.invalid/d"}, doctor.Fail, "the name db.invalid is not known"},
		"a wrong password":                    {[]string{"DATABASE_URL", wrongPassword.String()}, doctor.Fail, "refuses the name or the password"},
		"a database that does not exist":      {[]string{"DATABASE_URL", noDatabase.String()}, doctor.Fail, "does not exist"},
		"an address that cannot be read":      {[]string{"DATABASE_URL", "mysql://u:hunter2@h/d"}, doctor.Fail, "DATABASE_URL must look like"},
		"a pooler that loses notifications":   {[]string{"DATABASE_URL", lossy}, doctor.Fail, "does not come back by LISTEN"},
		"a way around such a pooler":          {[]string{"DATABASE_URL", lossy, "NOTIFY_DATABASE_URL", database.String()}, doctor.OK, "NOTIFY comes back by LISTEN"},
		"such a pooler for hints alone":       {[]string{"NOTIFY_DATABASE_URL", lossy}, doctor.Fail, "does not come back by LISTEN"},
		"hints from another database":         {[]string{"NOTIFY_DATABASE_URL", elsewhere.String()}, doctor.Fail, "does not come back by LISTEN"},
		"hints from nowhere":                  {[]string{"NOTIFY_DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/d"}, doctor.Fail, "No connection to listen on can be made: nothing listens there."},
		"hints that are refused":              {[]string{"NOTIFY_DATABASE_URL", noDatabase.String()}, doctor.Fail, "No connection to listen on can be made: the database refuses it."},
		"an address with words of its pool":   {[]string{"NOTIFY_DATABASE_URL", pooled.String()}, doctor.OK, "NOTIFY comes back by LISTEN"},
		"more connections than there are":     {[]string{"DB_MAX_CONNS", "1000"}, doctor.Fail, "DB_MAX_CONNS is 1000"},
		"another key":                         {[]string{"ENCRYPTION_KEY", strings.Repeat("x", 32)}, doctor.Fail, "ENCRYPTION_KEY is another"},
		"another key, with the one before":    {[]string{"ENCRYPTION_KEY", strings.Repeat("x", 32), "ENCRYPTION_KEY_PREVIOUS", strings.Repeat("e", 32)}, doctor.Warn, "keys are stored under the one before"},
		"another secret":                      {[]string{"JWT_SECRET", strings.Repeat("x", 32)}, doctor.Warn, "JWT_SECRET is another"},
		"an endpoint that is not there":       {[]string{"OPENAI_BASE_URL", "http://127.0.0.1:1/v1"}, doctor.Fail, "cannot be used: nothing listens there."},
		"an endpoint of an unknown name":      {[]string{"OPENAI_BASE_URL", "http://models.invalid/v1"}, doctor.Fail, "the name models.invalid is not known"},
		"a certificate that nobody trusts":    {[]string{"OPENAI_BASE_URL", certificate.URL}, doctor.Fail, "does not trust"},
		"https where http is spoken":          {[]string{"OPENAI_BASE_URL", plain}, doctor.Fail, "it speaks http, not https"},
		"a key that is refused":               {[]string{"OPENAI_BASE_URL", answering(t, 401, ""), "OPENAI_API_KEY", "hunter2"}, doctor.Fail, "refuses the key"},
		"an address without a list":           {[]string{"OPENAI_BASE_URL", answering(t, 404, "")}, doctor.Warn, "has no list of models"},
		"an endpoint that is broken":          {[]string{"OPENAI_BASE_URL", answering(t, 500, "")}, doctor.Fail, "a fault of its own"},
		"an endpoint that points elsewhere":   {[]string{"OPENAI_BASE_URL", answering(t, 302, "", "Location", "http://x/")}, doctor.Fail, "points to another address"},
		"an endpoint without models":          {[]string{"OPENAI_BASE_URL", answering(t, 200, `{"data":[]}`)}, doctor.Warn, "has no model"},
		"a default that nobody has":           {[]string{"OPENAI_BASE_URL", answering(t, 200, `{"data":[{"id":"a"}]}`), "DEFAULT_MODEL", "b"}, doctor.Warn, "DEFAULT_MODEL is b"},
		"a metadata address":                  {[]string{"OPENAI_BASE_URL", "http://169.254.169.254/v1"}, doctor.Fail, "may not be used"},
		"a server that does not run":          {[]string{"PORT", "1"}, doctor.Warn, "nobody answers at 127.0.0.1:1"},
		"a public address of nobody":          {[]string{"PUBLIC_URL", "https://chat.invalid"}, doctor.Fail, "the name chat.invalid is not known"},
		"a public address of somebody else":   {[]string{"PUBLIC_URL", answering(t, 200, "hello")}, doctor.Fail, "Something else than Quillium"},
		"a public address that sends away":    {[]string{"PUBLIC_URL", answering(t, 301, "", "Location", "https://b.example/x?token=hunter2")}, doctor.Fail, "sends people elsewhere, to https://b.example/x."},
		"a proxy that does not reach us":      {[]string{"PUBLIC_URL", answering(t, 502, "")}, doctor.Fail, "does not reach Quillium"},
		"a proxy that drops upgrades":         {[]string{"PUBLIC_URL", dropping(t, s.URL())}, doctor.Fail, "keeps the headers of a WebSocket back"},
		"a database of our own, not yet made": {[]string{"DATABASE_URL", "", "QUILLIUM_DATA", filepath.Join(folder, "new")}, doctor.OK, "the first start makes one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := h.examine(t, each.with...)
			requireFound(t, report, each.mark, each.says)
			require.NotEmpty(t, report.Findings[len(report.Findings)-1].Check)
			if each.mark == doctor.Fail {
				require.True(t, report.Failed())
			}
		})
	}
}

func TestDoctorOfASchema(t *testing.T) {
	t.Parallel()
	empty := newHouse(t)
	requireFound(t, empty.examine(t), doctor.OK, "The database is empty; the first start fills it.")
	h := newHouse(t)
	_, stop := h.start(t)
	stop()
	address := h.variables["DATABASE_URL"]
	execute(t, address, "delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)")
	requireFound(t, h.examine(t), doctor.Warn, fmt.Sprintf("of %d.", server.SchemaVersion()))
	execute(t, address, "insert into goose_db_version (version_id, is_applied) values (9999, true)")
	requireFound(t, h.examine(t), doctor.Fail, "A newer Quillium has changed the database (schema 9999")
	execute(t, address, "delete from instance")
	requireFound(t, h.examine(t), doctor.Fail, "a restore was cut off")
}

func TestDoctorOfADatabaseOfOurOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "DATABASE_URL", "", "JWT_SECRET", "", "ENCRYPTION_KEY", "", "PORT", freePort(t))
	_, stop := h.start(t)
	report := h.examine(t)
	require.False(t, report.Failed(), shown(report))
	requireFound(t, report, doctor.OK, "up to date")
	requireFound(t, report, doctor.OK, "secrets.json is closed to others")
	stop()
	report = h.examine(t)
	require.False(t, report.Failed(), shown(report))
	requireFound(t, report, doctor.OK, "up to date")
	requireFound(t, report, doctor.Warn, "is not running")
	secrets := filepath.Join(h.variables["QUILLIUM_DATA"], "secrets.json")
	require.NoError(t, os.WriteFile(secrets, []byte("rubbish"), 0o600))
	requireFound(t, h.examine(t), doctor.Fail, "is damaged")
}

// dropping is a proxy that passes everything on but what asks for an upgrade.
func dropping(t *testing.T, target string) string {
	t.Helper()
	to, err := url.Parse(target)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Header.Del("Upgrade")
		r.Out.Header.Del("Connection")
	}}
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	return s.URL
}

// forgetful is the address of a database behind something that passes on
// everything but notifications.
func forgetful(t *testing.T, database *url.URL) string {
	t.Helper()
	socket := filepath.Join(database.Query().Get("host"), ".s.PGSQL."+database.Query().Get("port"))
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go forget(client, socket)
		}
	}()
	at := *database
	at.Host, at.RawQuery = listener.Addr().String(), "sslmode=disable"
	return at.String()
}

func forget(client net.Conn, socket string) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("unix", socket) //nolint:noctx // it ends with its client
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	// Each message of the server has a kind, a length, and as much after it.
	head := make([]byte, 5)
	for {
		if _, err := io.ReadFull(server, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(server, body); err != nil {
			return
		}
		if head[0] == 'A' {
			continue
		}
		if _, err := client.Write(append(append([]byte(nil), head...), body...)); err != nil {
			return
		}
	}
}
