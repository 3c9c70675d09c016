package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/database"
	"github.com/quillium/quillium/migrations"
)

// OldestPostgreSQL is the oldest major version that Quillium works with.
const OldestPostgreSQL = database.OldestMajor

// SchemaVersion is the version of the database's schema that this program
// brings a database to.
func SchemaVersion() int64 { return migrations.Newest() }

// Healthcheck asks the server of this configuration, on this machine, whether
// it is ready, and fails with a sentence where it is not or nobody answers
// within 4 seconds.
func Healthcheck(ctx context.Context, c config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	address := localAddress(c)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("the server cannot be asked at %s: %w", address, err)
	}
	// No proxy of the environment: this is the same machine.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("nobody answers at %s; the server is not running", address)
	}
	defer func() { _ = response.Body.Close() }()
	var said struct{ Status string }
	_ = json.NewDecoder(io.LimitReader(response.Body, 4<<10)).Decode(&said) // the status code decides
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server at %s is not ready: %s", address, said.Status)
	}
	return nil
}

// localAddress is where the server listens, as this machine reaches it. Where
// nobody says a port, the one that runs in the data folder is meant.
func localAddress(c config.Config) string {
	host, port := c.Host, strconv.Itoa(c.Port)
	if found, ok := findServer(c.DataDir); ok && !c.Given("PORT") {
		host, port = found.listens.Addr().String(), strconv.Itoa(int(found.listens.Port()))
	}
	if address, err := netip.ParseAddr(host); err == nil && address.IsUnspecified() {
		host = "127.0.0.1"
		if address.Is6() {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port)
}
