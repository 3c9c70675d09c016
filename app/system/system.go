// Package system tells administrators what this instance is: how it is
// configured and by what, what its database holds, which nodes there are, and
// from which level on they log. It imports app, app/status and the standard
// library.
package system

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/status"
)

// Source is where the value of a variable comes from.
type Source string

// The sources.
const (
	FromDefault     Source = "default"
	FromEnvironment Source = "environment"
	FromFile        Source = "file"
	FromSetting     Source = "setting"
)

// Variable is one thing that an operator can choose. The value of a secret one
// is never told, only whether there is any.
type Variable struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Secret bool   `json:"secret"`
	Source Source `json:"source"`
}

// Migration is a step of the schema, and when it was taken.
type Migration struct {
	Version   int64     `json:"version"`
	Name      string    `json:"name"`
	AppliedAt time.Time `json:"applied_at"`
}

// Table is a table of the database. Rows is what PostgreSQL estimates.
type Table struct {
	Name       string `json:"name"`
	Rows       int64  `json:"rows"`
	Bytes      int64  `json:"bytes"`
	IndexBytes int64  `json:"index_bytes"`
}

// Connections are those to the database in one state, all of them of this
// instance or not.
type Connections struct {
	State string `json:"state"`
	Count int    `json:"count"`
}

// Database is what there is to know of it. Bytes is the size of all of it.
type Database struct {
	Version        string        `json:"version"`
	Bytes          int64         `json:"bytes"`
	MaxConnections int           `json:"max_connections"`
	Connections    []Connections `json:"connections"`
	Tables         []Table       `json:"tables"`
	Migrations     []Migration   `json:"migrations"`
	// Measured: it keeps what statements took.
	Measured bool `json:"statements_measured"`
}

// Statement is one that took long, without the values in it.
type Statement struct {
	Query   string  `json:"query"`
	Calls   int64   `json:"calls"`
	Rows    int64   `json:"rows"`
	MeanMS  float64 `json:"mean_ms"`
	TotalMS float64 `json:"total_ms"`
}

// Repository reads what the database knows of itself, a query each.
type Repository interface {
	Database(ctx context.Context) (Database, error)
	// Slowest lists the statements that took the longest in all; none where
	// they cannot be read.
	Slowest(ctx context.Context, limit int) ([]Statement, error)
}

// Overviewer knows which nodes there are.
type Overviewer interface {
	Overview(ctx context.Context, actor app.Actor) (status.Overview, error)
}

// Levels is the level of the log on all nodes.
type Levels interface {
	// Level is the one in force here.
	Level() string
	// SetLevel changes it on all nodes, and records who did.
	SetLevel(ctx context.Context, actor app.Actor, level string) error
}

// System is everything about an instance.
type System struct {
	Version       string        `json:"version"`
	GoVersion     string        `json:"go_version"`
	StartedAt     time.Time     `json:"started_at"`
	LogLevel      string        `json:"log_level"`
	Configuration []Variable    `json:"configuration"`
	Nodes         []status.Node `json:"nodes"`
	Database      Database      `json:"database"`
	Statements    []Statement   `json:"statements"`
}

// Options are what only this node knows.
type Options struct {
	Version, GoVersion string
	StartedAt          time.Time
	// Configuration is what is in force now.
	Configuration func(ctx context.Context) ([]Variable, error)
	Levels        Levels
}

// Service tells it.
type Service struct {
	database Repository
	nodes    Overviewer
	options  Options
}

// NewService makes one.
func NewService(database Repository, nodes Overviewer, options Options) *Service {
	return &Service{database: database, nodes: nodes, options: options}
}

// slowest is how many statements are told.
const slowest = 20

// Get tells everything, in three queries. Actors who are no administrators are
// forbidden.
func (s *Service) Get(ctx context.Context, actor app.Actor) (System, error) {
	if actor.Role != app.RoleAdmin {
		return System{}, app.ErrForbidden
	}
	system := System{
		Version: s.options.Version, GoVersion: s.options.GoVersion, StartedAt: s.options.StartedAt.UTC(), LogLevel: s.options.Levels.Level(), Statements: []Statement{},
	}
	overview, err := s.nodes.Overview(ctx, actor)
	if err != nil {
		return System{}, err
	}
	system.Nodes = overview.Nodes
	if system.Configuration, err = s.options.Configuration(ctx); err != nil {
		return System{}, err
	}
	if system.Database, err = s.database.Database(ctx); err != nil {
		return System{}, err
	}
	if system.Database.Measured {
		system.Statements, err = s.database.Slowest(ctx, slowest)
	}
	return system, err
}

// SetLogLevel changes from which level on all nodes log: debug, info, warn or
// error, else invalid_input.
func (s *Service) SetLogLevel(ctx context.Context, actor app.Actor, level string) error {
	if actor.Role != app.RoleAdmin {
		return app.ErrForbidden
	}
	switch level {
	case "debug", "info", "warn", "error":
		return s.options.Levels.SetLevel(ctx, actor, level)
	}
	return app.Invalid("level", "debug, info, warn or error")
}
