package routes

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/controllers"
)

// sessions are who is signed in.
type sessions map[app.SessionID]app.Actor

func (s sessions) Authenticate(_ context.Context, claims *auth.Claims) (app.Actor, error) {
	if actor, alive := s[claims.SessionID]; alive {
		return actor, nil
	}
	return app.Actor{}, app.ErrUnauthorized
}

// house is a web with one of each kind of route, and what it needs.
type house struct {
	*fiber.App
	signer   *auth.Signer
	sessions sessions
	log      *lockedBuffer
	draining bool
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func build(t *testing.T, change func(*Options), table ...Route) *house {
	t.Helper()
	h := &house{signer: auth.NewSigner([]byte("present-key"), nil), sessions: sessions{}, log: &lockedBuffer{}}
	options := Options{
		Log: slog.New(slog.NewTextHandler(h.log, nil)), MaxBody: 10_000, Limiter: limit.New(true),
		Keys: h.signer.KeyFunc, Sessions: h.sessions, Draining: func() bool { return h.draining },
	}
	if change != nil {
		change(&options)
	}
	h.App = New(t.Context(), options, append(table,
		Route{Method: "GET", Path: "/api/v1/who", Who: Person, Buckets: []Bucket{perUser(limit.API)}, Handler: who},
		Route{Method: "GET", Path: "/api/v1/open", Who: Anybody, Handler: who},
		Route{Method: "POST", Path: "/api/v1/sign", Who: Anybody, Cookies: true, Handler: who},
		Route{Method: "GET", Path: "/api/v1/guest", Who: Guest, Buckets: []Bucket{perAddress(limit.API)}, Handler: who},
		Route{Method: "GET", Path: "/api/v1/admin", Who: Administrator, Handler: who},
		Route{Method: "GET", Path: "/api/v1/ws", Who: Socket, Buckets: []Bucket{perAddress(limit.Upgrade)}, Handler: who},
		Route{Method: "GET", Path: "/page/:id", Who: Page, Handler: who},
		Route{Method: "GET", Path: "/panic", Who: Page, Handler: func(*fiber.Ctx) error { panic("the stove is on") }},
	))
	return h
}

// who answers with the actor.
func who(c *fiber.Ctx) error { return c.JSON(controllers.ActorOf(c)) }

// enter makes a session and gives its token.
func (h *house) enter(t *testing.T, role app.Role) string {
	t.Helper()
	user, session := app.NewID[app.UserID](), app.NewID[app.SessionID]()
	h.sessions[session] = app.Actor{UserID: user, SessionID: session, Role: role}
	token, err := h.signer.Sign(user, session, time.Now(), time.Minute)
	require.NoError(t, err)
	return token
}

type answer struct {
	*http.Response
	text string
}

func (a answer) actor(t *testing.T) app.Actor {
	t.Helper()
	require.Equal(t, 200, a.StatusCode, a.text)
	var actor app.Actor
	require.NoError(t, json.Unmarshal([]byte(a.text), &actor))
	return actor
}

// ask sends one request; headers are "Name: value".
func (h *house) ask(t *testing.T, method, target string, headers ...string) answer {
	t.Helper()
	request := httptest.NewRequest(method, target, nil)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Add(name, value)
	}
	response, err := h.Test(request, -1)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, errors.Join(err, response.Body.Close()))
	return answer{response, string(text)}
}

