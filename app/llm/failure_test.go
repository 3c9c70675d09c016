package llm_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

func TestFailure(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial tcp 10.0.0.7: sk-secret")
	for name, want := range map[string]struct {
		err  error
		code app.Code
		says string
	}{
		"an endpoint that is not there":        {llm.Unreachable(cause), app.CodeUnavailable, "cannot be reached"},
		"a fault of the endpoint":              {llm.Broken(cause), app.CodeUnavailable, "fault of its own"},
		"an address that may not be asked":     {llm.BadAddress(cause), app.CodeUnavailable, "may not be used"},
		"a redirect":                           {llm.Elsewhere(cause), app.CodeUnavailable, "another address"},
		"a refused key":                        {llm.RefusedKey(cause), app.CodeForbidden, "refused the key"},
		"an unknown model":                     {llm.UnknownModel(cause), app.CodeNotFound, "does not know this model"},
		"an address without chats":             {llm.NothingHere(cause), app.CodeNotFound, "/v1"},
		"an endpoint without a list":           {llm.NoList(cause), app.CodeNotFound, "no list"},
		"a conversation that is too long":      {llm.TooLong(cause), app.CodeTooLarge, "too long"},
		"an answer that is too long":           {llm.Cut(cause), app.CodeTooLarge, "continue"},
		"too many requests":                    {llm.RateLimited(cause, time.Second), app.CodeRateLimited, "Wait a little"},
		"a request that is not liked":          {llm.Rejected(cause), app.CodeInvalidInput, "did not accept"},
		"a filter":                             {llm.Withheld(cause), app.CodeForbidden, "withheld"},
		"a broken stream":                      {llm.BrokeOff(cause), app.CodeUnavailable, "broke off"},
		"nonsense":                             {llm.Garbled(cause), app.CodeUnavailable, "could not be understood"},
		"no word in time":                      {llm.TooSlow(cause), app.CodeUnavailable, "too long to answer"},
		"a deadline":                           {fmt.Errorf("x: %w", context.DeadlineExceeded), app.CodeUnavailable, "too long to answer"},
		"a cancelled context":                  {fmt.Errorf("x: %w", context.Canceled), app.CodeUnavailable, "broke off"},
		"something of ours":                    {cause, app.CodeInternal, "on this server"},
		"a domain error deep in another error": {fmt.Errorf("x: %w", llm.TooLong(cause)), app.CodeTooLarge, "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failure := llm.Failure(want.err)
			require.Equal(t, want.code, failure.Code)
			require.Contains(t, failure.Message, want.says)
			require.NotContains(t, failure.Message, "secret")
			require.Regexp(t, `^[A-Z].*\.$`, failure.Message)
		})
	}

	t.Run("the cause stays for the log, and the pause for the header", func(t *testing.T) {
		t.Parallel()
		limited := llm.RateLimited(cause, 3*time.Second)
		require.ErrorIs(t, limited, cause)
		require.Equal(t, 3*time.Second, limited.RetryAfter)
	})
}
