// Command quillium is a chat server for people and language models. Without a
// command it serves. What it is built from is put together in app/server.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/server"
)

// version is set by the linker; empty where go build made the program alone.
var version string

func main() {
	if err := command().ExecuteContext(untilSignal()); err != nil {
		fmt.Fprintln(os.Stderr, "quillium: "+err.Error())
		os.Exit(1)
	}
}

// untilSignal is a context that ends with the first signal. By the time it has
// ended, a second signal ends the program at once.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals)
		cancel()
	}()
	return ctx
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use: "quillium", Short: "A chat server for people and language models", Args: cobra.NoArgs,
		SilenceUsage: true, SilenceErrors: true, RunE: serve,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(
		&cobra.Command{Use: "serve", Short: "Start the server (the default)", Args: cobra.NoArgs, RunE: serve},
		&cobra.Command{Use: "migrate", Short: "Bring the database up to date", Args: cobra.NoArgs, RunE: atDesk(migrate)},
		&cobra.Command{Use: "setup-link", Short: "Make a link that turns an account into the first administrator", Args: cobra.NoArgs, RunE: atDesk(setupLink)},
		&cobra.Command{Use: "rekey", Short: "Seal stored keys anew under ENCRYPTION_KEY", Args: cobra.NoArgs, RunE: atDesk(rekey)},
		&cobra.Command{Use: "version", Short: "Say which version this is", Args: cobra.NoArgs, Run: func(c *cobra.Command, _ []string) {
			say(c, "%s", programVersion())
		}},
		admin(),
	)
	return root
}

func admin() *cobra.Command {
	group := &cobra.Command{Use: "admin", Short: "Look after accounts"}
	create := &cobra.Command{Use: "create EMAIL", Short: "Make an administrator", Args: cobra.ExactArgs(1), RunE: atDesk(createAdmin)}
	create.Flags().String("name", "Administrator", "what others call the account")
	create.Flags().String("password-file", "", "file with the password; without it a link to set one is printed")
	group.AddCommand(
		create,
		&cobra.Command{Use: "promote EMAIL", Short: "Make an account an administrator", Args: cobra.ExactArgs(1),
			RunE: atDesk(func(c *cobra.Command, d *server.Desk, args []string) error { return d.Promote(c.Context(), args[0]) })},
		&cobra.Command{Use: "reset-password EMAIL", Short: "Make a link with which an account gets a new password", Args: cobra.ExactArgs(1), RunE: atDesk(resetPassword)},
		&cobra.Command{Use: "disable EMAIL", Short: "End an account's sessions and keep it out", Args: cobra.ExactArgs(1), RunE: atDesk(status(app.UserDisabled))},
		&cobra.Command{Use: "enable EMAIL", Short: "Let a disabled account in again", Args: cobra.ExactArgs(1), RunE: atDesk(status(app.UserActive))},
	)
	return group
}

func serve(c *cobra.Command, _ []string) error {
	settings, options, err := prepare(c)
	if err != nil {
		return err
	}
	s, err := server.New(c.Context(), settings, options)
	if err != nil {
		return err
	}
	return s.Run(c.Context())
}

// prepare reads the configuration: the environment first, then .env.
func prepare(c *cobra.Command) (config.Config, server.Options, error) {
	lookup, err := config.WithFile(os.LookupEnv, ".env")
	if err != nil {
		return config.Config{}, server.Options{}, err
	}
	settings, err := config.Load(lookup)
	if err != nil {
		return config.Config{}, server.Options{}, fmt.Errorf("the configuration cannot be used:\n  %s", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	return settings, server.Options{
		Log: server.NewLog(c.ErrOrStderr(), settings.LogLevel, settings.LogFormat), Out: c.OutOrStdout(), Version: programVersion(),
	}, nil
}

// atDesk runs a command that needs the database and no server.
func atDesk(work func(c *cobra.Command, d *server.Desk, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) (err error) {
		settings, options, err := prepare(c)
		if err != nil {
			return err
		}
		if !settings.Given("LOG_LEVEL") {
			options.Log = server.NewLog(c.ErrOrStderr(), "warn", settings.LogFormat) // people read what is printed
		}
		desk, err := server.OpenDesk(c.Context(), settings, options)
		if err != nil {
			return err
		}
		defer func() {
			if closed := desk.Close(); err == nil {
				err = closed
			}
		}()
		return work(c, desk, args)
	}
}

func migrate(c *cobra.Command, _ *server.Desk, _ []string) error {
	say(c, "The database is up to date.")
	return nil
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
	if err == nil && link != "" {
		say(c, "%s", link)
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
		return d.SetStatus(c.Context(), args[0], to)
	}
}

func say(c *cobra.Command, format string, args ...any) {
	_, _ = fmt.Fprintf(c.OutOrStdout(), format+"\n", args...)
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
