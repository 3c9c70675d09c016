package licence_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/licence"
)

var update = flag.Bool("update", false, "write works.json anew")

// named are files that licences are in, and notices that go along with them.
var named = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense|notice)([.-].*)?$`)

// TestWorks holds the list to what is linked and vendored.
func TestWorks(t *testing.T) {
	t.Parallel()
	list := append(modules(t), vendored(t)...)
	list = append(list, work(t, "Go", "", filepath.Join(runtime.GOROOT(), "LICENSE"))) //nolint:staticcheck // the tests run where Go is
	slices.SortFunc(list, func(a, b licence.Work) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	require.NoError(t, encoder.Encode(list))
	if *update {
		require.NoError(t, os.WriteFile("works.json", want.Bytes(), 0o600))
		return
	}
	got, err := os.ReadFile("works.json")
	require.NoError(t, err)
	require.Equal(t, want.String(), string(got), "the list of licences is stale: make generate")
	embedded, err := licence.Works()
	require.NoError(t, err)
	require.Equal(t, list, embedded)
}

// modules are those that the program for Linux is linked from.
func modules(t *testing.T) (list []licence.Work) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}`, "../..")
	command.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=")
	out, err := command.Output()
	require.NoError(t, err)
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || seen[fields[0]] {
			continue
		}
		seen[fields[0]] = true
		entries, err := os.ReadDir(fields[2])
		require.NoError(t, err)
		var files []string
		for _, entry := range entries {
			if !entry.IsDir() && named.MatchString(entry.Name()) {
				files = append(files, filepath.Join(fields[2], entry.Name()))
			}
		}
		require.NotEmpty(t, files, "%s has no licence", fields[0])
		list = append(list, work(t, fields[0], fields[1], files...))
	}
	require.NotEmpty(t, list)
	return list
}

// vendored are files of others in the source, each with its licence beside it.
func vendored(t *testing.T) (list []licence.Work) {
	t.Helper()
	files, err := filepath.Glob("../../public/vendor/*.LICENSE")
	require.NoError(t, err)
	for _, file := range append(files, "../rule/passwords.LICENSE.txt") {
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		list = append(list, work(t, name+" (in this program's files)", "", file))
	}
	return list
}

func work(t *testing.T, name, version string, files ...string) licence.Work {
	t.Helper()
	var texts []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		texts = append(texts, strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
	}
	w := licence.Work{Name: name, Version: version, Text: strings.Join(texts, "\n\n")}
	w.ID = licence.Recognize(w.Text)
	require.NotEmpty(t, w.ID, "%s: which licence is this?\n%s", name, w.Text)
	return w
}

func TestRecognize(t *testing.T) {
	t.Parallel()
	require.Equal(t, "MIT", licence.Recognize("x\nPermission is hereby\n granted, free of charge, to any"))
	require.Equal(t, "Apache-2.0", licence.Recognize("Apache License\n   Version 2.0, January 2004"))
	require.Empty(t, licence.Recognize("All rights reserved."))
}
