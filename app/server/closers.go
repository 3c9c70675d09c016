package server

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// closers are what has to be taken down again, newest first.
type closers struct {
	log   *slog.Logger
	steps []closer
}

type closer struct {
	name string
	run  func(ctx context.Context) error
}

// later remembers how to take down what was just built.
func (c *closers) later(name string, run func(ctx context.Context) error) {
	c.steps = append(c.steps, closer{name, run})
}

// closeAll takes everything down from the top; each step has its time, and one
// that fails does not keep the others. The first error is returned.
func (c *closers) closeAll() (first error) {
	const each = 20 * time.Second
	for i := len(c.steps) - 1; i >= 0; i-- {
		step := c.steps[i]
		ctx, cancel := context.WithTimeout(context.Background(), each)
		if err := step.run(ctx); err != nil {
			err = fmt.Errorf("closing the %s: %w", step.name, err)
			c.log.Error("shutdown", "error", err.Error())
			if first == nil {
				first = err
			}
		}
		cancel()
	}
	c.steps = nil
	return first
}

// loop runs something in the background until it is taken down, and waits for
// it to end.
func (c *closers) loop(name string, run func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(ctx)
	}()
	c.later(name, func(until context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-until.Done():
			return until.Err()
		}
	})
}
