package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// publicPatience bounds one request to the public address.
const publicPatience = 8 * time.Second

// Public looks at the address people type as they do: whether this server
// answers there, and whether a socket opens through whatever stands between.
// running tells whether the server of this machine answers by itself; of one
// that does not, nothing further is asked.
func (r *Report) Public(ctx context.Context, address string, running error) {
	const check = "public address"
	if running != nil {
		r.warn("server", "Start it with `quillium serve`, and look again.", "The server is not ready on this machine, so PUBLIC_URL and sockets were not looked at: %s.", running.Error())
		return
	}
	r.ok("server", "The server of this machine is ready.")
	client := publicClient()
	defer client.CloseIdleConnections()
	health, err := get(ctx, client, address+"/health")
	if err != nil {
		says, do := why(err)
		if says == "" {
			says, do = "the connection breaks off", "Look at the log of the proxy."
		}
		r.fail(check, do, "%s cannot be reached from here: %s.", address, says)
		return
	}
	if !r.health(check, address, health) {
		return
	}
	r.ok(check, "%s leads to this Quillium.", address)
	r.socket(ctx, client, address)
}

// reply is what came back.
type reply struct {
	status int
	head   http.Header
	body   []byte
}

// health tells whether it was Quillium that answered.
func (r *Report) health(check, address string, got reply) bool {
	var said struct{ Version, Database string }
	switch {
	case got.status >= 300 && got.status < 400:
		r.fail(check, "Set PUBLIC_URL to the address that it ends at.", "%s sends people elsewhere, to %s.", address, elsewhere(got.head.Get("Location")))
	case json.Unmarshal(got.body, &said) == nil && said.Version != "" && said.Database != "":
		return true
	case got.status == http.StatusBadGateway || got.status == http.StatusServiceUnavailable || got.status == http.StatusGatewayTimeout:
		r.fail(check, "Let the proxy pass requests on to HOST and PORT of Quillium.", "The proxy at %s does not reach Quillium (status %d).", address, got.status)
	default:
		r.fail(check, "Correct PUBLIC_URL, or what the proxy passes on.", "Something else than Quillium answers at %s (status %d).", address, got.status)
	}
	return false
}

// elsewhere is the address of a redirect without what may be secret in it.
func elsewhere(location string) string {
	at, err := url.Parse(location)
	if err != nil || location == "" {
		return "nowhere"
	}
	return (&url.URL{Scheme: at.Scheme, Host: at.Host, Path: at.Path}).String()
}

// socket asks for an upgrade without a token: the server refuses it, and says
// by a header that it was asked.
func (r *Report) socket(ctx context.Context, client *http.Client, address string) {
	const check = "websocket"
	got, err := get(ctx, client, address+"/api/v1/ws", "Connection", "Upgrade", "Upgrade", "websocket",
		"Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "cXVpbGxpdW0gZG9jdG9yIQ==")
	switch {
	case err != nil:
		r.fail(check, "Look at the log of the proxy.", "A request for a WebSocket at %s breaks off.", address)
	case got.status == http.StatusTooManyRequests:
		r.warn(check, "Look again in a minute.", "%s has had too many requests for sockets.", address)
	case got.head.Get("Sec-WebSocket-Version") == "":
		r.fail(check, "Let the proxy pass on the headers Upgrade and Connection, over HTTP/1.1.",
			"The proxy at %s keeps the headers of a WebSocket back, so that pages do not learn of anything new (status %d).", address, got.status)
	default:
		r.ok(check, "A WebSocket can be opened through %s.", address)
	}
}

// publicClient follows no redirect and speaks HTTP/1.1, which is what upgrades
// are asked for in.
func publicClient() *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Client{
		Timeout:       publicPatience,
		Transport:     &http.Transport{Protocols: protocols},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func get(ctx context.Context, client *http.Client, address string, head ...string) (reply, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return reply{}, err
	}
	request.Header.Set("User-Agent", "quillium doctor")
	for i := 0; i+1 < len(head); i += 2 {
		request.Header.Set(head[i], head[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		return reply{}, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	return reply{status: response.StatusCode, head: response.Header, body: body}, errors.Join(err, response.Body.Close())
}

// Sentences splits what several sentences, a line each, say.
func Sentences(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}
