package server_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// module is how our own packages begin.
const module = "github.com/quillium/quillium"

// room is what the packages of one row may know besides the standard library.
type room struct {
	// ours are packages of this program, "app/llm/*" being every vendor.
	ours []string
	// foreign are the modules this room is the door to.
	foreign []string
}

// arrows is the arrow rule: everything points to app, app points to nothing,
// and only app/server knows everybody. Each foreign package has one door.
var arrows = map[string]room{
	// The command line starts what app/server has put together.
	".": {ours: []string{"app", "app/config", "app/server"}, foreign: []string{"github.com/spf13/cobra"}},

	// Nouns and errors. Ids are UUIDv7, the one exception to the standard library.
	"app": {foreign: []string{"github.com/google/uuid"}},

	// Services: rules, without HTTP and SQL.
	"app/rule":                  {ours: []string{"app"}, foreign: []string{"golang.org/x/text"}},
	"app/audit":                 {ours: []string{"app", "app/rule"}},
	"app/settings":              {ours: []string{"app", "app/audit", "app/picture", "app/rule"}},
	"app/picture":               {ours: []string{"app"}, foreign: []string{"golang.org/x/image"}},
	"app/auth":                  {ours: []string{"app", "app/audit", "app/rule"}, foreign: []string{"github.com/golang-jwt/jwt", "golang.org/x/crypto"}},
	"app/chat":                  {ours: []string{"app", "app/audit", "app/rule"}},
	"app/assistant":             {ours: []string{"app", "app/llm", "app/rule"}},
	"app/realtime":              {ours: []string{"app"}},
	"app/realtime/realtimetest": {ours: []string{"app"}},
	"app/doorbell":              {ours: []string{"app"}},
	"app/model":                 {ours: []string{"app", "app/audit", "app/llm", "app/rule"}},
	"app/limit":                 {},
	"app/search":                {ours: []string{"app", "app/rule"}},
	"app/handbook":              {foreign: []string{"github.com/yuin/goldmark"}},
	"app/status":                {ours: []string{"app"}},
	"app/usage":                 {ours: []string{"app"}},
	"app/job":                   {ours: []string{"app", "app/audit"}},
	"app/backup":                {ours: []string{"app", "app/audit", "app/job", "app/rule"}},
	"app/licence":               {},
	"app/system":                {ours: []string{"app", "app/status"}},
	"app/logbook":               {ours: []string{"app"}},
	"app/running":               {ours: []string{"app", "app/audit"}},
	"app/doctor":                {ours: []string{"app"}},

	// The plug for models, and what fits it.
	"app/llm":         {ours: []string{"app"}},
	"app/llm/guide":   {ours: []string{"app", "app/llm"}},
	"app/llm/openai":  {ours: []string{"app", "app/llm"}, foreign: []string{"github.com/sashabaranov/go-openai"}},
	"app/llm/llmtest": {ours: []string{"app", "app/llm"}, foreign: []string{"github.com/stretchr/testify"}},

	// What a process needs before there are services.
	"app/config":   {foreign: []string{"github.com/joho/godotenv", "github.com/caarlos0/env"}},
	"app/secret":   {},
	"app/database": {ours: []string{"app"}, foreign: []string{"github.com/jackc/pgx", "golang.org/x/sys"}},

	// SQL. It implements the interfaces of the services.
	"migrations": {foreign: []string{"github.com/jackc/pgx", "github.com/pressly/goose", "github.com/riverqueue/river"}},
	"repositories": {
		ours:    []string{"app", "app/assistant", "app/audit", "app/auth", "app/backup", "app/chat", "app/doctor", "app/doorbell", "app/job", "app/logbook", "app/model", "app/realtime", "app/running", "app/search", "app/settings", "app/status", "app/system", "app/usage", "migrations"},
		foreign: []string{"github.com/jackc/pgx", "github.com/Masterminds/squirrel", "github.com/riverqueue/river"},
	},
	"repositories/pgtest": {ours: []string{"app/database", "migrations", "repositories"}, foreign: []string{"github.com/jackc/pgx", "golang.org/x/sys"}},

	// HTTP, sockets and pages.
	"views": {ours: []string{"app"}, foreign: []string{"github.com/a-h/templ"}},
	// Makes a page when the source is generated; nothing that runs knows it.
	"views/reference": {foreign: []string{"github.com/a-h/templ", "github.com/yuin/goldmark", "go.yaml.in/yaml"}},
	"public":          {},
	"docs":            {},
	"controllers": {
		ours: []string{"app", "app/audit", "app/auth", "app/backup", "app/chat", "app/handbook", "app/job", "app/licence", "app/logbook", "app/model", "app/realtime", "app/running", "app/settings", "app/status", "app/system", "app/usage", "public", "views"},
		foreign: []string{
			"github.com/gofiber/fiber", "github.com/gofiber/contrib/websocket", "github.com/fasthttp/websocket", "github.com/valyala/fasthttp",
			"github.com/a-h/templ",
		},
	},
	"controllers/admin": {
		ours:    []string{"app", "app/audit", "app/auth", "app/backup", "app/chat", "app/job", "app/licence", "app/logbook", "app/model", "app/running", "app/settings", "app/status", "app/system", "app/usage", "controllers", "views"},
		foreign: []string{"github.com/gofiber/fiber", "github.com/a-h/templ"},
	},
	"routes": {
		ours:    []string{"app", "app/auth", "app/limit", "controllers", "controllers/admin", "public"},
		foreign: []string{"github.com/gofiber/fiber", "github.com/gofiber/contrib/jwt", "github.com/golang-jwt/jwt", "github.com/valyala/fasthttp"},
	},

	// The composition root.
	"app/server": {ours: []string{"*"}, foreign: []string{"github.com/prometheus/client_golang", "golang.org/x/sys"}},

	// Tools of tests: the contract, and bare programs to be compared with.
	"app/server/contract":             {foreign: []string{"github.com/getkin/kin-openapi", "github.com/santhosh-tekuri/jsonschema", "github.com/stretchr/testify"}},
	"app/server/contract/wild":        {foreign: []string{"github.com/getkin/kin-openapi"}},
	"app/server/story":                {ours: []string{"*"}, foreign: []string{"github.com/fasthttp/websocket"}},
	"app/server/bench":                {},
	"app/server/bench/bare/chats":     {foreign: []string{"github.com/gofiber/fiber", "github.com/jackc/pgx"}},
	"app/server/bench/bare/broadcast": {foreign: []string{"github.com/gofiber/fiber", "github.com/gofiber/contrib/websocket"}},
	"app/server/bench/bare/insert":    {foreign: []string{"github.com/google/uuid", "github.com/jackc/pgx"}},
}

