package views

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/quillium/quillium/app"
)

// Models is the page about providers and models.
type Models struct {
	Frame
	Providers []app.ManagedProvider
	// Places are where model servers were looked for, while none is connected.
	Places []ModelPlace
	List   app.Page[app.ManagedModel]
	Total  int
	// Query and Of, a provider's id, narrow the list; Cursor is where this page of
	// it begins; Open is the uid of the model whose panel is open.
	Query, Of, Cursor, Open string
	// At leads to the page with other values in its address, "" being none.
	At func(pairs ...string) string
	// Provider and Model are panels; at most one is open.
	Provider *ProviderPanel
	Model    *ModelPanel
}

// ModelPlace is where a model server may listen on this machine. Problem says
// why there is nothing to connect.
type ModelPlace struct {
	ID, Program, BaseURL string
	Models               []string
	Problem              string
}

// ProviderPanel is the form of a provider: what is stored, nil for a new one,
// what is in the form, and what a test of it said.
type ProviderPanel struct {
	Stored        *app.ManagedProvider
	Name, BaseURL string
	Enabled       bool
	Refusal       Refusal
	Steps         []app.Step
}

// ModelPanel is the form of a model: what is stored, and what is in the form.
type ModelPanel struct {
	Stored                           app.ManagedModel
	ID, Name, Aliases                string
	Enabled, Restricted              bool
	Users                            string
	Context, InputPrice, OutputPrice string
	SystemPrompt                     string
	Refusal                          Refusal
}

// NewModelPanel is the form of a model as it is stored.
func NewModelPanel(m app.ManagedModel) *ModelPanel {
	panel := &ModelPanel{
		Stored: m, ID: m.ID, Name: m.Name, Aliases: strings.Join(m.Aliases, " "), Enabled: m.Enabled, Restricted: m.Restricted,
		InputPrice: Price(m.InputPrice), OutputPrice: Price(m.OutputPrice),
	}
	addresses := make([]string, len(m.Users))
	for i, user := range m.Users {
		addresses[i] = user.Email
	}
	panel.Users = strings.Join(addresses, "\n")
	if m.ContextOverride > 0 {
		panel.Context = strconv.Itoa(m.ContextOverride)
	}
	if m.SystemPrompt != nil {
		panel.SystemPrompt = *m.SystemPrompt
	}
	return panel
}

// ProviderPreset is a kind of endpoint whose address is known.
type ProviderPreset struct{ Name, BaseURL, Hint string }

const onThisMachine = "In a container, write host.docker.internal instead of 127.0.0.1."

// ProviderPresets are the kinds that are offered, the last one being any.
func ProviderPresets() []ProviderPreset {
	return []ProviderPreset{
		{"Ollama", "http://127.0.0.1:11434/v1", onThisMachine},
		{"LM Studio", "http://127.0.0.1:1234/v1", onThisMachine},
		{"vLLM", "http://127.0.0.1:8000/v1", onThisMachine},
		{"llama.cpp", "http://127.0.0.1:8080/v1", onThisMachine},
		{"OpenRouter", "https://openrouter.ai/api/v1", "Make a key on their page."},
		{"OpenAI", "https://api.openai.com/v1", "Make a key on their platform page."},
		{"Other", "", "Anything that speaks OpenAI's chat protocol."},
	}
}

