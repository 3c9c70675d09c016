package server

import (
	"context"
	"errors"
	"log/slog"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/secret"
	"github.com/quillium/quillium/repositories"
)

// secrets are the texts that all keys are drawn from: what the operator set,
// else what the first start made.
type secrets struct {
	jwt, jwtPrevious               string
	encryption, encryptionPrevious string
	databasePassword               string
}

// all are those that there are.
func (s secrets) all() []string {
	return []string{s.jwt, s.jwtPrevious, s.encryption, s.encryptionPrevious, s.databasePassword}
}

// gather reads the secrets. Only with a database of our own are any made: nodes
// that share one must be told the same.
func gather(c config.Config) (secrets, error) {
	all := secrets{
		jwt: c.JWTSecret, jwtPrevious: c.JWTSecretPrevious,
		encryption: c.EncryptionKey, encryptionPrevious: c.EncryptionKeyPrevious,
	}
	if !c.Embedded() {
		return all, nil
	}
	kept, err := secret.Keep(c.DataDir)
	if err != nil {
		return secrets{}, err
	}
	all.databasePassword = kept.DatabasePassword
	if all.jwt == "" {
		all.jwt = kept.JWTSecret
	}
	if all.encryption == "" {
		all.encryption = kept.EncryptionKey
	}
	return all, nil
}

// keys are drawn from the secrets, a label each.
type keys struct {
	signer                   *auth.Signer
	refresh, refreshPrevious []byte
	// form is for the tokens of the console's forms.
	form []byte
	box  *secret.Box
	// audit seals who did what; auditPrevious has no id where there is none.
	audit, auditPrevious audit.SealKey
}

func draw(from secrets) (keys, error) {
	var drawn [5][]byte
	for i, want := range []struct{ text, label string }{
		{from.jwt, secret.LabelAccessToken}, {from.jwtPrevious, secret.LabelAccessToken},
		{from.jwt, secret.LabelRefreshToken}, {from.jwtPrevious, secret.LabelRefreshToken},
		{from.jwt, secret.LabelForm},
	} {
		if want.text == "" {
			continue
		}
		key, err := secret.Derive(want.text, want.label)
		if err != nil {
			return keys{}, err
		}
		drawn[i] = key
	}
	box, err := secret.NewBox(from.encryption, from.encryptionPrevious)
	if err != nil {
		return keys{}, err
	}
	all := keys{signer: auth.NewSigner(drawn[0], drawn[1]), refresh: drawn[2], refreshPrevious: drawn[3], form: drawn[4], box: box}
	if all.audit, err = drawAudit(from.encryption); err != nil {
		return keys{}, err
	}
	all.auditPrevious, err = drawAudit(from.encryptionPrevious)
	return all, err
}

// drawAudit draws what seals the audit log; from nothing it is nothing.
func drawAudit(from string) (audit.SealKey, error) {
	if from == "" {
		return audit.SealKey{}, nil
	}
	id, err := secret.KeyID(from)
	if err != nil {
		return audit.SealKey{}, err
	}
	key, err := secret.Derive(from, secret.LabelAudit)
	return audit.SealKey{ID: id, Secret: key}, err
}

// remember says what follows where a database was used with other secrets
// before, keeps fingerprints of those of now, and tells the id of the
// database. It goes on in any case: what cannot be read is marked so.
func remember(ctx context.Context, instances *repositories.InstanceRepository, from secrets, log *slog.Logger) (store string, err error) {
	instance, err := instances.Get(ctx)
	if errors.Is(err, app.ErrNotFound) {
		return "", errors.New("the database was left by a restore that was cut off; run `quillium restore` again")
	}
	if err != nil {
		return "", err
	}
	jwt, err := secret.Fingerprint(from.jwt)
	if err != nil {
		return "", err
	}
	encryption, err := secret.Fingerprint(from.encryption)
	if err != nil {
		return "", err
	}
	before, err := previousFingerprint(from)
	if err != nil {
		return "", err
	}
	if changed(instance.JWTFingerprint, jwt) && from.jwtPrevious == "" {
		log.Warn("JWT_SECRET is another than before; everybody has to refresh or sign in again")
	}
	switch {
	case !changed(instance.EncryptionFingerprint, encryption):
	case instance.EncryptionFingerprint == before:
		log.Warn("ENCRYPTION_KEY is another than before; run `quillium rekey`, then ENCRYPTION_KEY_PREVIOUS can go")
		encryption = before // until rekey has run
	default:
		log.Warn("ENCRYPTION_KEY is another than before; stored keys of model providers are unreadable, enter them again")
	}
	return instance.Store, instances.SaveFingerprints(ctx, jwt, encryption)
}

func changed(before, now string) bool { return before != "" && before != now }

func previousFingerprint(from secrets) (string, error) {
	if from.encryptionPrevious == "" {
		return "", nil
	}
	return secret.Fingerprint(from.encryptionPrevious)
}
