package admin

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/backup"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// BackupController answers with the page about backups.
type BackupController struct {
	console *Console
	backups controllers.BackupService
}

// NewBackupController makes one.
func NewBackupController(console *Console, backups controllers.BackupService) *BackupController {
	return &BackupController{console, backups}
}

// backupsPath is where the page is.
const backupsPath = "/admin/backups"

// Page shows the backups of this node, and one of them beside: one query.
func (b *BackupController) Page(c *fiber.Ctx) error {
	view, err := b.view(c, c.Query("name"))
	if err != nil {
		return err
	}
	if c.Query("name") != "" && view.Open == nil {
		return app.ErrNotFound
	}
	view.AskDelete = c.Query("ask") == "delete"
	return b.console.Render(c, views.AdminBackups(view))
}

// Create has one made.
func (b *BackupController) Create(c *fiber.Ctx) error {
	if _, err := b.backups.Create(c.UserContext(), controllers.ActorOf(c)); err != nil {
		return b.refused(c, "", err)
	}
	return b.console.Done(c, backupsPath, "backup.requested")
}

// Download answers with one as a file to keep.
func (b *BackupController) Download(c *fiber.Ctx) error {
	name := c.Params("id")
	from, file, err := b.backups.Open(c.UserContext(), controllers.ActorOf(c), name, Value(c, "reason"))
	if err != nil {
		return b.refused(c, name, err)
	}
	return controllers.SendBackup(c, from, file)
}

// Delete removes one.
func (b *BackupController) Delete(c *fiber.Ctx) error {
	name := c.Params("id")
	if err := b.backups.Delete(c.UserContext(), controllers.ActorOf(c), name); err != nil {
		return b.refused(c, name, err)
	}
	return b.console.Done(c, backupsPath, "backup.deleted")
}

func (b *BackupController) refused(c *fiber.Ctx, name string, err error) error {
	return b.console.Refused(c, err, func(r views.Refusal) templ.Component {
		view, broken := b.view(c, name)
		if broken != nil {
			r.Message += " The list of backups cannot be read now."
		}
		view.Refusal, view.Reason = r, Value(c, "reason")
		view.Path, view.Address = backupsPath, backupsPath
		return views.AdminBackups(view)
	})
}

func (b *BackupController) view(c *fiber.Ctx, open string) (views.Backups, error) {
	view := views.Backups{Frame: b.console.Frame(c, "Backups", "backups"), Keep: backup.Keep}
	listing, err := b.backups.List(c.UserContext(), controllers.ActorOf(c))
	if err != nil {
		return view, err
	}
	view.Node = string(listing.Node)
	for _, file := range listing.Files {
		shown := views.Backup(file)
		view.Rows = append(view.Rows, shown)
		if file.Name == open {
			view.Open = &shown
		}
	}
	if listing.Job != nil {
		making := jobView(*listing.Job)
		view.Making = &making
	}
	return view, nil
}
