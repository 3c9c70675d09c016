package server

import (
	"io"
	"log/slog"
	"strings"
)

// NewLog makes the logger of a level (debug, info, warn, error) and a format
// (text, json), as app/config has checked them.
func NewLog(to io.Writer, level, format string) *slog.Logger {
	var at slog.Level
	_ = at.UnmarshalText([]byte(strings.ToUpper(level))) // config.Validate has seen it; info otherwise
	options := &slog.HandlerOptions{Level: at}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(to, options))
	}
	return slog.New(slog.NewTextHandler(to, options))
}
