package openai

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/quillium/quillium/app/llm"
)

// errNoEnd: the stream is over, and nothing had said that it would be.
var errNoEnd = errors.New("the stream ended without [DONE]")

// lines is the body of a stream of events (HTML, "Server-sent events") as
// go-openai shall see it. Its own reader takes lines of any length, waits
// for ever, keeps every comment in memory, takes an end of file for a good
// end and loses errors that are no object. So each line is read, bounded and
// timed here, and only whole data lines are handed on.
type lines struct {
	body    io.ReadCloser
	reader  *bufio.Reader
	watch   *watch
	between time.Duration

	begun   bool   // a line has come: from now on between counts
	torn    bool   // the last line has no end
	pending []byte // what go-openai has not read yet
	line    []byte // the line that is being put together
	// stray is the beginning of what came and is no event, for errors that
	// an endpoint sends with status 200.
	stray  []byte
	events int
}

func newLines(body io.ReadCloser, watch *watch, between time.Duration) *lines {
	return &lines{body: body, reader: bufio.NewReader(body), watch: watch, between: between}
}

// Read hands on data lines. Its error is errNoEnd, Garbled, or what the
// connection says.
func (l *lines) Read(p []byte) (int, error) {
	for len(l.pending) == 0 {
		line, err := l.next()
		if err != nil {
			return 0, err
		}
		if err := l.take(line); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.pending)
	l.pending = l.pending[n:]
	return n, nil
}

// Close ends the connection where the endpoint has not.
func (l *lines) Close() error { return l.body.Close() }

// next reads one line without its end.
func (l *lines) next() ([]byte, error) {
	if l.begun {
		l.watch.arm(l.between)
	}
	defer l.watch.disarm()
	l.line = l.line[:0]
	for {
		piece, err := l.reader.ReadSlice('\n')
		if len(l.line)+len(piece) > maxLineBytes {
			return nil, llm.Garbled(errors.New("a line of the stream is over 1 MiB"))
		}
		l.line = append(l.line, piece...)
		switch {
		case err == nil, errors.Is(err, io.EOF) && len(l.line) > 0:
			l.begun, l.torn = true, err != nil
			return bytes.TrimSpace(l.line), nil
		case errors.Is(err, io.EOF):
			return nil, errNoEnd
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// take keeps what go-openai is to see of a line.
func (l *lines) take(line []byte) error {
	data, isData := bytes.CutPrefix(line, []byte("data:"))
	if !isData {
		return l.leave(line)
	}
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return nil
	}
	if l.torn && string(data) != "[DONE]" && !json.Valid(data) {
		return errNoEnd
	}
	l.events++
	l.pending = append(l.pending[:0], "data: "...)
	if data[0] == '{' {
		// go-openai treats a line that begins with {"error": on its own, and
		// loses some. A space makes it hand on every one.
		l.pending = append(l.pending, "{ "...)
		data = data[1:]
	}
	l.pending = append(append(l.pending, data...), '\n')
	return nil
}

// leave drops comments and the fields nobody needs, and remembers the rest.
func (l *lines) leave(line []byte) error {
	for _, known := range []string{":", "event:", "id:", "retry:"} {
		if bytes.HasPrefix(line, []byte(known)) {
			return nil
		}
	}
	if len(l.stray)+len(line) > maxErrorBytes {
		return llm.Garbled(errors.New("the stream is none of events"))
	}
	l.stray = append(l.stray, line...)
	return nil
}