func TestWho(t *testing.T) {
	t.Parallel()
	t.Run("a call for persons needs a token", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		for _, header := range []string{"X: y", "Authorization: ", "Authorization: Bearer", "Authorization: Bearer ", "Authorization: Bearer x.y.z", "Authorization: Basic eA=="} {
			got := h.ask(t, "GET", "/api/v1/who", header)
			require.Equal(t, 401, got.StatusCode, header)
			require.Contains(t, got.text, `"code":"unauthorized"`)
		}
	})
	t.Run("a good token says who asks, from where and how", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		got := h.ask(t, "GET", "/api/v1/who", "Authorization: Bearer "+h.enter(t, app.RoleUser), "User-Agent: a\xffb")
		actor := got.actor(t)
		require.True(t, actor.SignedIn())
		require.Equal(t, "0.0.0.0", actor.IP)
		require.Equal(t, "ab", actor.UserAgent)
		require.Equal(t, got.Header.Get("X-Request-ID"), actor.RequestID)
	})
	t.Run("a good signature of an ended session is not enough", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		token := h.enter(t, app.RoleUser)
		clear(h.sessions)
		require.Equal(t, 401, h.ask(t, "GET", "/api/v1/who", "Authorization: Bearer "+token).StatusCode)
	})
	t.Run("a token in a query or a cookie is none", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		token := h.enter(t, app.RoleUser)
		require.Equal(t, 401, h.ask(t, "GET", "/api/v1/who?access_token="+token+"&token="+token).StatusCode)
		require.Equal(t, 401, h.ask(t, "GET", "/api/v1/who", "Cookie: quillium_access="+token+"; quillium_refresh="+token).StatusCode)
	})
	t.Run("a token signed with another key, another algorithm or none is refused", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		foreign, err := auth.NewSigner([]byte("other"), nil).Sign(app.NewID[app.UserID](), app.NewID[app.SessionID](), time.Now(), time.Minute)
		require.NoError(t, err)
		head, rest, _ := strings.Cut(h.enter(t, app.RoleUser), ".")
		claims, _, _ := strings.Cut(rest, ".")
		require.NotEmpty(t, head)
		for _, token := range []string{foreign, "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + claims + ".", head + "." + claims + "."} {
			require.Equal(t, 401, h.ask(t, "GET", "/api/v1/who", "Authorization: Bearer "+token).StatusCode)
		}
	})
	t.Run("a token that ran out is refused", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		session := app.NewID[app.SessionID]()
		h.sessions[session] = app.Actor{UserID: "u"}
		token, err := h.signer.Sign(app.NewID[app.UserID](), session, time.Now().Add(-time.Hour), time.Minute)
		require.NoError(t, err)
		require.Equal(t, 401, h.ask(t, "GET", "/api/v1/who", "Authorization: Bearer "+token).StatusCode)
	})
	t.Run("a guest is known where the token is good, and a stranger otherwise", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		token := h.enter(t, app.RoleUser)
		require.True(t, h.ask(t, "GET", "/api/v1/guest", "Authorization: Bearer "+token).actor(t).SignedIn())
		require.False(t, h.ask(t, "GET", "/api/v1/guest").actor(t).SignedIn())
		require.False(t, h.ask(t, "GET", "/api/v1/guest", "Authorization: Bearer x.y.z").actor(t).SignedIn())
		clear(h.sessions)
		require.False(t, h.ask(t, "GET", "/api/v1/guest", "Authorization: Bearer "+token).actor(t).SignedIn())
	})
	t.Run("only administrators reach what is theirs", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		require.Equal(t, 403, h.ask(t, "GET", "/api/v1/admin", "Authorization: Bearer "+h.enter(t, app.RoleUser)).StatusCode)
		require.Equal(t, 200, h.ask(t, "GET", "/api/v1/admin", "Authorization: Bearer "+h.enter(t, app.RoleAdmin)).StatusCode)
	})
}

