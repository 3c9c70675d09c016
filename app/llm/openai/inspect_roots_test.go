package openai

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestACertificateThatIsTrusted(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	i := &inspection{base: base, roots: x509.NewCertPool()}
	i.roots.AddCert(server.Certificate())
	require.True(t, i.reach(t.Context()))
	require.Equal(t, app.StepPassed, i.steps[2].State)
	require.Regexp(t, `^TLS 1\.3; the certificate is good until \d+ \w+ \d{4}\.$`, i.steps[2].Text)
}