// Price writes millionths of a dollar as dollars; nothing for 0.
func Price(micros int64) string {
	if micros == 0 {
		return ""
	}
	text := fmt.Sprintf("%d.%06d", micros/1_000_000, micros%1_000_000)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

func prices(m app.ManagedModel) string {
	if m.InputPrice == 0 && m.OutputPrice == 0 {
		return "–"
	}
	return "$" + orZero(Price(m.InputPrice)) + " / $" + orZero(Price(m.OutputPrice))
}

func orZero(price string) string {
	if price == "" {
		return "0"
	}
	return price
}

func providerState(p app.ManagedProvider) Badge {
	switch {
	case !p.Enabled:
		return Badge{"plain", "Off"}
	case p.Reason != "":
		return Badge{"bad", "Away"}
	case p.LookedAt == nil:
		return Badge{"plain", "Not asked yet"}
	}
	return Badge{"good", "Reachable"}
}

func modelState(m app.ManagedModel) Badge {
	switch {
	case !m.Enabled:
		return Badge{"plain", "Off"}
	case m.Reason != "":
		return Badge{"bad", "Away"}
	case !m.Available:
		return Badge{"plain", "Provider off"}
	case !m.Listed:
		return Badge{"warn", "Not listed"}
	}
	return Badge{"good", "On"}
}

func modelUsers(m app.ManagedModel) string {
	switch {
	case !m.Restricted:
		return "Everyone"
	case m.UserCount == 1:
		return "1 person"
	}
	return Grouped(m.UserCount) + " people"
}

func contextText(size int) string {
	if size == 0 {
		return "–"
	}
	return Grouped(size)
}

func someModels(names []string) string {
	const shown = 3
	text := strings.Join(names[:min(shown, len(names))], ", ")
	if more := len(names) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func stepTitle(name string) string {
	return map[string]string{
		"resolve": "Name", "connect": "Connection", "tls": "Encryption", "status": "Status", "key": "Key", "models": "Models", "answer": "First words",
	}[name]
}

func stepState(state app.StepState) Badge {
	switch state {
	case app.StepPassed:
		return Badge{"good", "Well"}
	case app.StepFailed:
		return Badge{"bad", "Failed"}
	case app.StepSkipped:
	}
	return Badge{"plain", "Left out"}
}

func took(step app.Step) string {
	if step.State == app.StepSkipped || step.Took == 0 {
		return ""
	}
	return Grouped(step.Took) + " ms"
}

func yes(on bool) string {
	if on {
		return "yes"
	}
	return ""
}

func (m Models) providerTable() Table {
	t := Table{Caption: "Providers", Columns: []Column{{Title: "Provider"}, {Title: "State"}, {Title: "Address"}, {Title: "Models", Number: true}, {Title: "Last look"}}}
	for _, p := range m.Providers {
		last := textCell("–")
		if p.LookedAt != nil {
			last = Ago(*p.LookedAt)
		}
		t.Rows = append(t.Rows, Row{
			Href: m.At("provider", string(p.ID)), Name: p.Name, Open: m.Provider != nil && m.Provider.Stored != nil && m.Provider.Stored.ID == p.ID,
			Cells: []templ.Component{Text(p.Name), providerState(p).Cell(), Code(p.BaseURL), Number(p.Models), last},
		})
	}
	t.Total = counted(int64(len(m.Providers)), "provider", "providers")
	t.Empty = Empty{
		Title: "No provider is connected", Text: "Until there is one, the guide answers from the handbook.",
		Action: "Add a provider", Href: m.At("add", "Ollama"),
	}
	return t
}

func (m Models) modelTable() Table {
	t := Table{Caption: "Models", Columns: []Column{{Title: "Model"}, {Title: "State"}, {Title: "Provider"}, {Title: "Who"}, {Title: "Context", Number: true}, {Title: "In / out, a million tokens", Number: true}}}
	for _, one := range m.List.Data {
		t.Rows = append(t.Rows, Row{
			Href: m.At("id", string(one.UID)), Name: one.Name, Open: m.Open == string(one.UID),
			Cells: []templ.Component{modelCell(one), modelState(one).Cell(), Text(one.Provider), Text(modelUsers(one)), Text(contextText(one.ContextSize)), Text(prices(one))},
		})
	}
	t.Total = counted(int64(m.Total), "model", "models")
	if m.List.Pagination.Next != nil {
		t.Next = m.At("cursor", *m.List.Pagination.Next)
	}
	if m.Cursor != "" {
		t.First = m.At("cursor", "")
	}
	t.Empty = Empty{Title: "No model fits", Text: "Look for something else, or fetch the list of a provider."}
	if m.Query == "" && m.Of == "" {
		t.Empty = Empty{Title: "There are no models yet", Text: "They come with the list of a provider that is switched on."}
	}
	return t
}

func (m Models) filter() Filter {
	of := Field{Name: "of", Label: "Provider", Value: m.Of, Options: []Option{{"", "All providers"}}}
	for _, p := range m.Providers {
		of.Options = append(of.Options, Option{string(p.ID), p.Name})
	}
	return Filter{Action: "/admin/models", Query: m.Query, Placeholder: "Search models by name, id or alias", Choices: []Field{of}}
}

func asTold(m app.ManagedModel) string {
	if m.ContextSize == 0 || m.ContextOverride > 0 {
		return "as the provider says, else 8,192."
	}
	return Grouped(m.ContextSize) + ", as the provider says."
}

func saveVerb(p ProviderPanel) string {
	if p.Stored == nil {
		return "Add"
	}
	return "Save"
}

func keyHint(p ProviderPanel) string {
	switch {
	case p.Stored == nil && len(p.Steps) > 0:
		return "Type it once more to add the provider with it."
	case p.Stored == nil:
		return "Leave it empty where none is asked for. It is stored sealed and never shown again."
	case p.Stored.HasKey:
		return "One is stored, for this address alone. Empty leaves it as it is."
	}
	return "None is stored."
}

func addressHint(p ProviderPanel) string {
	for _, preset := range ProviderPresets() {
		if p.Stored == nil && preset.Name == p.Name {
			return preset.Hint
		}
	}
	return "It often ends in /v1."
}
