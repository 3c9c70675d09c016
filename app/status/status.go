// Package status tells administrators whether everything is well, and what
// happens right now. It imports app and the standard library only.
package status

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/quillium/quillium/app"
)

// Node is a process of this instance. Alive nodes raised their beat lately.
type Node struct {
	ID        app.NodeID `json:"id"`
	Host      string     `json:"host"`
	Version   string     `json:"version"`
	StartedAt time.Time  `json:"started_at"`
	SeenAt    time.Time  `json:"seen_at"`
	Alive     bool       `json:"alive"`
	// Here: this node answers.
	Here bool `json:"here"`
	// Answers are those that run there.
	Answers int `json:"answers"`
}

// Figures are how much there is now, on all nodes.
type Figures struct {
	// Users are all accounts, Online those who are connected.
	Users  int `json:"users"`
	Online int `json:"online"`
	// Running are answers on their way, Waiting those whose turn has not come.
	Running int `json:"running"`
	Waiting int `json:"waiting"`
	// DatabaseBytes is the size of the database, DatabaseVersion what it is.
	DatabaseBytes   int64  `json:"database_bytes"`
	DatabaseVersion string `json:"database_version"`
}

// State of a check.
type State string

// The states: well, worth a look, wrong.
const (
	Well  State = "ok"
	Worth State = "warning"
	Wrong State = "error"
)

// Check is one thing that should be well: its name, its state, and a sentence
// that says what it is like or what to do.
type Check struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	Says  string `json:"says"`
}

// Overview is everything at a glance. Sockets are those of this node.
type Overview struct {
	Version string `json:"version"`
	Figures
	Sockets int     `json:"sockets"`
	Checks  []Check `json:"checks"`
	Nodes   []Node  `json:"nodes"`
}

// State is that of the worst check.
func (o Overview) State() State {
	state := Well
	for _, check := range o.Checks {
		if check.State == Wrong || check.State == Worth && state == Well {
			state = check.State
		}
	}
	return state
}

// Repository reads what all nodes share.
type Repository interface {
	// Now tells how much there is, and the nodes that were seen since a time,
	// the newest first, in one query.
	Now(ctx context.Context, since time.Time) (Figures, []Node, error)
	// Introduce stores what a node says of itself.
	Introduce(ctx context.Context, node app.NodeID, host, version string) error
}

// Checker looks at one thing. It asks no database.
type Checker func(ctx context.Context, actor app.Actor) Check

// Options are what only this node knows.
type Options struct {
	Node    app.NodeID
	Version string
	// Sockets counts those of this node.
	Sockets func() int
	Checks  []Checker
	Now     func() time.Time
}

const (
	// aliveFor is how old a beat may be: a few times as long as one takes.
	aliveFor = 10 * time.Second
	// rememberFor is how long a node is shown that went away.
	rememberFor = 24 * time.Hour
)

// Service tells whether everything is well.
type Service struct {
	shared  Repository
	options Options
}

// NewService makes one.
func NewService(shared Repository, options Options) *Service {
	return &Service{shared: shared, options: options}
}

// Overview looks at everything; forbidden to all but administrators. It costs
// one query.
func (s *Service) Overview(ctx context.Context, actor app.Actor) (Overview, error) {
	if actor.Role != app.RoleAdmin {
		return Overview{}, app.ErrForbidden
	}
	now := s.options.Now()
	figures, nodes, err := s.shared.Now(ctx, now.Add(-rememberFor))
	if err != nil {
		return Overview{}, err
	}
	for i := range nodes {
		nodes[i].Alive = now.Sub(nodes[i].SeenAt) < aliveFor
		nodes[i].Here = nodes[i].ID == s.options.Node
	}
	slices.SortStableFunc(nodes, aliveFirst)
	overview := Overview{
		Version: s.options.Version, Figures: figures, Sockets: s.options.Sockets(), Nodes: nodes,
		Checks: []Check{{Name: "Database", State: Well, Says: figures.DatabaseVersion + " answers."}},
	}
	for _, look := range s.options.Checks {
		overview.Checks = append(overview.Checks, look(ctx, actor))
	}
	overview.Checks = append(overview.Checks, sameVersion(nodes))
	return overview, nil
}

func aliveFirst(a, b Node) int {
	switch {
	case a.Alive == b.Alive:
		return 0
	case a.Alive:
		return -1
	}
	return 1
}

// sameVersion is worth a look while nodes of two versions run: in the middle of
// an upgrade that is as it should be, and afterwards not.
func sameVersion(nodes []Node) Check {
	check := Check{Name: "Nodes", State: Well}
	alive, versions := 0, map[string]bool{}
	for _, node := range nodes {
		if node.Alive {
			alive++
			versions[node.Version] = true
		}
	}
	switch {
	case len(versions) > 1:
		check.State, check.Says = Worth, "Nodes of different versions run. Bring all to one."
	case alive == 1:
		check.Says = "One node runs."
	default:
		check.Says = strconv.Itoa(alive) + " nodes run, all of one version."
	}
	return check
}
