package logbook

import (
	"context"
	"errors"
	"log/slog"
	"strings"
)

// handler passes records on to the log, and keeps them.
type handler struct {
	book *Book
	next slog.Handler
	// said are the attributes of the logger, prefix what its groups put before
	// names.
	said   []slog.Attr
	prefix string
}

var _ slog.Handler = (*handler)(nil)

// Enabled is slog.Handler: what the log leaves out may be kept all the same.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= kept || h.next.Enabled(ctx, level)
}

// Handle is slog.Handler.
func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	var err error
	if h.next.Enabled(ctx, record.Level) {
		err = h.next.Handle(ctx, record)
	}
	if record.Level >= kept {
		attrs := h.said
		record.Attrs(func(a slog.Attr) bool {
			attrs = append(attrs[:len(attrs):len(attrs)], prefixed(h.prefix, a))
			return true
		})
		h.book.keep(record, attrs)
	}
	return err
}

// WithAttrs is slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	more := *h
	more.next = h.next.WithAttrs(attrs)
	more.said = h.said[:len(h.said):len(h.said)]
	for _, a := range attrs {
		more.said = append(more.said, prefixed(h.prefix, a))
	}
	return &more
}

// WithGroup is slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	more := *h
	more.next, more.prefix = h.next.WithGroup(name), h.prefix+name+"."
	return &more
}

func prefixed(prefix string, a slog.Attr) slog.Attr {
	a.Key = prefix + a.Key
	return a
}

// text is a value as it is kept. One that panics must not end the program.
func text(value slog.Value) (said string) {
	defer func() {
		if recover() != nil {
			said = "(cannot be shown)"
		}
	}()
	value = value.Resolve()
	if err, is := value.Any().(error); is && value.Kind() == slog.KindAny && err != nil {
		return err.Error()
	}
	return value.String()
}

// flatten puts the members of groups beside the others.
func flatten(attrs []slog.Attr) (flat []slog.Attr) {
	for _, a := range attrs {
		if a.Value.Kind() != slog.KindGroup {
			flat = append(flat, a)
			continue
		}
		prefix := a.Key
		if prefix != "" {
			prefix += "."
		}
		for _, inner := range flatten(a.Value.Group()) {
			flat = append(flat, prefixed(prefix, inner))
		}
	}
	return flat
}

// levelName is how a level is told.
func levelName(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "error"
	case level >= slog.LevelWarn:
		return "warn"
	case level >= slog.LevelInfo:
		return "info"
	}
	return "debug"
}

// ParseLevel reads debug, info, warn or error.
func ParseLevel(name string) (slog.Level, error) {
	var level slog.Level
	if name != strings.ToLower(name) || level.UnmarshalText([]byte(name)) != nil || levelName(level) != name {
		return level, errors.New("the level is debug, info, warn or error")
	}
	return level, nil
}
