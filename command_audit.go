package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/quillium/quillium/app/server"
)

// errTampered ends the program with status 2.
var errTampered = errors.New("the audit log is not as it should be")

func auditCommands() *cobra.Command {
	group := &cobra.Command{
		Use: "audit", Short: "Look after the audit log", Args: noOther,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	verify := &cobra.Command{Use: "verify", Short: "Check that nobody changed the audit log", Args: cobra.NoArgs, RunE: atDesk(verifyAudit)}
	verify.Flags().String("head", "", "seq:mac that was logged before; finds out too whether the end was cut off")
	group.AddCommand(verify)
	return group
}

func verifyAudit(c *cobra.Command, d *server.Desk, _ []string) error {
	head, _ := c.Flags().GetString("head")
	report, err := d.VerifyAudit(c.Context(), head)
	if err != nil {
		return err
	}
	switch {
	case report.Rows > 0:
		say(c, "Rows %d to %d are what was sealed.", report.From, report.Head.Seq)
		say(c, "Head: %s", report.Head)
	case report.Fault == nil:
		say(c, "There is no sealed row.")
	}
	if !report.Right() {
		say(c, "%s", report)
		return errTampered
	}
	return nil
}
