package main

import (
	"encoding/json"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/server"
)

func doctorCommand() *cobra.Command {
	c := &cobra.Command{Use: "doctor", Short: "Look at everything a server needs, and say what is wrong", Args: cobra.NoArgs, RunE: doctor}
	c.Flags().Bool("json", false, "print the findings as JSON")
	return c
}

// errIll ends the program with status 1; the findings have said why.
var errIll = errors.New("something does not work; see what is marked with fail")

func doctor(c *cobra.Command, _ []string) error {
	from, problem := lookup()
	if problem != nil {
		from = os.LookupEnv // a file that cannot be read is a finding
	}
	settings, wrong := config.Load(from)
	options := server.Options{Log: server.NewLog(c.ErrOrStderr(), server.Level("error"), "text"), Out: c.OutOrStdout(), Version: programVersion()}
	report := server.Doctor(c.Context(), settings, errors.Join(problem, wrong), options)
	if asJSON, _ := c.Flags().GetBool("json"); asJSON {
		encoder := json.NewEncoder(c.OutOrStdout())
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(report); err != nil {
			return err
		}
	} else {
		for _, finding := range report.Findings {
			say(c, "%-4s  %-14s  %s", finding.Mark, finding.Check, finding.Says)
			if finding.Do != "" {
				say(c, "%22s  %s", "", finding.Do)
			}
		}
	}
	if report.Failed() {
		return errIll
	}
	return nil
}
