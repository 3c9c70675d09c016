package audit

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"
)

// Chain is where rows are sealed. What is done in Alone is one transaction.
type Chain interface {
	// Waiting tells whether a row that is due before now waits for its seal.
	Waiting(ctx context.Context, now time.Time) (bool, error)
	// Alone does work while nobody else on any node seals or removes. Where
	// somebody does it waits, or does nothing and is false.
	Alone(ctx context.Context, wait bool, work func(context.Context) error) (bool, error)
	// Head is the last place; tells too whether a key was replaced.
	Head(ctx context.Context, keyID string) (head Head, replaced bool, err error)
	// Unsealed reads rows that are due, oldest first, and keeps them as they are.
	Unsealed(ctx context.Context, now time.Time, limit int) ([]Row, error)
	// Seal stores the seals of rows.
	Seal(ctx context.Context, rows []Row) error
}

const (
	sealEvery = time.Second
	tellEvery = time.Hour
	// sealBatch rows are sealed in one transaction.
	sealBatch = 500
)

// Sealer gives each committed row its place in the chain.
type Sealer struct {
	chain Chain
	keys  Keyring
	log   *slog.Logger
	now   func() time.Time
	// last is the head that this node saw; a chain never gets shorter again.
	last Head
	told time.Time
}

// NewSealer makes a sealer. Every node may have one: they take turns.
func NewSealer(chain Chain, keys Keyring, log *slog.Logger, now func() time.Time) *Sealer {
	return &Sealer{chain: chain, keys: keys, log: log, now: now}
}

// Run seals once a second what was committed, and logs the head once an hour,
// until the context ends.
func (s *Sealer) Run(ctx context.Context) {
	every := time.NewTicker(sealEvery)
	defer every.Stop()
	var quiet time.Time
	for {
		err := s.Seal(ctx)
		if err == nil {
			err = s.tell(ctx)
		}
		if err != nil && ctx.Err() == nil && s.now().After(quiet) {
			quiet = s.now().Add(time.Minute)
			s.log.ErrorContext(ctx, "the audit log cannot be sealed; it will be tried again", "cause", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// Seal seals all that is due, unless another node is at it.
func (s *Sealer) Seal(ctx context.Context) error {
	waiting, err := s.chain.Waiting(ctx, s.now())
	for err == nil && waiting {
		var rows []Row
		_, err = s.chain.Alone(ctx, false, func(ctx context.Context) error {
			rows, err = s.sealSome(ctx)
			return err
		})
		waiting = len(rows) == sealBatch
		if err == nil && len(rows) > 0 {
			s.last = Head{Seq: rows[len(rows)-1].Seq, MAC: rows[len(rows)-1].MAC}
		}
	}
	return err
}

// sealSome seals one batch.
func (s *Sealer) sealSome(ctx context.Context) ([]Row, error) {
	head, err := s.head(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.chain.Unsealed(ctx, s.now(), sealBatch)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	s.keys.seal(head, rows)
	return rows, s.chain.Seal(ctx, rows)
}

// head reads the place where the chain goes on.
func (s *Sealer) head(ctx context.Context) (Head, error) {
	head, replaced, err := s.chain.Head(ctx, s.keys.current.ID)
	if err != nil {
		return head, err
	}
	if replaced {
		return head, fmt.Errorf("audit: ENCRYPTION_KEY was replaced by another; set that one, or run `quillium rekey` to go back to this")
	}
	if head.Seq < s.last.Seq || head.Seq == s.last.Seq && string(head.MAC) != string(s.last.MAC) {
		s.log.ErrorContext(ctx, "the end of the audit log was cut off or changed; check it with `quillium audit verify --head`", "head", s.last.String())
		s.last = head
	}
	return head, nil
}

// tell logs the head, so that a log kept elsewhere shows when the end is gone.
func (s *Sealer) tell(ctx context.Context) error {
	if s.now().Sub(s.told) < tellEvery {
		return nil
	}
	head, err := s.head(ctx)
	if err != nil || head.Seq == 0 {
		return err
	}
	s.told, s.last = s.now(), head
	s.log.InfoContext(ctx, "audit log sealed", "seq", head.Seq, "mac", hex.EncodeToString(head.MAC), "head", head.String())
	return nil
}
