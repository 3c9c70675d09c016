package main

import (
	"github.com/spf13/cobra"

	"github.com/quillium/quillium/app/server"
)

func backupCommands() []*cobra.Command {
	backup := &cobra.Command{Use: "backup FILE", Short: "Write the database into a file; a server may run meanwhile", Args: one("Say which file it is"), RunE: backup}
	backup.Flags().Bool("with-secrets", false, "put JWT_SECRET and ENCRYPTION_KEY into it; keep the file as safe as these")
	backup.Flags().Bool("copy", false, "copy every table over SQL, even where there is a pg_dump")
	restore := &cobra.Command{Use: "restore FILE", Short: "Bring a backup back into an empty database, while no server runs", Args: one("Say which file it is"), RunE: restore}
	restore.Flags().Bool("with-secrets", false, "take over the secrets in the backup")
	return []*cobra.Command{backup, restore}
}

func backup(c *cobra.Command, args []string) error {
	settings, options, err := prepareTool(c)
	if err != nil {
		return err
	}
	var wants server.BackupOptions
	wants.Secrets, _ = c.Flags().GetBool("with-secrets")
	wants.Copy, _ = c.Flags().GetBool("copy")
	manifest, err := server.Backup(c.Context(), settings, options, args[0], wants)
	if err != nil {
		return err
	}
	say(c, "%s has the database of schema %d now (%s).", args[0], manifest.Schema, manifest.Way)
	if !wants.Secrets {
		say(c, "JWT_SECRET and ENCRYPTION_KEY are not in it; keep them elsewhere.")
	}
	return nil
}

func restore(c *cobra.Command, args []string) error {
	settings, options, err := prepareTool(c)
	if err != nil {
		return err
	}
	withSecrets, _ := c.Flags().GetBool("with-secrets")
	done, err := server.Restore(c.Context(), settings, options, args[0], withSecrets)
	if err != nil {
		return err
	}
	say(c, "The database is as it was on %s. Everybody has to sign in again.", done.Manifest.Made.Format("2006-01-02 15:04 UTC"))
	if done.Unreadable {
		say(c, "ENCRYPTION_KEY is another than it was then: enter the keys of model endpoints again, or set the key of then before you start.")
	}
	return nil
}
