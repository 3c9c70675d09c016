// Package docs is the handbook that people read, one Markdown page a file. It
// is embedded, so that the built-in guide can answer from it. It imports
// nothing but the standard library.
package docs

import (
	"embed"
	"io/fs"
)

//go:embed *.md
var pages embed.FS

// Files are the pages of the handbook, all in one folder, each with exactly
// one first heading. Decisions and other papers are not among them.
func Files() fs.FS { return pages }
