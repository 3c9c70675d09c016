package logbook

import (
	"regexp"
	"strings"

	"github.com/quillium/quillium/app"
)

// hidden stands for what looks like a secret.
const hidden = "(hidden)"

// entry is a line that is kept.
type entry struct{ app.LogEntry }

// overhead is about what an entry costs besides its texts.
const overhead = 300

func (e entry) size() int {
	size := overhead + len(e.Message) + len(e.Route) + len(e.RequestID) + len(e.UserID)
	for name, value := range e.Details {
		size += len(name) + len(value) + 48
	}
	return size
}

// credentials are passwords in addresses, and bearer tokens and signed ones
// wherever they stand.
var credentials = regexp.MustCompile(`(?i)(://[^:/\s@]*:)[^@\s]+(@)|(bearer )[A-Za-z0-9._~+/=-]+|()eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9._-]+`)

// hide takes secrets out of texts.
func (e *entry) hide(known *strings.Replacer) {
	clean := func(said string) string {
		said = known.Replace(said)
		// The expression is slow, and most lines have nothing for it.
		if !strings.Contains(said, "://") && !strings.Contains(said, "eyJ") && !strings.Contains(strings.ToLower(said), "bearer") {
			return said
		}
		return credentials.ReplaceAllString(said, "${1}${3}"+hidden+"${2}")
	}
	e.Message, e.Route = clean(e.Message), clean(e.Route)
	for name, value := range e.Details {
		e.Details[name] = clean(value)
	}
}

// isSecret tells whether an attribute of this name is one that nobody should
// have logged.
func isSecret(name string) bool {
	name = strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
	for _, sign := range []string{"password", "secret", "token", "authorization", "cookie", "api_key", "apikey", "private_key", "encryption_key"} {
		if strings.Contains(name, sign) {
			// Counts of tokens are figures of models.
			return !strings.HasSuffix(name, "_tokens") && name != "tokens"
		}
	}
	return false
}

// pile is entries, oldest first, of at most so many bytes.
type pile struct {
	most    int
	entries []entry
	size    int
}

func (p *pile) fits(e entry) bool { return p.size+e.size() <= p.most }

// push adds one; the oldest go where there is no room.
func (p *pile) push(e entry) {
	p.entries = append(p.entries, e)
	p.size += e.size()
	gone := 0
	for p.size > p.most && gone < len(p.entries)-1 {
		p.size -= p.entries[gone].size()
		p.entries[gone] = entry{}
		gone++
	}
	p.entries = p.entries[gone:]
}

// take empties the pile.
func (p *pile) take() []entry {
	taken := p.entries
	p.entries, p.size = nil, 0
	return taken
}
