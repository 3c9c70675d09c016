package doctor

import (
	"context"
	"errors"
	"time"
)

const (
	database = "database"
	// clockSlack is how far two clocks may be apart before it is worth a word,
	// and clockBroken before signing in suffers.
	clockSlack  = 5 * time.Second
	clockBroken = time.Minute
)

// Connections are how many connections a database takes.
type Connections struct {
	// Most is for ordinary roles; Others is how many of these somebody else has.
	Most, Others int
}

// Database is what can be looked at in one that answers.
type Database interface {
	// Version is PostgreSQL's, as in server_version_num.
	Version(ctx context.Context) (int, error)
	// Echo tells how long a word takes that is sent by NOTIFY until LISTEN has
	// it. It is lost where a pooler stands between. ErrNoLine where no
	// connection to listen on could be made.
	Echo(ctx context.Context) (time.Duration, error)
	// Clock is the database's.
	Clock(ctx context.Context) (time.Time, error)
	// Connections counts them.
	Connections(ctx context.Context) (Connections, error)
	// Schema is the number of the newest migration; 0 where there is none.
	Schema(ctx context.Context) (int64, error)
	// Fingerprints are those of the secrets it was used with; empty before the
	// first start.
	Fingerprints(ctx context.Context) (jwt, encryption string, err error)
}

// ErrNoLine tells that a database takes no connection to listen on.
var ErrNoLine = errors.New("no connection to listen on")

// Wants are what this program asks of a database.
type Wants struct {
	// OldestMajor is the oldest version of PostgreSQL, Schema the newest
	// migration, MaxConns is DB_MAX_CONNS.
	OldestMajor int
	Schema      int64
	MaxConns    int
	// Fingerprints of the secrets of now and before; empty is none.
	JWT, JWTPrevious, Encryption, EncryptionPrevious string
}

// Unreachable says why nothing of the database could be looked at.
func (r *Report) Unreachable(err error) {
	says, do := WhyNoDatabase(err)
	if says == "" {
		says, do = "The database cannot be reached.", "Check DATABASE_URL and the log of PostgreSQL; `quillium serve` tells more."
	}
	r.fail(database, do, "%s", says)
}

// Missing says that there is no database to look at yet.
func (r *Report) Missing(dir string) {
	r.ok(database, "There is none in %s yet; the first start makes one.", dir)
}

// Database looks into one that answers.
func (r *Report) Database(ctx context.Context, db Database, wants Wants) {
	version, err := db.Version(ctx)
	if err != nil {
		r.Unreachable(err)
		return
	}
	if major := version / 10000; major < wants.OldestMajor {
		r.fail(database, "Use a newer one.", "PostgreSQL %d is too old; Quillium needs %d or newer.", major, wants.OldestMajor)
	} else {
		r.ok(database, "PostgreSQL %d.%d answers.", major, version%10000)
	}
	r.echo(ctx, db)
	r.clock(ctx, db)
	r.connections(ctx, db, wants.MaxConns)
	if r.schema(ctx, db, wants.Schema) {
		r.fingerprints(ctx, db, wants)
	}
}

func (r *Report) echo(ctx context.Context, db Database) {
	const check = "listen"
	took, err := db.Echo(ctx)
	switch {
	case errors.Is(err, ErrNoLine):
		says, _ := why(err)
		if says == "" {
			says = "the database refuses it"
		}
		r.fail(check, "Correct NOTIFY_DATABASE_URL, or leave it out where DATABASE_URL leads to PostgreSQL itself.", "No connection to listen on can be made: %s.", says)
		return
	case err != nil:
		r.fail(check, "Let NOTIFY_DATABASE_URL lead to the same database, by PostgreSQL itself or by a pooler in session mode.",
			"What is sent by NOTIFY does not come back by LISTEN; a pooler in transaction mode loses it.")
		return
	}
	r.ok(check, "NOTIFY comes back by LISTEN, after %s.", took.Round(100*time.Microsecond))
}

