package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/doorbell"
	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/app/model"
	"github.com/quillium/quillium/app/secret"
	"github.com/quillium/quillium/repositories"
)

// Desk is what commands work at: the services about accounts, and the keys,
// without a server. It shares the database with one that runs.
type Desk struct {
	*base
	people *people
}

// OpenDesk opens the database, brings its schema up to date, and builds what
// commands need. Close it in the end.
func OpenDesk(ctx context.Context, c config.Config, options Options) (*Desk, error) {
	b, err := openBase(ctx, c, options, toCommand)
	if err != nil {
		return nil, err
	}
	bell, err := b.openBell(silence{}, options.Log)
	if err != nil {
		return nil, errors.Join(err, b.closeAll())
	}
	people, err := buildPeople(ctx, b, nodes{silence{}, bell, chat.NewRecent(nil)}, nobody{}, limit.New(false), func() string { return urlOf(b.config) })
	if err != nil {
		return nil, errors.Join(err, b.closeAll())
	}
	return &Desk{base: b, people: people}, nil
}

// Close tells running servers what was done and takes everything down; a database of our own stops unless a server
// uses it.
func (d *Desk) Close() error { return d.closeAll() }

// SetupLink makes a link that turns an account into the first administrator:
// 30 minutes, once. Where there is an administrator it refuses.
func (d *Desk) SetupLink(ctx context.Context) (string, error) {
	token, err := d.people.auth.MakeSetupLink(ctx)
	return d.link("/setup#", token), sentence(err)
}

// CreateAdmin makes an administrator. Without a password it makes a link
// besides, with which he sets his own: an hour, once.
func (d *Desk) CreateAdmin(ctx context.Context, email, name, password string) (link string, err error) {
	_, token, err := d.people.auth.CreateUser(ctx, auth.CommandLine(), auth.NewUser{Email: email, Name: name, Password: password, Role: app.RoleAdmin})
	if errors.Is(err, app.ErrConflict) {
		return "", fmt.Errorf("%w To make it an administrator: quillium admin promote %s", sentence(err), email)
	}
	return d.link("/reset#", token), sentence(err)
}

// Promote makes an account an administrator.
func (d *Desk) Promote(ctx context.Context, email string) error {
	_, err := d.people.auth.AdminPromote(ctx, auth.CommandLine(), email)
	return sentence(err)
}

// ResetPassword makes a link with which an account gets a new password: an
// hour, once.
func (d *Desk) ResetPassword(ctx context.Context, email string) (string, error) {
	token, err := d.people.auth.AdminResetLink(ctx, auth.CommandLine(), email)
	return d.link("/reset#", token), sentence(err)
}

// SetStatus disables an account, which ends its sessions within a second, or
// enables it again.
func (d *Desk) SetStatus(ctx context.Context, email string, status app.UserStatus) error {
	user, err := d.people.auth.GetUserByEmail(ctx, auth.CommandLine(), email)
	if err == nil {
		_, err = d.people.auth.SetStatus(ctx, auth.CommandLine(), user.ID, status)
	}
	return sentence(err)
}

// Rekey seals every stored key of a model provider anew under ENCRYPTION_KEY,
// and tells how many it sealed and how many neither key opens. From here on
// the audit log is sealed with it alone.
func (d *Desk) Rekey(ctx context.Context) (sealed, lost int, err error) {
	store := repositories.NewModelRepository(d.db)
	providers, _, err := store.Load(ctx)
	if err != nil {
		return 0, 0, err
	}
	for _, provider := range providers {
		err := store.ChangeProvider(ctx, provider.ID, func(p model.Provider) (model.Provider, error) {
			return d.reseal(p)
		})
		switch {
		case errors.Is(err, secret.ErrUnknownKey), errors.Is(err, secret.ErrTampered):
			lost++
		case err == nil && len(provider.Key.Ciphertext) > 0:
			sealed++
		case err != nil:
			return sealed, lost, err
		}
	}
	if err := audit.Rekey(ctx, repositories.NewAuditChainRepository(d.db), d.keys.box, d.keys.audit, d.keys.auditPrevious); err != nil {
		return sealed, lost, err
	}
	return sealed, lost, d.rememberKeys(ctx)
}

// VerifyAudit checks the seals of the audit log. Head is one that was logged
// before, or empty; one that is none is an error.
func (d *Desk) VerifyAudit(ctx context.Context, head string) (audit.Report, error) {
	var known audit.Head
	if head != "" {
		var err error
		if known, err = audit.ParseHead(head); err != nil {
			return audit.Report{}, sentence(err)
		}
	}
	return d.verifyAudit(ctx, known)
}

func (d *Desk) reseal(p model.Provider) (model.Provider, error) {
	if len(p.Key.Ciphertext) == 0 {
		return p, nil
	}
	place := model.AAD(p.ID, p.BaseURL)
	plain, err := d.keys.box.Open(p.Key.KeyID, p.Key.Nonce, p.Key.Ciphertext, place)
	if err != nil {
		return p, err
	}
	p.Key.KeyID, p.Key.Nonce, p.Key.Ciphertext, err = d.keys.box.Seal(plain, place)
	return p, err
}

func (d *Desk) rememberKeys(ctx context.Context) error {
	instances := repositories.NewInstanceRepository(d.db)
	instance, err := instances.Get(ctx)
	if err != nil {
		return err
	}
	encryption, err := secret.Fingerprint(d.secrets.encryption)
	if err != nil {
		return err
	}
	return instances.SaveFingerprints(ctx, instance.JWTFingerprint, encryption)
}

// link is an address of the running server, or of the one that will run.
func (d *Desk) link(path, token string) string {
	if token == "" {
		return ""
	}
	return urlOf(d.config) + path + token
}

// publicURL is where people find a server that listens on this port.
func publicURL(c config.Config, port int) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	host := c.Host
	if address, err := netip.ParseAddr(host); err == nil && address.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(port))
}

// silence is the world of a command: nobody listens here, and it hears nobody.
type silence struct{}

var (
	_ app.Signals  = silence{}
	_ doorbell.Ear = silence{}
)

func (silence) ChatChanged(app.Changes)                      {}
func (silence) ChatStale(app.ChatID)                         {}
func (silence) ChatRead(app.ChatID, app.UserID, int64)       {}
func (silence) MineChanged(app.ChatID, app.UserID)           {}
func (silence) ChatLost(app.ChatID, app.UserID)              {}
func (silence) SessionEnded(app.EndReason, ...app.SessionID) {}
func (silence) UserChanged(app.UserID)                       {}
func (silence) SettingChanged(string)                        {}
func (silence) Heard(doorbell.Hint)                          {}
func (silence) LookAtAll()                                   {}

// nobody is woken by what a command does: a server's janitor looks by itself.
type nobody struct{}

// Wake is auth.Waker.
func (nobody) Wake() {}
