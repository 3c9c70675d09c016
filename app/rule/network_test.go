package rule_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/rule"
)

func TestNetwork(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "": "", "no address": "no address",
	} {
		require.Equal(t, want, rule.Network(ip), ip)
	}
}