func TestArrows(t *testing.T) {
	t.Parallel()
	imports := importsOf(t, "../..")
	for name, list := range imports {
		row, known := arrows[name]
		if !known {
			t.Errorf("package %s is not in the table of arrows", name)
			continue
		}
		for _, imported := range list {
			if !row.allows(imported) {
				t.Errorf("%s must not import %s", name, imported)
			}
		}
	}
}

func TestTheArrowTestFails(t *testing.T) {
	t.Parallel()
	service := arrows["app/chat"]
	require.True(t, service.allows(module+"/app"))
	for _, wrong := range []string{
		module + "/controllers", module + "/repositories", module + "/app/server", module + "/app/auth",
		"github.com/gofiber/fiber/v2", "github.com/jackc/pgx/v5", "github.com/a-h/templ",
	} {
		require.False(t, service.allows(wrong), wrong)
	}
	require.False(t, arrows["app"].allows(module+"/app/chat"))
	require.False(t, arrows["routes"].allows("github.com/gofiber/contrib/websocket"))
	require.False(t, arrows["controllers"].allows("github.com/gofiber/fiberx"))
	require.True(t, arrows["app/server"].allows(module+"/app/llm/openai"))
}

func (r room) allows(imported string) bool {
	if ours, is := strings.CutPrefix(imported, module+"/"); is {
		return slices.ContainsFunc(r.ours, func(pattern string) bool {
			matched, err := path.Match(pattern, ours)
			return pattern == "*" || err == nil && matched
		})
	}
	return slices.ContainsFunc(r.foreign, func(door string) bool {
		return imported == door || strings.HasPrefix(imported, door+"/")
	})
}

// importsOf reads what each package under a folder imports, but for the
// standard library, tests and what only a build tag brings in.
func importsOf(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	require.NoError(t, filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && (name == "testdata" || name == "node_modules" || len(name) > 2 && name[0] == '.' || name == "data" || name == "bin") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || entry.Name() == "deps.go" {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		name := filepath.ToSlash(relative)
		found[name] = append(found[name], nil...)
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
				found[name] = append(found[name], imported)
			}
		}
		return nil
	}))
	require.Contains(t, found, "app")
	return found
}
