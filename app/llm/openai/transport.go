package openai

import (
	"context"
	"net"
	"net/http"
	"time"
)

// What an endpoint may cost us.
const (
	maxHeaderBytes = 32 << 10
	maxLineBytes   = 1 << 20
	maxListBytes   = 1 << 20
	maxErrorBytes  = 64 << 10
	maxLoggedBytes = 2 << 10
)

// newHTTPClient follows no redirects (the key would go along), takes no proxy
// from the environment (the dialled address would be the proxy's) and asks
// for no compression (a line's bound would count the wrong bytes). HTTP/1.1
// only: ending an answer then ends its connection, which every endpoint sees.
func newHTTPClient() *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: controlDial}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    10 * time.Second,
			MaxResponseHeaderBytes: maxHeaderBytes,
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        30 * time.Second,
			DisableCompression:     true,
			Protocols:              protocols,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// watch ends a context when the endpoint lets us wait. It is armed while we
// read and not while the reader of the answer is slow.
type watch struct {
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// newWatch makes a watch that is not armed, and the context it ends with why.
func newWatch(ctx context.Context, why error) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(time.Hour, func() { cancel(why) })
	timer.Stop()
	return ctx, &watch{timer: timer, cancel: cancel}
}

func (w *watch) arm(patience time.Duration) { w.timer.Reset(patience) }
func (w *watch) disarm()                    { w.timer.Stop() }

func (w *watch) close() {
	w.timer.Stop()
	w.cancel(nil)
}