func TestSocketLane(t *testing.T) {
	t.Parallel()
	t.Run("a browser's token comes as a subprotocol", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		got := h.ask(t, "GET", "/api/v1/ws", "Sec-WebSocket-Protocol: quillium.v1, bearer."+h.enter(t, app.RoleUser))
		require.True(t, got.actor(t).SignedIn())
	})
	t.Run("a program's token comes in the header, and that one wins", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		require.Equal(t, 200, h.ask(t, "GET", "/api/v1/ws", "Authorization: Bearer "+h.enter(t, app.RoleUser)).StatusCode)
		got := h.ask(t, "GET", "/api/v1/ws", "Authorization: Bearer bad", "Sec-WebSocket-Protocol: bearer."+h.enter(t, app.RoleUser))
		require.Equal(t, 401, got.StatusCode)
	})
	t.Run("who asks for an upgrade is told the version, refused or not, and nobody else", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		got := h.ask(t, "GET", "/api/v1/ws", "Connection: keep-alive, Upgrade", "Upgrade: WebSocket")
		require.Equal(t, []string{"401", "13"}, []string{strconv.Itoa(got.StatusCode), got.Header.Get("Sec-WebSocket-Version")})
		require.Empty(t, h.ask(t, "GET", "/api/v1/ws").Header.Get("Sec-WebSocket-Version"))
	})
	t.Run("no cookie and no query opens a socket", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		token := h.enter(t, app.RoleUser)
		require.Equal(t, 401, h.ask(t, "GET", "/api/v1/ws?token="+token, "Cookie: quillium_refresh="+token).StatusCode)
	})
	t.Run("a page of a foreign origin may not, one of ours and of an allowed one may", func(t *testing.T) {
		t.Parallel()
		h := build(t, func(o *Options) {
			o.PublicURL, o.AllowedOrigins = "https://chat.example", []string{"https://friend.example"}
		})
		token := "Authorization: Bearer " + h.enter(t, app.RoleUser)
		for origin, status := range map[string]int{
			"https://chat.example": 200, "https://friend.example": 200, "http://chat.example": 403, "https://chat.example.evil": 403, "null": 403, "http://example.com": 403,
		} {
			require.Equal(t, status, h.ask(t, "GET", "/api/v1/ws", token, "Origin: "+origin).StatusCode, origin)
		}
	})
	t.Run("while draining nothing is opened any more", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		h.draining = true
		got := h.ask(t, "GET", "/api/v1/ws", "Authorization: Bearer "+h.enter(t, app.RoleUser))
		require.Equal(t, 503, got.StatusCode)
		require.Equal(t, "1", got.Header.Get("Retry-After"))
	})
	t.Run("the address without a version is the same", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		require.Equal(t, 200, h.ask(t, "GET", "/api/ws", "Authorization: Bearer "+h.enter(t, app.RoleUser)).StatusCode)
	})
}

