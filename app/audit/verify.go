package audit

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Sealed reads the chain.
type Sealed interface {
	// AtOnce does work on one moment of the database.
	AtOnce(ctx context.Context, work func(context.Context) error) error
	// Checkpoint is not_found where nothing was ever removed.
	Checkpoint(ctx context.Context) (Checkpoint, error)
	// After reads sealed rows behind a place, in their order.
	After(ctx context.Context, seq int64, limit int) ([]Row, error)
	// Stale counts the rows that were due before a time and have no seal.
	Stale(ctx context.Context, before time.Time) (int64, error)
}

const (
	// verifyBatch rows are in memory at a time.
	verifyBatch = 1000
	// staleAfter is how long a row may wait for its seal.
	staleAfter = time.Minute
)

// Report is what came out of checking the chain.
type Report struct {
	// From is the first row there was to check, Head the last that is right,
	// Rows how many are.
	From int64
	Head Head
	Rows int64
	// Fault is the first thing that is wrong, or nil.
	Fault *Fault
	// Stale rows have waited for their seal for over a minute.
	Stale int64
}

// String says in a sentence or two what is wrong, if anything.
func (r Report) String() string {
	var wrong []string
	if r.Fault != nil {
		wrong = append(wrong, r.Fault.String())
	}
	if r.Stale > 0 {
		wrong = append(wrong, fmt.Sprintf("%d rows have waited for their seal for over a minute: no server runs, or it cannot seal; its log says why.", r.Stale))
	}
	return strings.Join(wrong, " ")
}

// Right tells whether nothing is wrong.
func (r Report) Right() bool { return r.Fault == nil && r.Stale == 0 }

// Verifier checks the chain.
type Verifier struct {
	sealed Sealed
	keys   Keyring
	now    func() time.Time
}

// NewVerifier makes a verifier; now is the clock.
func NewVerifier(sealed Sealed, keys Keyring, now func() time.Time) *Verifier {
	return &Verifier{sealed: sealed, keys: keys, now: now}
}

// Verify checks every sealed row in its order. Known is a head that was logged
// before, or the zero Head: where the chain does not lead through it any more,
// its end was cut off. The error is about the database only.
func (v *Verifier) Verify(ctx context.Context, known Head) (report Report, err error) {
	err = v.sealed.AtOnce(ctx, func(ctx context.Context) error {
		report, err = v.walk(ctx, known)
		if err != nil {
			return err
		}
		report.Stale, err = v.sealed.Stale(ctx, v.now().Add(-staleAfter))
		return err
	})
	return report, err
}

func (v *Verifier) walk(ctx context.Context, known Head) (Report, error) {
	start, fault, err := begin(ctx, v.sealed, v.keys)
	report := Report{From: start.Seq + 1, Head: start, Fault: fault}
	if err != nil || fault != nil {
		return report, err
	}
	met := meet(known, start)
	for behind := int64(0); ; {
		rows, err := v.sealed.After(ctx, behind, verifyBatch)
		if err != nil {
			return report, err
		}
		for _, row := range rows {
			if report.Fault = v.keys.check(report.Head, row); report.Fault != nil {
				return report, nil
			}
			report.Head, behind = Head{Seq: row.Seq, MAC: row.MAC}, row.Seq
			report.Rows++
			if row.Seq == known.Seq {
				met = meet(known, report.Head)
			}
		}
		if len(rows) < verifyBatch {
			report.Fault = cut(known, start, report.Head, met)
			return report, nil
		}
	}
}

// begin is where the chain begins: behind the checkpoint, where there is one.
func begin(ctx context.Context, sealed interface {
	Checkpoint(ctx context.Context) (Checkpoint, error)
}, keys Keyring) (Head, *Fault, error) {
	checkpoint, err := sealed.Checkpoint(ctx)
	if isNotFound(err) {
		return Head{}, nil, nil
	}
	if err != nil {
		return Head{}, nil, err
	}
	return checkpoint.Head, keys.authentic(checkpoint), nil
}

// meet tells whether a head that is known is the one of the chain.
func meet(known, head Head) bool {
	return known.Seq == head.Seq && string(known.MAC) == string(head.MAC)
}

// cut is what a known head tells about the end of the chain.
func cut(known, start, end Head, met bool) *Fault {
	switch {
	case known.Seq == 0 || met:
		return nil
	case known.Seq > end.Seq:
		return &Fault{end.Seq + 1, fmt.Sprintf("is missing, and so is everything up to %d", known.Seq)}
	case known.Seq < start.Seq:
		return &Fault{known.Seq, "was removed by retention; check with a later head"}
	}
	return &Fault{known.Seq, "is not the one whose head was given: the log was cut before it, and has grown again"}
}
