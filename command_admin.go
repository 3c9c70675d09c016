package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/server"
)

// whose is what commands about accounts want to be told.
const whose = "Say whose account it is, by one e-mail address"

func admin() *cobra.Command {
	group := &cobra.Command{
		Use: "admin", Short: "Look after accounts", Args: noOther,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }, // without it an unknown command would pass
	}
	create := &cobra.Command{Use: "create EMAIL", Short: "Make an administrator", Args: one(whose), RunE: atDesk(createAdmin)}
	create.Flags().String("name", "Administrator", "what others call the account")
	create.Flags().String("password-file", "", "file with the password; without it a link to set one is printed")
	group.AddCommand(
		create,
		&cobra.Command{Use: "promote EMAIL", Short: "Make an account an administrator", Args: one(whose), RunE: atDesk(promote)},
		&cobra.Command{Use: "reset-password EMAIL", Short: "Make a link with which an account gets a new password", Args: one(whose), RunE: atDesk(resetPassword)},
		&cobra.Command{Use: "disable EMAIL", Short: "End an account's sessions and keep it out", Args: one(whose), RunE: atDesk(status(app.UserDisabled))},
		&cobra.Command{Use: "enable EMAIL", Short: "Let a disabled account in again", Args: one(whose), RunE: atDesk(status(app.UserActive))},
	)
	return group
}

func setupLink(c *cobra.Command, d *server.Desk, _ []string) error {
	link, err := d.SetupLink(c.Context())
	if err == nil {
		say(c, "%s", link)
	}
	return err
}

func rekey(c *cobra.Command, d *server.Desk, _ []string) error {
	sealed, lost, err := d.Rekey(c.Context())
	if err != nil {
		return err
	}
	say(c, "%d keys are sealed under ENCRYPTION_KEY now.", sealed)
	if lost > 0 {
		return fmt.Errorf("%d keys open with neither ENCRYPTION_KEY nor ENCRYPTION_KEY_PREVIOUS; enter them again", lost)
	}
	return nil
}

func createAdmin(c *cobra.Command, d *server.Desk, args []string) error {
	name, _ := c.Flags().GetString("name")
	file, _ := c.Flags().GetString("password-file")
	password := ""
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("the password cannot be read: %w", err)
		}
		password = strings.TrimRight(string(text), "\r\n")
	}
	link, err := d.CreateAdmin(c.Context(), args[0], name, password)
	switch {
	case err != nil:
		return err
	case link != "":
		say(c, "%s", link)
	default:
		say(c, "%s is an administrator now.", args[0])
	}
	return nil
}

func promote(c *cobra.Command, d *server.Desk, args []string) error {
	err := d.Promote(c.Context(), args[0])
	if err == nil {
		say(c, "%s is an administrator now.", args[0])
	}
	return err
}

func resetPassword(c *cobra.Command, d *server.Desk, args []string) error {
	link, err := d.ResetPassword(c.Context(), args[0])
	if err == nil {
		say(c, "%s", link)
	}
	return err
}

func status(to app.UserStatus) func(*cobra.Command, *server.Desk, []string) error {
	return func(c *cobra.Command, d *server.Desk, args []string) error {
		err := d.SetStatus(c.Context(), args[0], to)
		switch {
		case err != nil:
			return err
		case to == app.UserDisabled:
			say(c, "%s is disabled and signed out everywhere.", args[0])
		default:
			say(c, "%s may sign in.", args[0])
		}
		return nil
	}
}
