package database

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// stopSignal is how PostgreSQL is asked to end.
type stopSignal = syscall.Signal

const (
	// fastStop ends sessions and writes a checkpoint.
	fastStop = syscall.SIGINT
	// quickStop ends at once; the next start recovers.
	quickStop = syscall.SIGQUIT
)

// child is a process that this one started.
type child struct {
	pid     int
	process *os.Process
	done    chan struct{}
	// err is how it ended; valid once done is closed.
	err error
}

// spawn starts a process. The kernel sends Pdeathsig when the thread that
// started a child ends, so the thread is locked and waits for it.
func spawn(cmd *exec.Cmd) (*child, error) {
	c := &child{done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(c.done)
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		c.pid, c.process = cmd.Process.Pid, cmd.Process
		started <- nil
		c.err = cmd.Wait()
	}()
	if err := <-started; err != nil {
		<-c.done
		return nil, err
	}
	return c, nil
}

// signal signals it; one that has ended needs none.
func (c *child) signal(sig stopSignal) error {
	if err := c.process.Signal(sig); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// command prepares one of PostgreSQL's programs.
func (p place) command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...) //nolint:gosec,noctx // found by find; ended by signals of its own
	// The folder we are in may be closed to the account.
	cmd.Dir = p.root
	cmd.Env = environment()
	return cmd
}

// run runs a program to its end and returns what it said. When the context
// ends, it and its children are killed.
func (p place) run(ctx context.Context, path string, args ...string) (string, error) {
	cmd := p.command(path, args...)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = attributes(p.account, syscall.SIGKILL)
	cmd.WaitDelay = 2 * time.Second
	c, err := spawn(cmd)
	if err != nil {
		return "", err
	}
	select {
	case <-c.done:
		return said.String(), c.err
	case <-ctx.Done():
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
		<-c.done
		return said.String(), context.Cause(ctx)
	}
}

// environment is what PostgreSQL's programs get to see: nothing that changes
// where they connect or what language they speak.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		switch name {
		case "PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH":
			env = append(env, pair)
		}
	}
	return env
}