func TestCookieLane(t *testing.T) {
	t.Parallel()
	cookie := "Cookie: quillium_refresh=x"
	tries := []struct {
		name, target string
		headers      []string
		status       int
	}{
		{"without a cookie anybody may call", "/api/v1/sign", []string{"Origin: https://evil.example"}, 200},
		{"a page of ours may", "/api/v1/sign", []string{cookie, "Sec-Fetch-Site: same-origin"}, 200},
		{"an old browser's page of ours may", "/api/v1/sign", []string{cookie, "Origin: http://example.com"}, 200},
		{"a foreign page may not", "/api/v1/sign", []string{cookie, "Sec-Fetch-Site: cross-site"}, 403},
		{"a page of a sister host may not", "/api/v1/sign", []string{cookie, "Sec-Fetch-Site: same-site"}, 403},
		{"what the browser says counts more than an Origin", "/api/v1/sign", []string{cookie, "Sec-Fetch-Site: cross-site", "Origin: http://example.com"}, 403},
		{"an old browser's foreign page may not", "/api/v1/sign", []string{cookie, "Origin: https://evil.example"}, 403},
		{"a frame without an origin may not", "/api/v1/sign", []string{cookie, "Origin: null"}, 403},
		{"nobody in particular may not", "/api/v1/sign", []string{cookie}, 403},
		{"asking for a cookie is the same", "/api/v1/sign?cookies=true", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"asking for one without a version is the same", "/api/sign?cookies=true", []string{"Sec-Fetch-Site: cross-site"}, 403},
	}
	for _, try := range tries {
		t.Run(try.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, try.status, build(t, nil).ask(t, "POST", try.target, try.headers...).StatusCode)
		})
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	trusting := func(o *Options) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/32"), netip.MustParsePrefix("10.0.0.0/8")}
	}
	tries := []struct {
		name    string
		change  func(*Options)
		headers []string
		want    string
	}{
		{"a stranger's header is not believed", nil, []string{"X-Forwarded-For: 1.2.3.4"}, "0.0.0.0"},
		{"a trusted proxy's is", trusting, []string{"X-Forwarded-For: 1.2.3.4"}, "1.2.3.4"},
		{"the rightmost untrusted one counts", trusting, []string{"X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.0.0.7"}, "1.2.3.4"},
		{"several headers are one list", trusting, []string{"X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 1.2.3.4"}, "1.2.3.4"},
		{"rubbish ends the walk", trusting, []string{"X-Forwarded-For: 1.2.3.4, ' or 1=1"}, "0.0.0.0"},
		{"rubbish behind the last hop we trust ends it there", trusting, []string{"X-Forwarded-For: unknown, 10.0.0.7"}, "10.0.0.7"},
		{"all trusted is the first of them", trusting, []string{"X-Forwarded-For: 10.0.0.1, 10.0.0.2"}, "10.0.0.1"},
		{"nothing is the proxy itself", trusting, nil, "0.0.0.0"},
		{"ports and brackets are left out", trusting, []string{"X-Forwarded-For: [2001:db8::1]:4711"}, "2001:db8::1"},
		{"a mapped address is its IPv4", trusting, []string{"X-Forwarded-For: ::ffff:1.2.3.4"}, "1.2.3.4"},
	}
	for _, try := range tries {
		t.Run(try.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, try.want, build(t, try.change).ask(t, "GET", "/api/v1/open", try.headers...).actor(t).IP)
		})
	}
	t.Run("an address is a /64 in IPv6", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, bucketOf("2001:db8::1"), bucketOf("2001:db8:0:0:ffff::9"))
		require.NotEqual(t, bucketOf("2001:db8::1"), bucketOf("2001:db8:0:1::1"))
		require.NotEqual(t, bucketOf("1.2.3.4"), bucketOf("1.2.3.5"))
		require.Equal(t, "invalid IP", bucketOf("invalid IP"))
	})
	t.Run("a request id is taken from trusted proxies only, and only a harmless one", func(t *testing.T) {
		t.Parallel()
		require.Len(t, build(t, nil).ask(t, "GET", "/api/v1/open", "X-Request-ID: mine").Header.Get("X-Request-ID"), 36)
		h := build(t, trusting)
		require.Equal(t, "mine-1.2_3", h.ask(t, "GET", "/api/v1/open", "X-Request-ID: mine-1.2_3").Header.Get("X-Request-ID"))
		for _, bad := range []string{"a b", "a=b", strings.Repeat("x", 65), "ä"} {
			require.Len(t, h.ask(t, "GET", "/api/v1/open", "X-Request-ID: "+bad).Header.Get("X-Request-ID"), 36)
		}
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	two := Route{Method: "GET", Path: "/api/v1/two", Who: Person, Handler: who, Buckets: []Bucket{
		perUser(limit.Rule{Name: "many", Times: 100, Per: time.Minute}), perUser(limit.Rule{Name: "two", Times: 2, Per: time.Hour}),
	}}
	t.Run("the tightest bucket is told, and over it one has to wait", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil, two)
		token := "Authorization: Bearer " + h.enter(t, app.RoleUser)
		first := h.ask(t, "GET", "/api/v1/two", token)
		require.Equal(t, []string{"2", "1", "1800"}, []string{first.Header.Get("X-RateLimit-Limit"), first.Header.Get("X-RateLimit-Remaining"), first.Header.Get("X-RateLimit-Reset")})
		require.Equal(t, 200, h.ask(t, "GET", "/api/two", token).StatusCode)
		third := h.ask(t, "GET", "/api/v1/two", token)
		require.Equal(t, 429, third.StatusCode)
		require.Equal(t, "0", third.Header.Get("X-RateLimit-Remaining"))
		require.Equal(t, "1800", third.Header.Get("Retry-After"))
		require.Contains(t, third.text, `"code":"rate_limited"`)
		require.Equal(t, 200, h.ask(t, "GET", "/api/v1/two", "Authorization: Bearer "+h.enter(t, app.RoleUser)).StatusCode, "another user is not in the way")
	})
	t.Run("off is off", func(t *testing.T) {
		t.Parallel()
		h := build(t, func(o *Options) { o.Limiter = limit.New(false) }, two)
		token := "Authorization: Bearer " + h.enter(t, app.RoleUser)
		for range 5 {
			require.Equal(t, 200, h.ask(t, "GET", "/api/v1/two", token).StatusCode)
		}
	})
	t.Run("strangers are counted by address", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		for range limit.Upgrade.Times {
			require.Equal(t, 401, h.ask(t, "GET", "/api/v1/ws").StatusCode)
		}
		require.Equal(t, 429, h.ask(t, "GET", "/api/v1/ws").StatusCode)
	})
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	t.Run("a page may load from here and from nowhere else", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		for _, path := range []string{"/page/1", "/nowhere"} {
			policy := h.ask(t, "GET", path).Header.Get("Content-Security-Policy")
			require.Equal(t, pagePolicy, policy)
			require.NotContains(t, policy, "unsafe")
		}
	})
	t.Run("an API answer is never kept, sniffed or framed", func(t *testing.T) {
		t.Parallel()
		got := build(t, nil).ask(t, "GET", "/api/v1/open")
		require.Equal(t, "no-store", got.Header.Get("Cache-Control"))
		require.Equal(t, "nosniff", got.Header.Get("X-Content-Type-Options"))
		require.Equal(t, apiPolicy, got.Header.Get("Content-Security-Policy"))
		require.Empty(t, got.Header.Get("Strict-Transport-Security"))
		require.Empty(t, got.Header.Get("Server"))
	})
	t.Run("behind https it stays https", func(t *testing.T) {
		t.Parallel()
		h := build(t, func(o *Options) { o.PublicURL = "https://chat.example" })
		require.NotEmpty(t, h.ask(t, "GET", "/page/1").Header.Get("Strict-Transport-Security"))
	})
	t.Run("a named origin may call with a token, never with a cookie", func(t *testing.T) {
		t.Parallel()
		h := build(t, func(o *Options) { o.AllowedOrigins = []string{"https://friend.example"} })
		asked := h.ask(t, "OPTIONS", "/api/v1/who", "Origin: https://friend.example", "Access-Control-Request-Method: GET")
		require.Equal(t, 204, asked.StatusCode)
		require.Contains(t, asked.Header.Get("Access-Control-Allow-Headers"), "Authorization")
		got := h.ask(t, "GET", "/api/v1/open", "Origin: https://friend.example")
		require.Equal(t, "https://friend.example", got.Header.Get("Access-Control-Allow-Origin"))
		require.Contains(t, got.Header.Get("Vary"), "Origin")
		for _, one := range []answer{asked, got} {
			require.Empty(t, one.Header.Get("Access-Control-Allow-Credentials"))
		}
	})
	t.Run("a strange origin is told nothing", func(t *testing.T) {
		t.Parallel()
		h := build(t, func(o *Options) { o.AllowedOrigins = []string{"https://friend.example"} })
		for _, origin := range []string{"https://evil.example", "null", "https://friend.example.evil"} {
			got := h.ask(t, "GET", "/api/v1/open", "Origin: "+origin)
			require.Empty(t, got.Header.Get("Access-Control-Allow-Origin"), origin)
			require.Contains(t, got.Header.Get("Vary"), "Origin")
		}
		require.Empty(t, build(t, nil).ask(t, "GET", "/api/v1/open", "Origin: https://evil.example").Header.Get("Access-Control-Allow-Origin"))
	})
}

