package server

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/logbook"
	"github.com/quillium/quillium/app/settings"
	"github.com/quillium/quillium/app/system"
	"github.com/quillium/quillium/repositories"
)

// buildSystem wires what tells what this instance is, and keeps the level of
// the log as it is set.
func (s *Server) buildSystem() {
	s.system = system.NewService(repositories.NewSystemRepository(s.db), s.status, system.Options{
		Version: s.options.Version, GoVersion: runtime.Version(), StartedAt: s.started, Configuration: s.configuration, Levels: levels{s},
	})
	s.people.settings.Follow(s.applyLevel)
}

// configuration is every variable with where it comes from; what the
// environment does not say, an administrator may have.
func (s *Server) configuration(context.Context) ([]system.Variable, error) {
	changed := map[string]string{}
	for _, value := range s.people.settings.All() {
		if value.Source == settings.SourceDatabase && value.Variable != "" {
			changed[value.Variable] = fmt.Sprint(value.Value)
		}
	}
	var list []system.Variable
	for _, e := range s.config.Entries(s.options.Environment) {
		variable := system.Variable{Name: e.Variable, Value: e.Value, Secret: e.Secret, Source: system.Source(e.Source)}
		if value, is := changed[e.Variable]; is {
			variable.Value, variable.Source = value, system.FromSetting
		}
		list = append(list, variable)
	}
	return list, nil
}

// levels is the level of the log, which is a setting.
type levels struct{ *Server }

var _ system.Levels = levels{}

// Level is system.Levels.
func (l levels) Level() string { return l.book.Level() }

// SetLevel is system.Levels.
func (l levels) SetLevel(ctx context.Context, actor app.Actor, level string) error {
	raw, err := json.Marshal(level)
	if err != nil {
		return fmt.Errorf("system: level: %w", err)
	}
	return l.people.settings.Set(ctx, actor, map[settings.Name]json.RawMessage{settings.LogLevel: raw})
}

// applyLevel makes the log as loud as it is set.
func (s *Server) applyLevel() {
	if level, err := logbook.ParseLevel(s.people.settings.Text(settings.LogLevel)); err == nil {
		s.book.SetLevel(level)
	}
}
