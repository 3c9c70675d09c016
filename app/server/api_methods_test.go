package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/routes"
)

// testMethods asks every path by every method, also those that nobody means:
// none makes an error of the server, and a head is that of its GET.
func testMethods(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Ours")
	fill := strings.NewReplacer(":id", chat, ":mid", w.say(t, ada, chat, "one"), ":user_id", ada.id, ":iid", string(app.NewID[app.InviteID]()),
		":page", "security", ":hash/*", "0/x.js")
	for _, route := range routes.Table(routes.Handlers{}) {
		path := fill.Replace(strings.Replace(route.Path, ":user_id", ada.id, 1))
		for _, method := range []string{"HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "GET"} {
			for _, who := range []*person{nil, ada} {
				status, body := w.plain(t, who, method, path)
				require.Less(t, status, 500, "%s %s", method, path)
				if method == "HEAD" {
					require.Empty(t, body)
					get, _ := w.plain(t, who, "GET", path)
					if route.Who != routes.Socket {
						require.Equal(t, get, status, "HEAD %s", path)
					}
				}
			}
		}
	}
}

// plain asks past the contract, which knows nothing of such methods.
func (w *world) plain(t *testing.T, who *person, method, path string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, w.url+path, nil)
	require.NoError(t, err)
	if who != nil {
		request.Header.Set("Authorization", "Bearer "+who.access)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err, "%s %s", method, path)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(body)
}
