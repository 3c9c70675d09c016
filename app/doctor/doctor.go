// Package doctor looks at everything that a server needs, and says of each
// thing in one sentence how it is, and what to do where it is not well. It
// changes nothing, and no sentence holds a secret. It imports app and the
// standard library only; who can look into a database or ask a model is handed
// in.
package doctor

import "fmt"

// Mark is how something is.
type Mark string

const (
	// OK is well.
	OK Mark = "ok"
	// Warn works, and should be thought about.
	Warn Mark = "warn"
	// Fail does not work.
	Fail Mark = "fail"
)

// Finding is one thing that was looked at.
type Finding struct {
	// Check names what was looked at: one word or two.
	Check string `json:"check"`
	Mark  Mark   `json:"mark"`
	// Says is one sentence; Do is what to do about it, empty where all is well.
	Says string `json:"says"`
	Do   string `json:"do,omitempty"`
}

// Report is all that was found, in the order of looking.
type Report struct {
	Findings []Finding `json:"findings"`
}

// Failed tells whether anything does not work.
func (r *Report) Failed() bool {
	for _, finding := range r.Findings {
		if finding.Mark == Fail {
			return true
		}
	}
	return false
}

func (r *Report) ok(check, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{Check: check, Mark: OK, Says: fmt.Sprintf(format, args...)})
}

func (r *Report) warn(check, do, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{Check: check, Mark: Warn, Says: fmt.Sprintf(format, args...), Do: do})
}

func (r *Report) fail(check, do, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{Check: check, Mark: Fail, Says: fmt.Sprintf(format, args...), Do: do})
}
