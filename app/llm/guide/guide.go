// Package guide is the model that comes with Quillium: a help desk that looks
// a question up in the handbook and quotes the passage that fits best. It is
// no language model and says so. It needs no network, no key and no settings.
//
// It imports app, app/llm and the standard library; the handbook is handed in.
package guide

import (
	"context"
	"io/fs"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// defaultPace is the pause before each word: quick, and still to be seen.
const defaultPace = 12 * time.Millisecond

// Guide answers from an index that it keeps in memory. It never changes after
// New and is safe for concurrent use.
type Guide struct {
	index *index
	pace  time.Duration
	// address is where a page is read, or a heading of it; nil is nowhere.
	address func(page, heading string) string
}

var _ llm.Provider = (*Guide)(nil)

// Option changes how a Guide behaves.
type Option func(*Guide)

// WithPace sets the pause before each word. Zero or less streams without any.
func WithPace(pause time.Duration) Option {
	return func(g *Guide) { g.pace = pause }
}

// WithAddress says where people read a page of the handbook, by the name of its
// file without .md, and a heading on it (empty for all of it): the guide then
// links to what it quotes.
func WithAddress(address func(page, heading string) string) Option {
	return func(g *Guide) { g.address = address }
}

// New reads the Markdown pages at the top of a file system and builds the
// index over them. It fails where a page cannot be read, where there is none,
// and where all together are larger than a handbook may be (1 MiB).
func New(pages fs.FS, options ...Option) (*Guide, error) {
	sections, err := readHandbook(pages)
	if err != nil {
		return nil, err
	}
	guide := &Guide{index: newIndex(sections), pace: defaultPace}
	for _, option := range options {
		option(guide)
	}
	return guide, nil
}

// Stream answers the last question of the request, word by word. The same
// question has the same answer, so that an answer which broke off is taken up
// exactly where its text ends. No usage is reported: nothing is counted. The
// only errors are those of the context and of emit.
func (g *Guide) Stream(ctx context.Context, request llm.Request, emit func(llm.Delta) error) error {
	question, prefix := questionOf(request)
	text := rest(g.Answer(question), prefix)
	if request.MaxTokens > 0 {
		text = cut(text, request.MaxTokens*bytesPerToken)
	}
	for _, piece := range pieces(text) {
		if err := wait(ctx, g.pace); err != nil {
			return err
		}
		if err := emit(llm.Delta{Part: app.PartContent, Text: piece}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Answer is the whole answer to a question, as Markdown.
func (g *Guide) Answer(question string) string {
	question = withoutMentions(question)
	if talk := smallTalk(question); talk != "" {
		return talk
	}
	query, found := g.find(question)
	if len(found) == 0 || found[0].score < g.index.sure(query) {
		return nothingFound
	}
	return g.quote(query, found)
}

// find looks up the question and, where it may begin with the name of who
// asked ("Ada: "), also without it; the better one counts.
func (g *Guide) find(question string) ([]term, []hit) {
	query := g.index.read(question)
	found := g.index.search(query)
	said := withoutName(question)
	if said == question {
		return query, found
	}
	query2 := g.index.read(said)
	found2 := g.index.search(query2)
	if len(found2) > 0 && (len(found) == 0 || found2[0].score > found[0].score) {
		return query2, found2
	}
	return query, found
}
