package server_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// row is one line of an API table: who asks for what, and what comes back.
// {names} in call and body stand for what the scene holds under them.
type row struct {
	name   string
	as     string
	call   string
	body   string
	head   []string
	status int
	// has and lacks are texts of the answer.
	has, lacks []string
	// keep holds the answer's id under this name for the rows below.
	keep string
}

// scene is where a table plays: people and names in one world.
type scene struct {
	*world
	people map[string]*person
	names  map[string]string
}

func newScene(w *world) *scene {
	return &scene{world: w, people: map[string]*person{}, names: map[string]string{}}
}

// cast signs up people, each under a name.
func (s *scene) cast(t *testing.T, names ...string) *scene {
	t.Helper()
	for _, name := range names {
		who := s.join(t, name)
		s.people[name] = who
		s.names[name], s.names[name+".email"], s.names[name+".refresh"] = who.id, who.email, who.refresh
	}
	return s
}

// play asks for each row in turn.
func (s *scene) play(t *testing.T, rows []row) {
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			who := s.people[r.as]
			require.True(t, r.as == "" || who != nil, "nobody here is called %s", r.as)
			head := make([]string, len(r.head))
			for i := range r.head {
				head[i] = s.fill(r.head[i])
			}
			got := s.want(t, r.status, who, s.fill(r.call), s.fill(r.body), head...)
			for _, text := range r.has {
				require.Contains(t, got.body, s.fill(text))
			}
			for _, text := range r.lacks {
				require.NotContains(t, got.body, s.fill(text))
			}
			if r.keep != "" {
				s.names[r.keep] = got.text(t, "id")
			}
		})
	}
}

func (s *scene) fill(text string) string {
	for name, value := range s.names {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}
