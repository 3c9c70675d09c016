package server

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"time"

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
	s.loop("log level", s.followLevel)
}

// configuration is every variable with where it comes from; a setting that an
// administrator changed is stronger than what it began with.
func (s *Server) configuration(ctx context.Context) ([]system.Variable, error) {
	values, err := s.people.settings.All(ctx)
	if err != nil {
		return nil, err
	}
	changed := map[string]string{}
	for _, value := range values {
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
	if err := l.people.settings.Set(ctx, actor, settings.LogLevel, raw); err != nil {
		return err
	}
	l.applyLevel(ctx)
	return nil
}

// levelEvery is how soon a level counts whose hint was lost.
const levelEvery = 5 * time.Second

// followLevel keeps the level as it is set, on whichever node it was.
func (s *Server) followLevel(ctx context.Context) {
	ticker := time.NewTicker(levelEvery)
	defer ticker.Stop()
	for {
		s.applyLevel(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.levelSet:
		}
	}
}

// applyLevel does nothing while the settings cannot be read: the level stays.
func (s *Server) applyLevel(ctx context.Context) {
	name, err := s.people.settings.Text(ctx, settings.LogLevel)
	if err != nil {
		return
	}
	if level, err := logbook.ParseLevel(name); err == nil {
		s.book.SetLevel(level)
	}
}

// settingChanged has what is remembered of settings forgotten, and wakes who
// follows one.
func (s *Server) settingChanged(string) {
	s.people.settings.Forget()
	select {
	case s.levelSet <- struct{}{}:
	default:
	}
}
