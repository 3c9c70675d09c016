package openai_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/openai"
)

func TestListModels(t *testing.T) {
	t.Parallel()

	answering := func(status int, body string) handler {
		return func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.Method != http.MethodGet || r.URL.Path != "/v1/models" || r.Header.Get("Authorization") == "" {
				status = http.StatusTeapot
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}

	t.Run("names come in order, once, with what they can take", func(t *testing.T) {
		t.Parallel()
		e := serve(t, answering(200, `{"object":"list","data":[
			{"id":"b","max_model_len":4096},{"id":"a","context_length":1e5},{"id":"b"},{"id":"c","context_window":"many"},
			{"id":"d","max_context_length":-1},{"id":"e","context_window":7}]}`))
		list, err := e.client.ListModels(t.Context())
		require.NoError(t, err)
		require.Equal(t, []llm.Listing{{Name: "b", ContextSize: 4096}, {Name: "a", ContextSize: 100000}, {Name: "c", ContextSize: 0}, {Name: "d", ContextSize: 0}, {Name: "e", ContextSize: 7}}, list)
	})

	t.Run("a bare list is a list", func(t *testing.T) {
		t.Parallel()
		list, err := serve(t, answering(200, ` [{"id":"x"}]`)).client.ListModels(t.Context())
		require.NoError(t, err)
		require.Equal(t, []llm.Listing{{Name: "x"}}, list)
	})

	t.Run("names that cannot be shown are left out", func(t *testing.T) {
		t.Parallel()
		bad := `{"data":[{"id":""},{"id":7},{},null,"x",{"id":"a\nb"},{"id":"a\u202eb"},{"id":" a"},{"id":"` + strings.Repeat("x", 201) + `"},{"id":"模型"}]}`
		list, err := serve(t, answering(200, bad)).client.ListModels(t.Context())
		require.NoError(t, err)
		require.Equal(t, []llm.Listing{{Name: "模型"}}, list)
	})

	t.Run("a thousand are enough", func(t *testing.T) {
		t.Parallel()
		var many strings.Builder
		for i := range 1200 {
			_, _ = fmt.Fprintf(&many, `,{"id":"m%d"}`, i)
		}
		list, err := serve(t, answering(200, `{"data":[`+many.String()[1:]+`]}`)).client.ListModels(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 1000)
	})

	for name, test := range map[string]struct {
		status int
		body   string
		code   app.Code
		says   string
	}{
		"no list":         {404, "404 page not found", app.CodeNotFound, "no list"},
		"a refused key":   {401, "{}", app.CodeForbidden, "refused the key"},
		"a fault":         {500, "{}", app.CodeUnavailable, "fault of its own"},
		"a redirect":      {302, "", app.CodeUnavailable, "another address"},
		"nonsense":        {200, "<html>", app.CodeUnavailable, "could not be understood"},
		"more than 1 MiB": {200, `{"data":["` + strings.Repeat("x", 1<<20) + `"]}`, app.CodeUnavailable, "could not be understood"},
	} {
		t.Run(name+" is told", func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, answering(test.status, test.body)).client.ListModels(t.Context())
			requireFailure(t, err, test.code, test.says)
		})
	}

	t.Run("a list that does not come is not waited for", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() },
			func(o *openai.Options) { o.FirstByte = 50 * time.Millisecond })
		_, err := e.client.ListModels(t.Context())
		requireFailure(t, err, app.CodeUnavailable, "too long")
	})

	t.Run("nor by a caller who has gone", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		e := serve(t, func(_ http.ResponseWriter, r *http.Request, _ int) { cancel(); <-r.Context().Done() })
		_, err := e.client.ListModels(ctx)
		require.Equal(t, context.Canceled, err)
	})

	t.Run("an endpoint that is not there is unreachable", func(t *testing.T) {
		t.Parallel()
		_, err := dial(t, "http://127.0.0.1:1/v1").ListModels(t.Context())
		requireFailure(t, err, app.CodeUnavailable, "cannot be reached")
	})
}
