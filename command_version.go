package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/server"
)

// version and commit are set by the linker; empty where go build made the
// program alone.
var version, commit string

func tellVersion(c *cobra.Command, _ []string) { _, _ = fmt.Fprint(c.OutOrStdout(), versionText()) }

// versionText says what the program is, what it was made from and with, and
// which schema of the database it brings.
func versionText() string {
	return fmt.Sprintf("Quillium %s\n  commit  %s\n  built   with %s for %s/%s\n  schema  %d of PostgreSQL %d or newer\n",
		programVersion(), programCommit(), runtime.Version(), runtime.GOOS, runtime.GOARCH, server.SchemaVersion(), server.OldestPostgreSQL)
}

// programVersion is what the linker was told, else what go build knows.
func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

// programCommit is what the linker was told, else what go build knows.
func programCommit() string {
	if commit != "" {
		return commit
	}
	found, changed := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			switch {
			case setting.Key == "vcs.revision":
				found = setting.Value
			case setting.Key == "vcs.modified" && setting.Value == "true":
				changed = ", changed since"
			}
		}
	}
	return found + changed
}

// healthcheck looks at host and port alone: whatever else is wrong with the
// configuration, the server says by itself.
func healthcheck(c *cobra.Command, _ []string) error {
	lookup, err := lookup()
	if err != nil {
		return err
	}
	settings, _ := config.Load(lookup)
	return server.Healthcheck(c.Context(), settings)
}
