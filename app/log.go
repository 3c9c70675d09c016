package app

import "time"

// LogEntry is one line of the log of a node. Level is debug, info, warn or
// error.
type LogEntry struct {
	ID        string            `json:"id"`
	At        time.Time         `json:"at"`
	Level     string            `json:"level"`
	Node      NodeID            `json:"node"`
	Message   string            `json:"message"`
	RequestID string            `json:"request_id"`
	UserID    string            `json:"user_id"`
	Route     string            `json:"route"`
	Details   map[string]string `json:"details"`
}

// LogStep is how many lines there were in a piece of time, by level.
type LogStep struct {
	At     time.Time `json:"at"`
	Infos  int       `json:"infos"`
	Warns  int       `json:"warnings"`
	Errors int       `json:"errors"`
}
