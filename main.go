// Command quillium is a chat server for people and language models. Without a
// command it serves. What it is built from is put together in app/server.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/server"
)

func main() {
	if err := command().ExecuteContext(untilSignal()); err != nil {
		fmt.Fprintln(os.Stderr, "quillium: "+err.Error())
		os.Exit(statusOf(err))
	}
}

// statusOf is 2 where a check found something wrong, and 1 where something
// could not be done.
func statusOf(err error) int {
	if errors.Is(err, errTampered) {
		return 2
	}
	return 1
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
		Use: "quillium", Short: "A chat server for people and language models", Args: noOther,
		SilenceUsage: true, SilenceErrors: true, RunE: serveOrTell,
	}
	root.Flags().BoolP("version", "v", false, "say which version this is")
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(
		&cobra.Command{Use: "serve", Short: "Start the server (the default)", Args: cobra.NoArgs, RunE: serve},
		&cobra.Command{Use: "migrate", Short: "Bring the database up to date", Args: cobra.NoArgs, RunE: atDesk(migrate)},
		&cobra.Command{Use: "setup-link", Short: "Make a link that turns an account into the first administrator", Args: cobra.NoArgs, RunE: atDesk(setupLink)},
		&cobra.Command{Use: "rekey", Short: "Seal stored keys anew under ENCRYPTION_KEY", Args: cobra.NoArgs, RunE: atDesk(rekey)},
		&cobra.Command{Use: "healthcheck", Short: "Fail unless the server on this machine is ready", Args: cobra.NoArgs, RunE: healthcheck},
		&cobra.Command{Use: "version", Short: "Say which version this is", Args: cobra.NoArgs, Run: tellVersion},
		admin(), auditCommands(),
	)
	root.AddCommand(backupCommands()...)
	root.AddCommand(doctorCommand())
	return root
}

// serveOrTell is the program without a command. Cobra's own --version would
// link templates, which keep all methods of everything: 6 MB.
func serveOrTell(c *cobra.Command, args []string) error {
	if asked, err := c.Flags().GetBool("version"); err != nil || asked {
		tellVersion(c, args)
		return err
	}
	return serve(c, args)
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

// lookup finds variables: in the environment first, then in .env.
func lookup() (config.Lookup, error) { return config.WithFile(os.LookupEnv, ".env") }

// prepare reads the configuration.
func prepare(c *cobra.Command) (config.Config, server.Options, error) {
	lookup, err := lookup()
	if err != nil {
		return config.Config{}, server.Options{}, err
	}
	settings, err := config.Load(lookup)
	if err != nil {
		return config.Config{}, server.Options{}, fmt.Errorf("the configuration cannot be used:\n  %s", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	level := server.Level(settings.LogLevel)
	return settings, server.Options{
		Log: server.NewLog(c.ErrOrStderr(), level, settings.LogFormat), Level: level, Environment: os.LookupEnv, Out: c.OutOrStdout(), Version: programVersion(),
	}, nil
}

// prepareTool is prepare for commands, whose people read what is printed.
func prepareTool(c *cobra.Command) (config.Config, server.Options, error) {
	settings, options, err := prepare(c)
	if err == nil && !settings.Given("LOG_LEVEL") {
		options.Log = server.NewLog(c.ErrOrStderr(), server.Level("warn"), settings.LogFormat)
	}
	return settings, options, err
}

// atDesk runs a command that needs the database and no server.
func atDesk(work func(c *cobra.Command, d *server.Desk, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) (err error) {
		settings, options, err := prepareTool(c)
		if err != nil {
			return err
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

// noOther refuses the name of a command that there is not.
func noOther(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("there is no command %q; %s --help lists those there are", args[0], c.CommandPath())
	}
	return nil
}

// one wants one argument; what asks for it where there is none, or more.
func one(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s: %s", what, c.Parent().CommandPath()+" "+c.Use)
		}
		return nil
	}
}

func say(c *cobra.Command, format string, args ...any) {
	_, _ = fmt.Fprintf(c.OutOrStdout(), format+"\n", args...)
}