func (r *Report) clock(ctx context.Context, db Database) {
	const check, do = "clock", "Let both machines keep their time by NTP."
	before := time.Now()
	theirs, err := db.Clock(ctx)
	if err != nil {
		r.fail(check, "Try again; the log of PostgreSQL may tell more.", "The database's clock cannot be read.")
		return
	}
	// Half of the way there and back.
	apart := theirs.Sub(before.Add(time.Since(before) / 2)).Abs().Round(time.Second)
	switch {
	case apart >= clockBroken:
		r.fail(check, do, "The clocks of this machine and of the database are %s apart; sessions and links end too early or too late.", apart)
	case apart >= clockSlack:
		r.warn(check, do, "The clocks of this machine and of the database are %s apart.", apart)
	default:
		r.ok(check, "The clocks of this machine and of the database agree.")
	}
}

func (r *Report) connections(ctx context.Context, db Database, most int) {
	const check = "connections"
	there, err := db.Connections(ctx)
	switch {
	case err != nil:
		r.fail(check, "Try again; the log of PostgreSQL may tell more.", "The database's connections cannot be counted.")
	case most > there.Most:
		r.fail(check, "Lower DB_MAX_CONNS, or raise max_connections of PostgreSQL.", "DB_MAX_CONNS is %d, and the database takes %d.", most, there.Most)
	case most > there.Most-there.Others:
		r.warn(check, "Lower DB_MAX_CONNS, or raise max_connections of PostgreSQL.",
			"DB_MAX_CONNS is %d, and of the %d connections that the database takes others have %d.", most, there.Most, there.Others)
	default:
		r.ok(check, "There is room for %d connections.", most)
	}
}

// schema tells whether there is one to look into.
func (r *Report) schema(ctx context.Context, db Database, newest int64) bool {
	const check = "migrations"
	there, err := db.Schema(ctx)
	switch {
	case err != nil:
		r.fail(check, "Check the rights of the role in DATABASE_URL.", "The schema of the database cannot be read.")
		return false
	case there == 0:
		r.ok(check, "The database is empty; the first start fills it.")
		return false
	case there > newest:
		r.fail(check, "Use the newer program, or restore a backup of before.", "A newer Quillium has changed the database (schema %d; this one knows %d).", there, newest)
	case there < newest:
		r.warn(check, "Make a backup; the next start brings it up to date, and so does `quillium migrate`.", "The database has schema %d of %d.", there, newest)
	default:
		r.ok(check, "The database is up to date (schema %d).", there)
	}
	return true
}

func (r *Report) fingerprints(ctx context.Context, db Database, wants Wants) {
	const check = "secrets"
	jwt, encryption, err := db.Fingerprints(ctx)
	if err != nil {
		r.fail(check, "Run `quillium restore` again.", "The database does not say which one it is; a restore was cut off.")
		return
	}
	if wants.Encryption == "" {
		return // there are none to compare
	}
	well := true
	switch jwt {
	case "", wants.JWT:
	case wants.JWTPrevious:
		r.ok(check, "JWT_SECRET is new, and the one before is known.")
	default:
		well = false
		r.warn(check, "Set the one before in JWT_SECRET_PREVIOUS, or let everybody sign in again.", "JWT_SECRET is another than at the last start.")
	}
	switch encryption {
	case "", wants.Encryption:
	case wants.EncryptionPrevious:
		well = false
		r.warn(check, "Run `quillium rekey`.", "ENCRYPTION_KEY is new, and keys are stored under the one before.")
	default:
		well = false
		r.fail(check, "Set the key of then, or enter the keys of model endpoints again.", "ENCRYPTION_KEY is another than the one that stored keys were sealed with; they cannot be read.")
	}
	if well {
		r.ok(check, "JWT_SECRET and ENCRYPTION_KEY are those that the database was used with.")
	}
}
