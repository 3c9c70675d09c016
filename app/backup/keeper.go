package backup

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/job"
	"github.com/quillium/quillium/app/rule"
)

// Jobs is the queue in which backups are made.
type Jobs interface {
	Insert(ctx context.Context, kind job.Kind, args any) (int64, error)
	Get(ctx context.Context, id int64) (job.Job, error)
	List(ctx context.Context, filter job.Filter, page app.PageRequest) (app.Page[job.Job], error)
}

// Transactor runs work in one transaction: committed when it returns nil.
type Transactor interface {
	InTx(ctx context.Context, work func(context.Context) error) error
}

// Auditor records an event in the transaction of the context.
type Auditor interface {
	Record(ctx context.Context, event audit.Event) error
}

// Making writes a backup to a path and tells how many bytes there are by now.
type Making func(ctx context.Context, path string, written func(bytes int64)) error

// Keeper makes and keeps backups on this node, for administrators; forbidden
// to all others.
type Keeper struct {
	shelf *Shelf
	node  app.NodeID
	jobs  Jobs
	tx    Transactor
	audit Auditor
	write Making
	now   func() time.Time
}

// KeeperParts are what a keeper is made of; Now is the clock.
type KeeperParts struct {
	Shelf *Shelf
	Node  app.NodeID
	Jobs  Jobs
	Tx    Transactor
	Audit Auditor
	Write Making
	Now   func() time.Time
}

// NewKeeper makes a keeper.
func NewKeeper(p KeeperParts) *Keeper {
	return &Keeper{shelf: p.Shelf, node: p.Node, jobs: p.Jobs, tx: p.Tx, audit: p.Audit, write: p.Write, now: p.Now}
}

// Listing is what backups a node has, and the newest job that makes one there,
// where there is any.
type Listing struct {
	Node  app.NodeID
	Files []File
	Job   *job.Job
}

// List tells which backups this node has.
func (k *Keeper) List(ctx context.Context, actor app.Actor) (Listing, error) {
	listing := Listing{Node: k.node}
	if err := mayAdminister(actor); err != nil {
		return listing, err
	}
	var err error
	if listing.Files, err = k.shelf.List(); err != nil {
		return listing, err
	}
	recent, err := k.jobs.List(ctx, job.Filter{Kind: job.Backup}, app.PageRequest{Limit: 20})
	for i := range recent.Data {
		if recent.Data[i].Queue == job.QueueOf(k.node) {
			listing.Job = &recent.Data[i]
			break
		}
	}
	return listing, err
}

// Create has a backup made on this node, and tells the job that makes it. One
// that is under way already is told instead.
func (k *Keeper) Create(ctx context.Context, actor app.Actor) (job.Job, error) {
	if err := mayAdminister(actor); err != nil {
		return job.Job{}, err
	}
	var made job.Job
	err := k.tx.InTx(ctx, func(ctx context.Context) error {
		id, err := k.jobs.Insert(ctx, job.Backup, struct{}{})
		if err != nil {
			return err
		}
		if made, err = k.jobs.Get(ctx, id); err != nil {
			return err
		}
		return k.audit.Record(ctx, audit.Event{Action: audit.BackupRequested, Actor: actor, Target: NameOf(made.CreatedAt, id)})
	})
	return made, err
}

// Open reads a backup for whoever gives a reason and has proved his password
// in the last 15 minutes; it is recorded. Close it in the end.
func (k *Keeper) Open(ctx context.Context, actor app.Actor, name, reason string) (io.ReadCloser, File, error) {
	if err := mayAdminister(actor); err != nil {
		return nil, File{}, err
	}
	if _, err := k.shelf.find(name); err != nil {
		return nil, File{}, err
	}
	if err := actor.Confirmed(k.now()); err != nil {
		return nil, File{}, err
	}
	why, err := rule.Reason(reason)
	if err != nil {
		return nil, File{}, err
	}
	from, file, err := k.shelf.Open(name)
	if err != nil {
		return nil, file, err
	}
	err = k.audit.Record(ctx, audit.Event{
		Action: audit.BackupDownloaded, Actor: actor, Target: name, Details: map[audit.Key]string{audit.KeyReason: why},
	})
	if err != nil {
		_ = from.Close()
		return nil, file, err
	}
	return from, file, nil
}

// Delete removes a backup, for whoever has proved his password in the last 15
// minutes; not_found. The record comes first: no backup goes without one.
func (k *Keeper) Delete(ctx context.Context, actor app.Actor, name string) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	if _, err := k.shelf.find(name); err != nil {
		return err
	}
	if err := actor.Confirmed(k.now()); err != nil {
		return err
	}
	if err := k.audit.Record(ctx, audit.Event{Action: audit.BackupDeleted, Actor: actor, Target: name}); err != nil {
		return err
	}
	return k.shelf.Remove(name)
}

// reportEvery is how often a job tells how far it is.
const reportEvery = 2 * time.Second

// Make is the job that makes a backup. Done twice it makes one.
func (k *Keeper) Make(ctx context.Context, task job.Task) error {
	return k.shelf.Add(ctx, NameOf(task.Made, task.ID), func(ctx context.Context, path string) error {
		var written atomic.Int64
		stop := make(chan struct{})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			ticker := time.NewTicker(reportEvery)
			defer ticker.Stop()
			for {
				select {
				case <-stop:
					return
				case <-ticker.C:
					task.Report(ctx, sizeOf(written.Load())+" written")
				}
			}
		}()
		err := k.write(ctx, path, func(bytes int64) { written.Store(bytes) })
		close(stop)
		<-ended
		if err == nil {
			task.Report(ctx, sizeOf(written.Load())+" written, all of it")
		}
		return err
	})
}

// sizeOf is a number of bytes in words.
func sizeOf(bytes int64) string {
	const mega = 1 << 20
	if bytes < mega {
		return fmt.Sprintf("%d KB", bytes>>10)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/mega)
}

func mayAdminister(actor app.Actor) error {
	if actor.Role != app.RoleAdmin {
		return app.ErrForbidden
	}
	return nil
}
