// Package server is the composition root: it knows every part of Quillium,
// builds them bottom-up and takes them down top-down. Nothing else wires
// anything. It may import every package of the program, and Prometheus.
package server

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/backup"
	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/job"
	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/app/logbook"
	"github.com/quillium/quillium/app/running"
	"github.com/quillium/quillium/app/settings"
	"github.com/quillium/quillium/app/status"
	"github.com/quillium/quillium/app/system"
	"github.com/quillium/quillium/app/usage"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/controllers/admin"
	"github.com/quillium/quillium/public"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/routes"
)

// Server is a running Quillium.
type Server struct {
	*base
	started  time.Time
	listener net.Listener
	gate     *routes.Gate
	health   *health
	served   chan error
	metrics  *metrics
	// metricsAt is where figures are served, or empty.
	metricsAt string
	// store is the random id of the database.
	store   string
	people  *people
	rooms   *rooms
	usage   *usage.Service
	queue   *repositories.JobQueue
	jobs    *job.Service
	backups *backup.Keeper
	node    app.NodeID
	status  *status.Service
	roster  *running.Roster
	book    *logbook.Book
	system  *system.Service
	logs    *logbook.Service
	running *running.Service
	closing sync.Once
	closed  error
}

// New listens, builds everything, and returns when requests are served. While
// it builds, health calls are answered already. Of a failure it leaves
// nothing behind. Close the server in the end.
func New(ctx context.Context, c config.Config, options Options) (*Server, error) {
	s := &Server{started: time.Now(), health: newHealth(), served: make(chan error, 1)}
	if options.Environment == nil {
		options.Environment = func(string) (string, bool) { return "", false }
	}
	s.openBook(&options, c.Secrets())
	front := &closers{log: options.Log}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	front.later("requests", func(context.Context) error { end(); return nil })
	if err := s.listen(life, front, c, options); err != nil {
		return nil, errors.Join(err, front.closeAll())
	}
	b, err := openBase(ctx, c, options, toServe)
	if err != nil {
		return nil, errors.Join(err, front.closeAll())
	}
	s.base = b
	if err := s.build(ctx, life); err != nil {
		_ = s.closeAll()
		return nil, errors.Join(err, front.closeAll())
	}
	// The front was built first and has to go first: nobody may ask what is
	// being taken down.
	s.steps = append(s.steps, front.steps...)
	return s, nil
}

// listen opens the port and answers health calls from now on.
func (s *Server) listen(life context.Context, front *closers, c config.Config, options Options) error {
	listener, err := (&net.ListenConfig{}).Listen(life, "tcp", c.Address())
	if err != nil {
		return noListener(c.Address(), "HOST", "PORT", err)
	}
	s.listener = listener
	s.metrics = newMetrics()
	health := controllers.NewHealthController(s.health, options.Version, s.started)
	s.gate = routes.NewGate(routes.NewFront(life, s.webOptions(c, options), health), listener)
	go func() { s.served <- s.gate.Serve() }()
	front.later("listener", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, requestsDrain)
		defer cancel()
		return s.gate.Shutdown(ctx)
	})
	return nil
}

// webOptions is what all routes need that is known before anything is built.
func (s *Server) webOptions(c config.Config, options Options) routes.Options {
	return routes.Options{
		Log: options.Log, PublicURL: c.PublicURL, AllowedOrigins: c.CORSAllowedOrigins, TrustedProxies: c.TrustedProxies,
		MaxBody: maxBody(c.MaxMessageBytes), Limiter: limit.New(c.RateLimit), Draining: s.health.draining, Observe: s.metrics.observe,
	}
}

// maxBody is what the largest message may need, each byte of it written as
// \u00xx, and a system prompt besides.
func maxBody(message int) int {
	const escaped, frame, prompt = 6, 4 << 10, 32 << 10
	return escaped*max(message, prompt) + frame
}

// build is everything above the database.
func (s *Server) build(ctx, life context.Context) error {
	s.health.watch(s.db)
	web := s.webOptions(s.config, s.options)
	if err := s.buildServices(ctx, web.Limiter); err != nil {
		return err
	}
	if err := s.buildStatus(ctx); err != nil {
		return err
	}
	s.buildSystem()
	files, err := public.New()
	if err != nil {
		return err
	}
	pages := controllers.NewPageController(files, s.pageOptions())
	console := admin.NewConsole(s.people.auth, pages, s.cookies(), s.keys.form)
	web.Keys, web.Sessions, web.Console, web.RenderError = s.keys.signer.KeyFunc, s.people.auth, console, pages.RenderError
	table := routes.Table(s.handlers(pages, console, web.Limiter))
	if err := s.startMetrics(ctx); err != nil {
		return err
	}
	remove, err := whereabouts{url: s.URL(), listens: s.Addr()}.tell(s.config.DataDir)
	if err != nil {
		return err
	}
	s.later("address", remove)
	s.gate.Open(routes.New(life, web, table), s.keys.signer.KeyFunc, func() int { return maxBody(s.setting(settings.MaxMessageBytes)) })
	s.health.become(stateReady)
	return nil
}

// Addr is where the server listens, with the port it got.
func (s *Server) Addr() netip.AddrPort {
	at, _ := netip.ParseAddrPort(s.listener.Addr().String())
	return at
}

// URL is where people find the server.
func (s *Server) URL() string { return publicURL(s.config, int(s.Addr().Port())) }

// Run says where the server is, and returns when the context ends or serving
// fails; by then everything is closed.
func (s *Server) Run(ctx context.Context) error {
	if err := s.greet(); err != nil {
		return errors.Join(err, s.Close())
	}
	var failed error
	select {
	case <-ctx.Done():
		s.options.Log.Info("shutting down")
	case <-s.exited:
		failed = errDatabaseEnded
	case failed = <-s.served:
		if failed == nil {
			failed = errors.New("the listener was closed")
		}
	}
	return errors.Join(failed, s.Close())
}
