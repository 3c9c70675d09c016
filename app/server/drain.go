package server

import (
	"context"
	"sync"
	"time"
)

// socketsDrain is over how long sockets are told to go, and socketsLeave how
// long the last of them have for it; requestsDrain is how long a request may
// still take.
const (
	socketsDrain  = 5 * time.Second
	socketsLeave  = time.Second
	requestsDrain = 5 * time.Second
)

// Close shuts the server down in an order in which nothing is lost: it is no
// longer ready and opens no sockets; sockets are told to come back elsewhere
// over a while; running answers may end for DRAIN_TIMEOUT and are interrupted
// then, with what came, and so may jobs, which are done again later; then requests, loops, the pool and the database of our
// own. It may be called more than once.
func (s *Server) Close() error {
	s.closing.Do(func() {
		s.health.become(stateDraining)
		s.drain()
		s.closed = s.closeAll()
	})
	return s.closed
}

func (s *Server) drain() {
	if s.queue == nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.config.DrainTimeout)
		defer cancel()
		s.rooms.answers.Drain(ctx)
	})
	both.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), socketsDrain+socketsLeave)
		defer cancel()
		s.rooms.hub.Drain(ctx, socketsDrain)
		s.untilGone(ctx)
	})
	both.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.config.DrainTimeout)
		defer cancel()
		s.stopJobs(ctx)
	})
	both.Wait()
}

// untilGone waits until the sockets that were told to go have gone: hanging up
// on them any sooner would swallow what they were told.
func (s *Server) untilGone(ctx context.Context) {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		if left, _ := s.rooms.hub.Count(); left == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
