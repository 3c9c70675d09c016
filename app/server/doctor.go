package server

import (
	"context"
	"log/slog"

	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/database"
	"github.com/quillium/quillium/app/doctor"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/openai"
	"github.com/quillium/quillium/app/model"
	"github.com/quillium/quillium/app/secret"
	"github.com/quillium/quillium/repositories"
)

// Doctor looks at everything that a server of this configuration needs, and
// changes nothing. problem is what config.Load found wrong; what does not
// depend on it is looked at all the same. A database of our own that does not
// run is started for the time of the look.
func Doctor(ctx context.Context, c config.Config, problem error, options Options) *doctor.Report {
	report := &doctor.Report{}
	report.Configuration(choices(c, problem))
	report.Folder(c.DataDir, secret.FileName)
	b := &base{closers: &closers{log: options.Log}, config: c, options: options}
	defer func() { _ = b.closeAll() }()
	opened := b.look(ctx, report)
	report.Endpoints(ctx, b.endpoints(ctx, opened), c.DefaultModel)
	report.Public(ctx, urlOf(c), Healthcheck(ctx, c))
	return report
}

func choices(c config.Config, problem error) doctor.Choices {
	return doctor.Choices{
		Problems: doctor.Sentences(problem), Warnings: c.Warnings(), PublicURL: c.PublicURL, TrustedProxies: c.TrustedProxies,
		PreviousJWT: c.JWTSecretPrevious != "", PreviousKey: c.EncryptionKeyPrevious != "",
		Secrets: map[string]string{"JWT_SECRET": c.JWTSecret, "ENCRYPTION_KEY": c.EncryptionKey},
	}
}

// look opens the database and looks into it; it tells whether it could be
// opened.
func (b *base) look(ctx context.Context, report *doctor.Report) bool {
	if b.config.Embedded() {
		there, err := database.Exists(database.Options{DataDir: b.config.DataDir})
		if err != nil {
			report.Unreachable(err)
			return false
		}
		if !there {
			report.Missing(b.config.DataDir)
			return false
		}
	}
	var err error
	if b.secrets, err = gather(b.config); err != nil {
		report.Unreadable(err)
		return false
	}
	if err := b.openDatabase(ctx, toLook); err != nil {
		report.Unreachable(err)
		return false
	}
	report.Database(ctx, repositories.NewCheckup(b.db, b.config.NotifyDatabaseURL), doctor.Wants{
		OldestMajor: OldestPostgreSQL, Schema: SchemaVersion(), MaxConns: b.config.DBMaxConns,
		JWT: print(b.secrets.jwt), JWTPrevious: print(b.secrets.jwtPrevious),
		Encryption: print(b.secrets.encryption), EncryptionPrevious: print(b.secrets.encryptionPrevious),
	})
	return true
}

// print is the fingerprint of a secret; one that is not set has none.
func print(text string) string {
	if text == "" {
		return ""
	}
	fingerprint, _ := secret.Fingerprint(text) // fails for no text
	return fingerprint
}

// endpoints are those of the environment and, where the database could be
// opened, those that it names.
func (b *base) endpoints(ctx context.Context, opened bool) []doctor.Endpoint {
	var list []doctor.Endpoint
	if b.config.OpenAIBaseURL != "" {
		list = append(list, endpointOf("OPENAI_BASE_URL", b.config.OpenAIBaseURL, b.config.OpenAIAPIKey))
	}
	if !opened {
		return list
	}
	box, boxErr := secret.NewBox(b.secrets.encryption, b.secrets.encryptionPrevious)
	// A schema that has no providers yet is told of elsewhere.
	providers, _, _ := repositories.NewModelRepository(b.db).Load(ctx)
	for _, provider := range providers {
		if !provider.Enabled || provider.Source == model.SourceEnv {
			continue
		}
		key := ""
		if len(provider.Key.Ciphertext) > 0 {
			plain, err := []byte(nil), boxErr
			if err == nil {
				plain, err = box.Open(provider.Key.KeyID, provider.Key.Nonce, provider.Key.Ciphertext, model.AAD(provider.ID, provider.BaseURL))
			}
			if err != nil {
				list = append(list, doctor.Endpoint{Name: provider.Name, BaseURL: provider.BaseURL, Problem: "its key was sealed with another ENCRYPTION_KEY."})
				continue
			}
			key = string(plain)
		}
		list = append(list, endpointOf(provider.Name, provider.BaseURL, key))
	}
	return list
}

func endpointOf(name, baseURL, key string) doctor.Endpoint {
	e := doctor.Endpoint{Name: name, BaseURL: baseURL}
	// What an endpoint says is told by the doctor, not by the log.
	client, err := openai.New(openai.Options{BaseURL: baseURL, Key: key, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		e.Problem = "its address or its key cannot be used."
		return e
	}
	e.Models = func(ctx context.Context) ([]string, error) {
		defer client.Close()
		listed, err := client.ListModels(ctx)
		return namesOf(listed), err
	}
	return e
}

func namesOf(listed []llm.Listing) []string {
	names := make([]string, 0, len(listed))
	for _, each := range listed {
		names = append(names, each.Name)
	}
	return names
}
