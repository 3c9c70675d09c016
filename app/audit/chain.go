package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quillium/quillium/app"
)

// Row is an event as it is kept. Details are its JSON text. Seq, KeyID and MAC
// are those of its seal; an unsealed row has none.
type Row struct {
	ID        string
	At        time.Time
	Action    Action
	ActorID   string
	IP        string
	UserAgent string
	RequestID string
	Target    string
	Count     int64
	Details   string
	Seq       int64
	KeyID     string
	MAC       []byte
}

// Head is a place in the chain: the number of a row and its MAC. The zero Head
// is the place before the first.
type Head struct {
	Seq int64
	MAC []byte
}

// String is what ParseHead reads.
func (h Head) String() string { return strconv.FormatInt(h.Seq, 10) + ":" + hex.EncodeToString(h.MAC) }

// ParseHead reads a head as it is logged; anything else is invalid_input.
func ParseHead(text string) (Head, error) {
	number, digits, _ := strings.Cut(text, ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	mac, undigested := hex.DecodeString(digits)
	if err != nil || undigested != nil || seq < 1 || len(mac) != sha256.Size {
		return Head{}, app.Invalid("head", "it is a number, a colon and 64 hexadecimal digits, as the log has it")
	}
	return Head{Seq: seq, MAC: mac}, nil
}

// Checkpoint is where the chain goes on after retention removed what was up to
// there. Seal is over all of it but KeyID.
type Checkpoint struct {
	Head
	At      time.Time
	Removed int64
	KeyID   string
	Seal    []byte
}

// What keeps the MACs of the two kinds of things apart.
const (
	labelRow        = "quillium audit row v1"
	labelCheckpoint = "quillium audit checkpoint v1"
)

// encoding is an unambiguous form: every text has its length in bytes before
// it, every number is eight bytes, big end first.
type encoding []byte

func (e *encoding) text(text string) {
	e.number(int64(len(text)))
	*e = append(*e, text...)
}

func (e *encoding) number(n int64) {
	*e = binary.BigEndian.AppendUint64(*e, uint64(n)) //nolint:gosec // only the bits count
}

// encode is what a row's MAC is over: its place, what it says, and the MAC
// before it.
func (r Row) encode(previous []byte) []byte {
	var e encoding
	e.text(labelRow)
	e.text(string(previous))
	e.number(r.Seq)
	e.text(r.ID)
	e.number(r.At.UnixMicro())
	for _, text := range []string{string(r.Action), r.ActorID, r.IP, r.UserAgent, r.RequestID, r.Target} {
		e.text(text)
	}
	e.number(r.Count)
	e.details(r.Details)
	return e
}

// details writes their number and then each, by its name. Other JSON than an
// object of texts is none of ours: it has the number -1, and stays as it is.
func (e *encoding) details(text string) {
	var values map[string]any
	err := json.Unmarshal([]byte(text), &values)
	for _, value := range values {
		if _, is := value.(string); !is {
			err = fmt.Errorf("audit: a detail is a %T", value)
		}
	}
	if err != nil || values == nil {
		e.number(-1)
		e.text(text)
		return
	}
	e.number(int64(len(values)))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		e.text(name)
		e.text(values[name].(string)) //nolint:forcetypeassert // all are, see above
	}
}

func (c Checkpoint) encode() []byte {
	var e encoding
	e.text(labelCheckpoint)
	e.number(c.Seq)
	e.text(string(c.MAC))
	e.number(c.At.UnixMicro())
	e.number(c.Removed)
	return e
}

// SealKey seals rows. Last is the last row that it may have sealed; 0 is no bound.
type SealKey struct {
	ID     string
	Secret []byte
	Last   int64
}

func (k SealKey) mac(text []byte) []byte {
	mac := hmac.New(sha256.New, k.Secret)
	mac.Write(text)
	return mac.Sum(nil)
}

// Keyring has the key that seals and those that sealed before.
type Keyring struct {
	current SealKey
	all     map[string]SealKey
}

// NewKeyring makes one of the present key and of earlier ones; of two with one
// id the later counts, but for the present one.
func NewKeyring(current SealKey, earlier ...SealKey) Keyring {
	keys := Keyring{current: current, all: map[string]SealKey{}}
	for _, key := range append(slices.Clone(earlier), current) {
		keys.all[key.ID] = key
	}
	return keys
}

// Current seals.
func (k Keyring) Current() SealKey { return k.current }

// seal gives rows their places after a head.
func (k Keyring) seal(after Head, rows []Row) {
	for i := range rows {
		rows[i].Seq, rows[i].KeyID = after.Seq+1, k.current.ID
		rows[i].MAC = k.current.mac(rows[i].encode(after.MAC))
		after = Head{Seq: rows[i].Seq, MAC: rows[i].MAC}
	}
}

// stamp seals a checkpoint with the present key.
func (k Keyring) stamp(c Checkpoint) Checkpoint {
	c.KeyID, c.Seal = k.current.ID, k.current.mac(c.encode())
	return c
}

// Fault is what is wrong, and at which row.
type Fault struct {
	Seq int64
	Why string
}

// String is a sentence for people.
func (f Fault) String() string { return fmt.Sprintf("Row %d %s.", f.Seq, f.Why) }

// authentic tells whether a checkpoint is ours. Keyring that were replaced do not
// count: whoever got hold of one must not shorten the chain.
func (k Keyring) authentic(c Checkpoint) *Fault {
	key, known := k.all[c.KeyID]
	switch {
	case !known:
		return &Fault{c.Seq, "is where the log was shortened, which a key that is not here vouches for"}
	case key.Last != 0 || !hmac.Equal(c.Seal, key.mac(c.encode())):
		return &Fault{c.Seq, "is where the log was shortened, but not by retention"}
	}
	return nil
}

// check holds the row that should follow a head against its seal.
func (k Keyring) check(after Head, r Row) *Fault {
	key, known := k.all[r.KeyID]
	switch {
	case r.Seq > after.Seq+1:
		return &Fault{after.Seq + 1, "is missing"}
	case r.Seq <= after.Seq:
		return &Fault{r.Seq, "is there, although retention removed everything up to " + strconv.FormatInt(after.Seq, 10)}
	case !known:
		return &Fault{r.Seq, "was sealed with a key that is not here"}
	case key.Last != 0 && r.Seq > key.Last:
		return &Fault{r.Seq, "was sealed with a key that had been replaced by then"}
	case !hmac.Equal(r.MAC, key.mac(r.encode(after.MAC))):
		return &Fault{r.Seq, "is not what was sealed"}
	}
	return nil
}
