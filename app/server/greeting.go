package server

import (
	"context"
	"fmt"
	"time"
)

// greet tells people what they need to know, on standard output: a set-up link
// is a secret and has no place in a log.
func (s *Server) greet() error {
	// Not the context of the run: being told to stop meanwhile is no failure.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(s.options.Out, format+"\n", args...) }
	say("Quillium %s", s.options.Version)
	say("  data   %s", s.place)
	say("  open   %s", s.URL())
	for _, warning := range s.config.Warnings() {
		s.options.Log.Warn(warning)
	}
	needed, err := s.people.auth.NeedsSetup(ctx)
	if err != nil || !needed {
		return err
	}
	token, err := s.people.auth.MakeSetupLink(ctx)
	if err != nil {
		return sentence(err)
	}
	say("  set up %s/setup#%s", s.URL(), token)
	say("         This link makes you administrator. It is good for 30 minutes and once; `quillium setup-link` makes another.")
	return nil
}
