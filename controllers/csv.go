package controllers

import (
	"encoding/csv"
	"io"
	"strings"
)

// CSV writes lines that a spreadsheet reads as text: what would be a formula
// there gets a ' before it.
type CSV struct{ lines *csv.Writer }

// NewCSV writes to out.
func NewCSV(out io.Writer) *CSV { return &CSV{csv.NewWriter(out)} }

// Write writes one line (RFC 4180).
func (c *CSV) Write(cells ...string) error {
	for i, cell := range cells {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			cells[i] = "'" + cell
		}
	}
	if err := c.lines.Write(cells); err != nil {
		return err
	}
	c.lines.Flush()
	return c.lines.Error()
}
