package server

import (
	"io"
	"log/slog"

	"github.com/quillium/quillium/app/logbook"
)

// Level is a level that can be changed while the server runs: debug, info, warn
// or error, as app/config has checked it; info otherwise.
func Level(name string) *slog.LevelVar {
	level := new(slog.LevelVar)
	if at, err := logbook.ParseLevel(name); err == nil {
		level.Set(at)
	}
	return level
}

// NewLog makes the logger of a level and a format (text, json), as app/config
// has checked it.
func NewLog(to io.Writer, level slog.Leveler, format string) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(to, options))
	}
	return slog.New(slog.NewTextHandler(to, options))
}
