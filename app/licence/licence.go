// Package licence lists what is shipped with this program and was made by
// others, each with the text of its licence. The list is made with the source,
// by make generate, and embedded. It imports the standard library only.
package licence

import (
	_ "embed"
	"encoding/json"
	"strings"
)

// Work is something that others made. Text is the whole of its licence, ID its
// short name as SPDX has it.
type Work struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	ID      string `json:"licence"`
	Text    string `json:"text"`
}

//go:embed works.json
var works []byte

// Works are all of them, by name.
func Works() ([]Work, error) {
	var list []Work
	err := json.Unmarshal(works, &list)
	return list, err
}

// Recognize tells the short name of a licence from its text; empty of one that
// is not known.
func Recognize(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for _, sign := range []struct{ id, says string }{
		{"Apache-2.0", "Apache License Version 2.0"},
		{"MPL-2.0", "Mozilla Public License"},
		{"ISC", "with or without fee is hereby granted, provided that the above copyright notice"},
		{"MIT", "Permission is hereby granted, free of charge"},
		{"BSD-3-Clause", "endorse or promote products"},
		{"BSD-2-Clause", "Redistributions in binary form must reproduce"},
		{"0BSD", "Permission to use, copy, modify, and/or distribute"},
		{"Unlicense", "This is free and unencumbered software released into the public domain"},
		{"CC0-1.0", "CC0 1.0 Universal"},
	} {
		if strings.Contains(text, sign.says) {
			return sign.id
		}
	}
	return ""
}
