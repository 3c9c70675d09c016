package database

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/quillium/quillium/app"
)

const (
	// stopPatience is how long PostgreSQL may take to end in order.
	stopPatience = 15 * time.Second
	// quickPatience is how long it may take to end at once.
	quickPatience = 10 * time.Second
)

// Stop ends PostgreSQL: in order for 15 s or as long as the context lives, then
// at once. Close the pool first. Where another process owns the server, it goes
// on running. Calling it again does nothing. A server that does not end is an
// unavailable error.
func (s *Server) Stop(ctx context.Context) error {
	defer s.unwatch()
	if s.release == nil {
		return nil
	}
	release := s.release
	s.release = nil
	defer release()
	return s.end(ctx)
}

func (s *Server) end(ctx context.Context) error {
	orderly, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	ended, err := s.ask(orderly, fastStop)
	if err == nil && !ended {
		s.log.Warn("database: PostgreSQL did not stop in time and is told to end at once", "pid", s.pid)
		quick, cancelQuick := context.WithTimeout(context.WithoutCancel(ctx), quickPatience)
		defer cancelQuick()
		ended, err = s.ask(quick, quickStop)
	}
	switch {
	case err != nil:
		return fmt.Errorf("database: stop: %w", err)
	case !ended:
		return app.Errorf(app.CodeUnavailable, "PostgreSQL, pid %d, does not stop.", s.pid)
	}
	s.place.forgetSocket(s.socket)
	return nil
}

// ask signals the postmaster and waits for its end.
func (s *Server) ask(ctx context.Context, sig stopSignal) (bool, error) {
	if err := s.signal(sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return false, err
	}
	select {
	case <-s.exited:
		return true, nil
	case <-ctx.Done():
		return false, nil
	}
}
