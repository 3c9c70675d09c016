package server_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
)

// testLimits plays in a world with rate limits, behind a proxy that is
// trusted, so that each part has an address of its own.
func testLimits(t *testing.T, w *world) {
	// Few, so that a slow machine asks faster than a bucket fills.
	const requests = 60
	w.want(t, 200, w.signIn(t, "admin@example.org"), "PUT /settings/admin", object("requests_per_minute", requests))
	t.Run("every operation says when it is enough", func(t *testing.T) {
		t.Parallel()
		s := newSweep(t, w, "X-Forwarded-For", "203.0.113.1")
		s.admin = w.signIn(t, "admin@example.org")
		for range requests {
			got, err := w.try(s.who, "GET /users/me", "")
			require.NoError(t, err)
			if got.status != http.StatusOK {
				break
			}
		}
		n := 0
		s.over(t, 429, func(op *contract.Operation) bool { return op.ID != "openSocket" }, func(t *testing.T, op *contract.Operation) {
			n++
			s.exhaust(t, op, fmt.Sprint("203.0.113.", 10+n))
		})
	})
	t.Run("headers count down", func(t *testing.T) {
		t.Parallel()
		ada := w.join(t, "Ada", "X-Forwarded-For", "203.0.113.2")
		// At once: what was taken comes free again by the tenth of a second.
		const asked = 30
		answers := make(chan answer, asked)
		for range asked {
			go func() {
				got, _ := w.try(ada, "GET /users/me", "")
				answers <- got
			}()
		}
		least := requests
		for range asked {
			got := <-answers
			require.Equal(t, http.StatusOK, got.status)
			require.Equal(t, strconv.Itoa(requests), got.head.Get("X-RateLimit-Limit"))
			now, err := strconv.Atoi(got.head.Get("X-RateLimit-Remaining"))
			require.NoError(t, err)
			least = min(least, now)
			reset, err := strconv.Atoi(got.head.Get("X-RateLimit-Reset"))
			require.NoError(t, err)
			require.Positive(t, reset)
		}
		require.Less(t, least, requests-asked/2)
	})
	t.Run("ten passwords a minute for an account", func(t *testing.T) {
		t.Parallel()
		ada := w.join(t, "Ada", "X-Forwarded-For", "203.0.113.3")
		try := func(from, password string) int {
			return w.ask(t, nil, "POST /auth/login", object("email", ada.email, "password", password), "X-Forwarded-For", from).status
		}
		require.GreaterOrEqual(t, untilEnough(t, 401, func() int { return try("203.0.113.4", "wrong horse battery") }), 10)
		require.Equal(t, 429, try("203.0.113.4", password), "the right one does not help now")
		require.Equal(t, 200, try("203.0.113.5", password), "its owner, elsewhere, is not locked out")
	})
	t.Run("a block of addresses is one", func(t *testing.T) {
		t.Parallel()
		status := func(from string) int {
			return w.ask(t, nil, "POST /auth/register", object("email", "x", "password", "x", "name", "x"), "X-Forwarded-For", from).status
		}
		host := 0
		require.GreaterOrEqual(t, untilEnough(t, 400, func() int { host++; return status(fmt.Sprintf("2001:db8:0:7::%x", host)) }), 10)
		require.Equal(t, 429, status("2001:db8:0:7:ffff::1"))
		require.Equal(t, 400, status("2001:db8:0:8::1"))
	})
	t.Run("a proxy that is trusted is believed", func(t *testing.T) {
		t.Parallel()
		ada := w.join(t, "Ada", "X-Forwarded-For", "198.51.100.9, 203.0.113.6")
		require.Contains(t, w.want(t, 200, ada, "GET /auth/sessions", "").body, `"ip":"203.0.113.6"`, "the rightmost that is no proxy")
		got := w.want(t, 200, ada, "GET /users/me", "", "X-Request-ID", "edge-1")
		require.Equal(t, "edge-1", got.head.Get("X-Request-ID"))
		got = w.want(t, 200, ada, "GET /users/me", "", "X-Request-ID", "bad id\t")
		require.Len(t, got.head.Get("X-Request-ID"), 36)
	})
}

// untilEnough tries until it is too often, and counts the tries before that: on
// a slow machine some come free again meanwhile.
func untilEnough(t *testing.T, status int, try func() int) int {
	t.Helper()
	for n := range 100 {
		got := try()
		if got == http.StatusTooManyRequests {
			return n
		}
		require.Equal(t, status, got)
	}
	t.Fatal("it was never enough")
	return 0
}

// exhaust asks for one thing until it is enough.
func (s *sweep) exhaust(t *testing.T, op *contract.Operation, from string) {
	t.Helper()
	var who *person
	if op.Secured {
		who = s.may(op)
	}
	limited := make(chan answer, 8)
	for range cap(limited) {
		// Several at once: a slow machine must not ask more slowly than a bucket fills.
		go func() {
			var got answer
			var err error
			for n := 0; n < 700 && err == nil && got.status != http.StatusTooManyRequests; n++ {
				got, err = s.try(who, s.call(op), s.body(op), "X-Forwarded-For", from)
			}
			limited <- got
		}()
	}
	for range cap(limited) {
		got := <-limited
		require.Equal(t, http.StatusTooManyRequests, got.status, "it was never enough")
		require.Equal(t, "rate_limited", got.text(t, "error", "code"))
		require.NotEmpty(t, got.head.Get("X-RateLimit-Remaining"))
		require.NotEqual(t, "0", got.head.Get("Retry-After"))
	}
}
