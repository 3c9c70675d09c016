// Package logbook keeps what the log says where administrators can read it:
// info and above of this node in a bounded ring in memory, warnings and errors
// of every node in a store, for seven days. It is a slog.Handler around the one
// that writes the log, never holds up who logs, and drops and counts what it
// cannot keep. It imports app and the standard library only.
package logbook
