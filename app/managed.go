package app

import "time"

// ManagedProvider is a provider as administrators see it. Its key is told to
// nobody.
type ManagedProvider struct {
	ID      ProviderID `json:"id"`
	Name    string     `json:"name"`
	BaseURL string     `json:"base_url"`
	Source  string     `json:"source"`
	Enabled bool       `json:"enabled"`
	HasKey  bool       `json:"has_key"`
	// Models is how many there are here, the ones that are switched off included.
	Models int `json:"models"`
	// LookedAt is when this node last asked for the list of models, nil where it
	// has not; Reason is why nothing can be asked there, or empty.
	LookedAt *time.Time `json:"looked_at"`
	Reason   string     `json:"reason"`
}

// ManagedModel is a model as administrators see it.
type ManagedModel struct {
	// UID stays when the id is changed.
	UID        ModelUID   `json:"uid"`
	ID         string     `json:"id"`
	Aliases    []string   `json:"aliases"`
	Name       string     `json:"name"`
	ProviderID ProviderID `json:"provider_id"`
	Provider   string     `json:"provider"`
	// Upstream is its name at the provider.
	Upstream string `json:"upstream"`
	Enabled  bool   `json:"enabled"`
	// Listed tells whether its provider's last list had it.
	Listed bool `json:"listed"`
	// Restricted models are for UserCount chosen users.
	Restricted bool   `json:"restricted"`
	UserCount  int    `json:"user_count"`
	Default    bool   `json:"default"`
	Available  bool   `json:"available"`
	Reason     string `json:"reason,omitempty"`
	// ContextSize, in tokens, is what is reckoned with, 0 where it is not known;
	// ContextOverride is what an administrator set, 0 for as the provider says.
	ContextSize     int `json:"context_size"`
	ContextOverride int `json:"context_override"`
	// InputPrice and OutputPrice are in millionths of a US dollar for a million
	// tokens; 0 is free or not known.
	InputPrice  int64 `json:"input_price"`
	OutputPrice int64 `json:"output_price"`
	// SystemPrompt and Users are left out of lists.
	SystemPrompt *string `json:"system_prompt,omitempty"`
	Users        []User  `json:"users,omitzero"`
}

// StepState is how one step of a test ended.
type StepState string

// States of a step. A passed one may have something to say all the same.
const (
	StepPassed  StepState = "passed"
	StepFailed  StepState = "failed"
	StepSkipped StepState = "skipped"
)

// Step is one thing that was tried with a provider, and what came of it in
// words.
type Step struct {
	Name  string    `json:"name"`
	State StepState `json:"state"`
	Text  string    `json:"text"`
	// Took is in milliseconds.
	Took int64 `json:"took_ms"`
}

// ManagedUser is an account as administrators see it.
type ManagedUser struct {
	User
	// SeenAt is when one of its sessions was used last, nil for never.
	SeenAt *time.Time `json:"seen_at"`
	// Sessions are those that live.
	Sessions int `json:"sessions"`
}

// SignupInvite is a link that lets people make an account, MaxUses of them,
// until ExpiresAt, whoever may sign up.
type SignupInvite struct {
	ID        InviteID  `json:"id"`
	ExpiresAt time.Time `json:"expires_at"`
	MaxUses   int       `json:"max_uses"`
	Uses      int       `json:"uses"`
	CreatedBy *Person   `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	// URL is told once, to whoever makes it: its token is kept as a hash.
	URL string `json:"url,omitempty"`
}
