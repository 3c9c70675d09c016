package views

import (
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// Job is one piece of background work as the console shows it.
type Job struct {
	ID    int64
	Title string
	// State is a word of the API's; Says how far it is, or why it failed last.
	State, Says, Queue, Node           string
	Attempt, Attempts                  int
	CreatedAt, DueAt, StartedAt, EndAt time.Time
	Cancelling                         bool
	Faults                             []JobFault
	// MayRetry and MayCancel tell which buttons there are.
	MayRetry, MayCancel bool
}

// JobFault is why a try of a job failed.
type JobFault struct {
	At      time.Time
	Attempt int
	Message string
}

// JobQueue is how many jobs of a queue are in which state.
type JobQueue struct {
	Name   string
	Counts map[string]int64
}

// Jobs is the page about background work.
type Jobs struct {
	Frame
	// State is the one that is shown; empty is all.
	State  string
	States []string
	Queues []JobQueue
	Rows   []Job
	// Open is the one in the panel; Ask tells that it is to be cancelled.
	Open        *Job
	Ask         bool
	Refusal     Refusal
	Next, First string
}

// jobStates are the words for states, with the kind of their badge.
var jobStates = map[string]Badge{
	"running": {"good", "Running"}, "waiting": {"plain", "Waiting"}, "retrying": {"warn", "Trying again"},
	"failed": {"bad", "Failed"}, "cancelled": {"plain", "Cancelled"}, "done": {"good", "Done"},
}

func (j Job) badge() Badge {
	if j.Cancelling {
		return Badge{"warn", "Ending"}
	}
	return jobStates[j.State]
}

// when is the time that matters most in a state.
func (j Job) when() time.Time {
	switch {
	case !j.EndAt.IsZero():
		return j.EndAt
	case j.State == "running":
		return j.StartedAt
	}
	return j.DueAt
}

// count is how many jobs of all queues are in a state.
func (v Jobs) count(state string) int64 {
	sum := int64(0)
	for _, queue := range v.Queues {
		sum += queue.Counts[state]
	}
	return sum
}

// at is this page with another state or panel.
func (v Jobs) at(state string, id int64, more ...string) string {
	values := url.Values{}
	if state != "" {
		values.Set("state", state)
	}
	if id != 0 {
		values.Set("id", strconv.FormatInt(id, 10))
	}
	for i := 0; i+1 < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	if len(values) == 0 {
		return v.Path
	}
	return v.Path + "?" + values.Encode()
}

func (v Jobs) table() Table {
	t := Table{
		Caption: "Jobs", Next: v.Next, First: v.First,
		Columns: []Column{{Title: "Job"}, {Title: "State"}, {Title: "What it says"}, {Title: "Tries", Number: true}, {Title: "Queue"}, {Title: "Time"}},
		Empty:   Empty{Title: "No jobs here", Text: "Work that need not be done at once is shown here while it waits and runs, and for a while after."},
	}
	if v.State != "" {
		t.Empty = Empty{Title: "No job is in this state", Text: "That is as it should be, or look at all of them.", Action: "All jobs", Href: v.at("", 0)}
	}
	for _, j := range v.Rows {
		t.Rows = append(t.Rows, Row{
			Href: v.at(v.State, j.ID), Name: j.Title, Open: v.Open != nil && v.Open.ID == j.ID,
			Cells: []templ.Component{Text(j.Title), j.badge().Cell(), clipped(j.Says), Text(j.tries()), queueCell(j.Queue), Ago(j.when())},
		})
	}
	if len(v.Rows) > 0 {
		total := int64(0)
		for _, state := range v.States {
			if v.State == "" || v.State == state {
				total += v.count(state)
			}
		}
		t.Total = counted(total, "job", "jobs")
	}
	return t
}

func (j Job) tries() string { return strconv.Itoa(j.Attempt) + " of " + strconv.Itoa(j.Attempts) }

func (v Jobs) queueTable() Table {
	t := Table{Caption: "Jobs of each queue", Columns: []Column{{Title: "Queue"}}}
	for _, state := range v.States {
		t.Columns = append(t.Columns, Column{Title: jobStates[state].Word, Number: true})
	}
	for _, queue := range v.Queues {
		row := Row{Name: queue.Name, Cells: []templ.Component{queueCell(queue.Name)}}
		for _, state := range v.States {
			row.Cells = append(row.Cells, Number(queue.Counts[state]))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Empty = Empty{Title: "No queues yet", Text: "They are here with the first job."}
	return t
}

// counted is a number with its noun.
func counted(n int64, one, many string) string {
	if n == 1 {
		return Grouped(n) + " " + one
	}
	return Grouped(n) + " " + many
}

func (v Jobs) cancelling() Confirmation {
	return Confirmation{
		Title: "End this job?", Text: v.Open.Title + ": it is not tried again. What it did already stays done.",
		Action: "/admin/jobs/" + strconv.FormatInt(v.Open.ID, 10) + "/cancel", Verb: "End the job", Back: v.at(v.State, v.Open.ID), Refusal: v.Refusal,
		Hidden: []Hidden{{"state", v.State}},
	}
}
