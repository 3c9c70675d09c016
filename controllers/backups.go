package controllers

import (
	"context"
	"io"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/backup"
	"github.com/quillium/quillium/app/job"
)

// BackupService is what BackupController asks.
type BackupService interface {
	List(ctx context.Context, actor app.Actor) (backup.Listing, error)
	Create(ctx context.Context, actor app.Actor) (job.Job, error)
	Open(ctx context.Context, actor app.Actor, name, reason string) (io.ReadCloser, backup.File, error)
	Delete(ctx context.Context, actor app.Actor, name string) error
}

// BackupController lets administrators make, read and delete backups.
type BackupController struct{ backups BackupService }

// NewBackupController makes a controller of this service.
func NewBackupController(backups BackupService) *BackupController {
	return &BackupController{backups: backups}
}

// List answers GET /admin/backups.
func (b *BackupController) List(c *fiber.Ctx) error {
	listing, err := b.backups.List(c.UserContext(), ActorOf(c))
	if err != nil {
		return err
	}
	return c.JSON(struct {
		Node app.NodeID    `json:"node"`
		Data []backup.File `json:"data"`
		Job  *job.Job      `json:"job"`
	}{listing.Node, listing.Files, listing.Job})
}

// Create answers POST /admin/backups: 202 with the job that makes it.
func (b *BackupController) Create(c *fiber.Ctx) error {
	made, err := b.backups.Create(c.UserContext(), ActorOf(c))
	if err != nil {
		return err
	}
	return c.Status(http.StatusAccepted).JSON(made)
}

// Download answers POST /admin/backups/:id/download with the file.
func (b *BackupController) Download(c *fiber.Ctx) error {
	var in struct {
		Reason string `json:"reason"`
	}
	if err := decode(c, &in); err != nil {
		return err
	}
	from, file, err := b.backups.Open(c.UserContext(), ActorOf(c), c.Params("id"), in.Reason)
	if err != nil {
		return err
	}
	return SendBackup(c, from, file)
}

// SendBackup answers with a backup as a file to keep, piece by piece, and
// closes it in the end.
func SendBackup(c *fiber.Ctx, from io.ReadCloser, file backup.File) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEOctetStream)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+file.Name+`"`)
	return c.SendStream(from, int(file.Bytes))
}

// Delete answers DELETE /admin/backups/:id with 204.
func (b *BackupController) Delete(c *fiber.Ctx) error {
	if err := b.backups.Delete(c.UserContext(), ActorOf(c), c.Params("id")); err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}
