package server_test

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/model"
	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/public"
)

// TestConsoleModels plays the page about providers and models as a browser
// without scripts does, and where it matters as one with them.
func TestConsoleModels(t *testing.T) {
	t.Parallel()
	c, err := contract.Load([]byte(public.OpenAPI()))
	require.NoError(t, err)
	found, nobody := beside(t, endpoint(t).URL, "Ollama"), deserted(t)
	w := bootBeside(t, c, []model.Place{found, nobody}, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	b := w.atConsole(t, "admin@example.org")
	page := func(t *testing.T, path string, wants ...string) string {
		t.Helper()
		got := b.get(t, path)
		require.Equal(t, 200, got.status)
		require.LessOrEqual(t, w.log.queriesOf(got.head.Get("X-Request-ID")), mostQueries)
		_, main, _ := strings.Cut(got.body, "<main")
		for _, want := range wants {
			require.Contains(t, main, want)
		}
		return main
	}
	address := endpoint(t).URL + "/v1"

	t.Run("without any provider it offers what is found on this machine, and to add one", func(t *testing.T) {
		page(t, "/admin/models", "No provider is connected", "Add a provider", "quick, hold, broken and 1 more", "Nothing listens on port", "There are no models yet")
	})
	t.Run("what is found is connected by one click", func(t *testing.T) {
		got := b.post(t, "/admin/models/found", "place", found.Host+":"+strconv.Itoa(found.Port))
		require.Equal(t, "/admin/models?done=provider.added", got.head.Get("Location"))
		require.Eventually(t, func() bool { return strings.Contains(b.get(t, "/admin/models").body, "<code>quick</code>") }, 20*time.Second, 50*time.Millisecond)
		text := page(t, "/admin/models?done=provider.added", "The provider is added.", "Reachable", "4 models", "Default")
		require.NotContains(t, text, "On this machine", "nobody looks any more")
	})
	t.Run("a form that is refused keeps what was typed, but for the key", func(t *testing.T) {
		got := b.post(t, "/admin/models/providers", "name", "My Shop", "base_url", "gopher://shop", "key", "sk-typed-key", "enabled", "yes")
		require.Equal(t, 400, got.status)
		require.Contains(t, got.body, `value="My Shop"`)
		require.Contains(t, got.body, `value="gopher://shop"`)
		require.Contains(t, got.body, "an http or https address")
		require.NotContains(t, got.body, "sk-typed-key")
		require.Equal(t, "false", got.head.Get("HX-Push-Url"), "the address of a form is no page")
	})
	t.Run("each kind of provider comes with its address", func(t *testing.T) {
		page(t, "/admin/models?add=OpenRouter", `value="https://openrouter.ai/api/v1"`, `aria-current="true"`)
		page(t, "/admin/models?add=Other", "Add a provider", `name="base_url"`)
	})
	var shop string
	t.Run("a provider is tried before it is added, step by step", func(t *testing.T) {
		got := b.post(t, "/admin/models/providers/test", "name", "Shop", "base_url", "http://127.0.0.1:"+strconv.Itoa(nobody.Port)+"/v1", "enabled", "yes")
		require.Equal(t, 200, got.status)
		require.Contains(t, got.body, "Nothing listens on port")
		require.Contains(t, got.body, `value="Shop"`)
		got = b.post(t, "/admin/models/providers/test", "name", "Shop", "base_url", address, "key", "sk-typed-key", "enabled", "yes")
		require.Contains(t, got.body, "quick began to answer after")
		require.NotContains(t, got.body, "sk-typed-key")
		got = b.post(t, "/admin/models/providers", "name", "Shop", "base_url", address, "key", "sk-typed-key", "enabled", "yes")
		require.Equal(t, 303, got.status)
		at, err := url.Parse(got.head.Get("Location"))
		require.NoError(t, err)
		shop = at.Query().Get("provider")
		page(t, got.head.Get("Location"), "One is stored, for this address alone", "Delete Shop")
	})
	t.Run("its list is fetched now", func(t *testing.T) {
		got := b.post(t, "/admin/models/providers/"+shop+"/refresh")
		require.Contains(t, got.head.Get("Location"), "done=provider.fetched")
		page(t, "/admin/models?of="+shop, "4 models", "<code>shop/quick</code>")
	})
	t.Run("a stored key does not follow to another address", func(t *testing.T) {
		got := b.post(t, "/admin/models/providers/"+shop, "name", "Shop", "base_url", "http://127.0.0.1:9/v1", "enabled", "yes")
		require.Equal(t, 400, got.status)
		require.Contains(t, got.body, "goes nowhere else")
		require.Contains(t, got.body, `value="http://127.0.0.1:9/v1"`)
	})
	t.Run("a provider is changed, and its key forgotten", func(t *testing.T) {
		got := b.post(t, "/admin/models/providers/"+shop, "name", "Stall", "base_url", "http://127.0.0.1:9/v1", "no_key", "yes", "enabled", "yes")
		require.Equal(t, 303, got.status, got.body)
		page(t, "/admin/models?provider="+shop, "Stall", "None is stored.")
		got = b.post(t, "/admin/models/providers/"+shop+"/refresh")
		require.Contains(t, got.head.Get("Location"), "done=provider.not_fetched")
		page(t, "/admin/models?provider="+shop, "Away", "cannot be reached")
	})
	uid := regexp.MustCompile(`id=([0-9a-f-]{36})`).FindStringSubmatch(page(t, "/admin/models?q=shop/quick"))[1]
	typed := []string{
		"name", "Fast", "model_id", "fast", "aliases", "speed, nimble", "enabled", "yes", "restricted", "yes", "users", "admin@example.org",
		"input_price", "0.15", "output_price", "$1", "context_override", "4096", "system_prompt", "Be brief.",
	}
	t.Run("a model is changed, and the page says what it is now", func(t *testing.T) {
		got := b.post(t, "/admin/models/"+uid, typed...)
		require.Equal(t, "/admin/models?done=model.saved&id="+uid, got.head.Get("Location"), got.body)
		page(t, got.head.Get("Location"), "The model is saved.", `value="fast"`, `value="speed nimble shop/quick"`, `value="0.15"`, `value="1"`, `value="4096"`, "Be brief.", "admin@example.org", "1 person", "$0.15 / $1")
		page(t, "/admin/models?q=nimble", "1 model<")
	})
	for field, change := range map[string][2]string{
		"price": {"input_price", "cheap"}, "a price with seven digits": {"output_price", "0.1234567"}, "context": {"context_override", "much"}, "id": {"model_id", "no way"},
		"name that is taken": {"aliases", "hold"}, "nobody's address": {"users", "nobody@example.org"},
	} {
		t.Run("what cannot be is refused beside its field: "+field, func(t *testing.T) {
			pairs := append([]string{}, typed...)
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == change[0] {
					pairs[i+1] = change[1]
				}
			}
			got := b.post(t, "/admin/models/"+uid, pairs...)
			require.Contains(t, []int{400, 409}, got.status)
			require.Contains(t, got.body, change[1], "what was typed is still there")
			require.Contains(t, got.body, "field-error")
		})
	}
	t.Run("it moves and becomes the default", func(t *testing.T) {
		require.Contains(t, b.post(t, "/admin/models/"+uid+"/move", "to", "first").head.Get("Location"), "model.moved")
		require.Contains(t, b.post(t, "/admin/models/"+uid+"/default").head.Get("Location"), "model.default")
		page(t, "/admin/models?id="+uid, "Default of this server")
		require.Equal(t, 400, b.post(t, "/admin/models/"+uid+"/move", "to", "left").status)
		require.Equal(t, 409, b.post(t, "/admin/models/"+uid+"/delete").status, "what is listed is not deleted")
	})
	t.Run("a model is added by its name, and deleted after one question", func(t *testing.T) {
		got := b.post(t, "/admin/models/add", "provider_id", shop, "upstream", "Hidden")
		require.Equal(t, 303, got.status)
		require.Equal(t, 409, b.post(t, "/admin/models/add", "provider_id", shop, "upstream", "Hidden").status)
		at, err := url.Parse(got.head.Get("Location"))
		require.NoError(t, err)
		hidden := at.Query().Get("id")
		page(t, "/admin/models?id="+hidden, "Not in the provider", "Delete Hidden")
		page(t, "/admin/models/"+hidden+"/delete", "Delete the model Hidden?", "their answers say that it is gone")
		require.Equal(t, 303, b.post(t, "/admin/models/"+hidden+"/delete").status)
		require.Equal(t, 404, b.get(t, "/admin/models?id="+hidden).status)
		require.Equal(t, 404, b.post(t, "/admin/models/"+hidden, typed...).status)
	})
	t.Run("a provider is deleted after one question, which names what goes", func(t *testing.T) {
		page(t, "/admin/models/providers/"+shop+"/delete", "Delete the provider Stall?", "4 models", "Delete Stall and its models")
		require.Equal(t, 303, b.post(t, "/admin/models/providers/"+shop+"/delete").status)
		require.Equal(t, 404, b.get(t, "/admin/models?provider="+shop).status)
		page(t, "/admin/models", "1 provider<", "4 models<")
	})
	t.Run("many models come page by page", func(t *testing.T) {
		w.sql(t, `insert into models (id, provider_id, upstream, name, kept, position) select 'many-' || n, p.id, 'many-' || n, 'Many ' || n, true, 1000 + n
			from providers p, generate_series(1, 120) n`)
		first := page(t, "/admin/models?q=many", "120 models<", "Many 100<", "Next page")
		require.NotContains(t, first, "First page")
		next := regexp.MustCompile(`href="([^"]*cursor=[^"]*)"[^>]*rel="next"`).FindStringSubmatch(first)
		require.NotNil(t, next)
		page(t, strings.ReplaceAll(next[1], "&amp;", "&"), "120 models<", "Many 101<", "First page", `href="/admin/models?q=many"`)
	})
	t.Run("an old password is asked for before where chats go is changed", func(t *testing.T) {
		w.sql(t, `update sessions set confirmed_at = now() - interval '16 minutes'`)
		require.Eventually(t, func() bool {
			return strings.Contains(b.post(t, "/admin/models/providers/test", "base_url", "gopher://x").body, "Type your password once more")
		}, 5*time.Second, 50*time.Millisecond)
		pairs := []string{"name", "Shop", "base_url", "http://127.0.0.1:9/v1", "enabled", "yes"}
		got := b.post(t, "/admin/models/providers", pairs...)
		require.Equal(t, 403, got.status)
		require.Equal(t, "#admin", got.head.Get("HX-Retarget"), "also where a part of the page was to change")
		require.Equal(t, 303, b.post(t, "/admin/models/providers", append(pairs, "confirm_password", password)...).status)
	})
}