func TestPaths(t *testing.T) {
	t.Parallel()
	h := build(t, nil)
	t.Run("the API without a version is the API", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, 200, h.ask(t, "GET", "/api/open").StatusCode)
	})
	for _, path := range []string{"/API/v1/open", "/api/v1/open/", "/api//open", "/api/v1//open", "/%61pi/v1/open", "/api/v2/open", "/api", "/api/", "/api/v1", "/api/v1/../v1/open"} {
		t.Run("there is one way to write an address, and "+path+" is none", func(t *testing.T) {
			t.Parallel()
			require.Equal(t, 404, h.ask(t, "GET", path).StatusCode)
		})
	}
	t.Run("another method of a known path is not found either", func(t *testing.T) {
		t.Parallel()
		got := h.ask(t, "DELETE", "/api/v1/open")
		require.Equal(t, 404, got.StatusCode)
		require.Contains(t, got.text, `"code":"not_found"`)
	})
	t.Run("HEAD is GET without a body", func(t *testing.T) {
		t.Parallel()
		got := h.ask(t, "HEAD", "/api/v1/open")
		require.Equal(t, 200, got.StatusCode)
		require.Empty(t, got.text)
	})
}

func TestLog(t *testing.T) {
	t.Parallel()
	t.Run("one line a request, with the pattern and never the path or query", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		h.ask(t, "GET", "/page/secret-id?token=secret-query", "Referer: http://secret.example")
		h.ask(t, "GET", "/secret-path")
		log := h.log.String()
		require.Equal(t, 2, strings.Count(log, "\n"))
		require.Contains(t, log, "route=/page/:id status=200")
		require.Contains(t, log, `route="" status=404`)
		require.NotContains(t, log, "secret")
	})
	t.Run("the user is named", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		actor := h.ask(t, "GET", "/api/v1/who", "Authorization: Bearer "+h.enter(t, app.RoleUser)).actor(t)
		require.Contains(t, h.log.String(), "user_id="+string(actor.UserID))
		require.Contains(t, h.log.String(), "request_id="+actor.RequestID)
	})
	t.Run("who polls for health is told of only while something is wrong", func(t *testing.T) {
		t.Parallel()
		status := 200
		var polls []Route
		for _, route := range healthRoutes(nil) {
			route.Handler = func(c *fiber.Ctx) error { return c.SendStatus(status) }
			polls = append(polls, route)
		}
		h := build(t, nil, polls...)
		for _, route := range polls {
			h.ask(t, "GET", route.Path)
			h.ask(t, "HEAD", route.Path)
		}
		require.Empty(t, h.log.String())
		status = 503
		h.ask(t, "GET", "/readyz")
		require.Contains(t, h.log.String(), "route=/readyz status=503")
	})
	t.Run("a panic is told to the log with its stack, and to the client as nothing", func(t *testing.T) {
		t.Parallel()
		h := build(t, nil)
		got := h.ask(t, "GET", "/panic")
		require.Equal(t, 500, got.StatusCode)
		require.NotContains(t, got.text, "stove")
		require.Contains(t, h.log.String(), "the stove is on")
		require.Contains(t, h.log.String(), "web_test.go")
		require.Contains(t, h.log.String(), "status=500")
	})
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	slow := Route{Method: "GET", Path: "/slow", Who: Page, Deadline: time.Millisecond, Handler: func(c *fiber.Ctx) error {
		<-c.UserContext().Done()
		return c.UserContext().Err()
	}}
	require.Equal(t, 503, build(t, nil, slow).ask(t, "GET", "/slow").StatusCode)
}
