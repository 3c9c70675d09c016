package app

// GuideModel is the built-in model that answers from the handbook.
const GuideModel = "guide"

// Model is a language model that a user may ask, as the API shows it.
type Model struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Aliases are other names by which it can be chosen and mentioned.
	Aliases     []string `json:"aliases"`
	Provider    string   `json:"provider"`
	ContextSize int      `json:"context_size"`
	Input       []string `json:"input"`
	Default     bool     `json:"default"`
	Available   bool     `json:"available"`
	Reason      string   `json:"reason,omitempty"`
}

// Provider is an endpoint that serves models. Its key is held apart, sealed.
type Provider struct {
	ID      ProviderID
	Name    string
	BaseURL string
	// Source is "env" for the one from OPENAI_BASE_URL, "database" for others.
	Source  string
	Enabled bool
}
