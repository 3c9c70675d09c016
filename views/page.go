// Package views holds the pages, in templ. They take nouns and plain values,
// call nothing, and carry no inline script or style: the Content-Security-Policy
// forbids both. It may import app and templ.
package views

import "github.com/quillium/quillium/app"

// Face is how the instance shows itself now.
type Face struct {
	// Name is what it is called; Banner a line for everybody, or empty.
	Name, Banner string
	// Logo is the hash of a picture that stands beside the name, or empty.
	Logo string
	// Signups says who may make an account.
	Signups app.Signups
}

// Page is what every page needs to know.
type Page struct {
	Face
	// Title goes into the browser's tab, before the instance's name.
	Title string
	// Version is the program's.
	Version string
	// Assets is the URL that asset names are appended to, with its slash.
	Assets string
	// Icons is the sprite as markup, of our own making, put into the page so
	// that no policy stands between an icon and its use.
	Icons string
}

func (p Page) heading() string {
	if p.Title == "" {
		return p.Name
	}
	return p.Title + " · " + p.Name
}

// Entrance is what the pages before signing in need.
type Entrance struct {
	Page
	// NeedsSetup: there is no administrator yet.
	NeedsSetup bool
}

// Problem is what the error page tells.
type Problem struct {
	Page
	Status    int
	Message   string
	RequestID string
	// Log is where administrators read what was logged of the request; empty for
	// everybody else.
	Log string
}
