package admin

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/settings"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// SettingsController lets administrators say how the instance is.
type SettingsController struct {
	console  *Console
	settings controllers.SettingsService
}

// NewSettingsController makes one.
func NewSettingsController(console *Console, service controllers.SettingsService) *SettingsController {
	return &SettingsController{console, service}
}

const settingsPage = "/admin/settings"

// Page shows all settings, and the history of the one that is asked for.
func (s *SettingsController) Page(c *fiber.Ctx) error {
	view, err := s.view(c, nil)
	if err != nil {
		return err
	}
	name := settings.Name(c.Query("name"))
	for _, group := range view.Groups {
		for _, setting := range group.Settings {
			if setting.Name == string(name) {
				view.Shown = setting
			}
		}
	}
	if view.Shown.Name == "" {
		return s.console.Render(c, views.AdminSettings(view))
	}
	changes, err := s.settings.GetHistory(c.UserContext(), controllers.ActorOf(c), name)
	if err != nil {
		return err
	}
	for _, change := range changes {
		view.History = append(view.History, views.SettingChange{At: change.At, By: nameOf(change.By), From: change.From, To: change.To})
	}
	return s.console.Render(c, views.AdminSettings(view))
}

// Save stores what a group's form says, or takes one setting back to its
// default.
func (s *SettingsController) Save(c *fiber.Ctx) error {
	all, err := s.settings.GetAll(c.UserContext(), controllers.ActorOf(c))
	if err != nil {
		return err
	}
	wanted, typed, done := map[settings.Name]json.RawMessage{}, map[settings.Name]string{}, "setting.changed"
	if reset := Value(c, "reset"); reset != "" {
		wanted[settings.Name(reset)], done = json.RawMessage("null"), "setting.reset"
	} else {
		for _, value := range all {
			if string(value.Group) == c.Params("group") && value.Source != settings.SourceEnvironment && value.Kind != settings.Picture {
				typed[value.Name] = Value(c, string(value.Name))
				wanted[value.Name] = written(value.Definition, typed[value.Name])
			}
		}
	}
	refused := s.settings.Set(c.UserContext(), controllers.ActorOf(c), wanted)
	if refused == nil {
		return s.console.Done(c, settingsPage, done)
	}
	return s.refuse(c, c.Params("group"), refused, typed)
}

// SaveLogo takes the picture that was chosen.
func (s *SettingsController) SaveLogo(c *fiber.Ctx) error {
	file, err := fileOf(c, "logo")
	if err == nil {
		err = s.settings.SetLogo(c.UserContext(), controllers.ActorOf(c), file)
	}
	if err == nil {
		return s.console.Done(c, settingsPage, "setting.changed")
	}
	return s.refuse(c, string(settings.GroupLook), err, nil)
}

func (s *SettingsController) refuse(c *fiber.Ctx, group string, refused error, typed map[settings.Name]string) error {
	view, err := s.view(c, typed)
	if err != nil {
		return err
	}
	return s.console.Refused(c, refused, func(refusal views.Refusal) templ.Component {
		view.Refused, view.Refusal = group, refusal
		return views.AdminSettings(view)
	})
}

// fileOf is a file of a form, as far as one may be: one that is longer is
// refused by who reads it.
func fileOf(c *fiber.Ctx, name string) ([]byte, error) {
	chosen, err := c.FormFile(name)
	if err != nil {
		return nil, app.Invalid(name, "choose a picture first")
	}
	file, err := chosen.Open()
	if err != nil {
		return nil, fmt.Errorf("settings: open a file of a form: %w", err)
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, 1<<20))
}

// view is the page, with what was typed in place of what is set.
func (s *SettingsController) view(c *fiber.Ctx, typed map[settings.Name]string) (views.Settings, error) {
	all, err := s.settings.GetAll(c.UserContext(), controllers.ActorOf(c))
	if err != nil {
		return views.Settings{}, err
	}
	view := views.Settings{Frame: s.console.Frame(c, "Settings", "settings")}
	for _, value := range all {
		at := len(view.Groups) - 1
		if at < 0 || view.Groups[at].Name != string(value.Group) {
			view.Groups = append(view.Groups, views.SettingsGroup{Name: string(value.Group)})
			at++
		}
		setting := settingOf(value)
		if text, is := typed[value.Name]; is {
			setting.Value = text
		}
		view.Groups[at].Settings = append(view.Groups[at].Settings, setting)
	}
	return view, nil
}

// settingOf is a setting as a field of a form.
func settingOf(value settings.Value) views.Setting {
	field := views.Field{Name: string(value.Name), Label: value.Title, Hint: value.Help, Value: fmt.Sprint(value.Value)}
	switch value.Kind {
	case settings.Int:
		field.Kind, field.Min, field.Max, field.Required = "number", int(value.Min), int(value.Max), true
		if value.Unit != "" {
			field.Label += " (" + value.Unit + ")"
		}
	case settings.Enum:
		field.Kind = "select"
		for _, option := range value.Options {
			field.Options = append(field.Options, views.Option{Value: option, Label: optionLabel(option)})
		}
	case settings.List:
		list, _ := value.Value.([]string)
		field.Kind, field.Value = "textarea", strings.Join(list, "\n")
		field.Hint += " One a line."
	}
	if value.Source == settings.SourceEnvironment {
		field.Disabled = "Set by " + value.Variable + " in the environment of the server; change it there and restart."
	}
	setting := views.Setting{Field: field, Source: string(value.Source), Picture: value.Kind == settings.Picture, By: nameOf(value.UpdatedBy)}
	if value.UpdatedAt != nil {
		setting.At = *value.UpdatedAt
	}
	return setting
}

func optionLabel(option string) string {
	switch app.Signups(option) {
	case app.SignupsOpen:
		return "Open to everybody"
	case app.SignupsByInvitation:
		return "By invitation"
	case app.SignupsClosed:
		return "Closed"
	}
	return option
}

func nameOf(person *app.Person) string {
	if person == nil {
		return ""
	}
	return person.Name
}

// written is what was typed as JSON of the setting's kind; what is none is a
// text, and refused by the setting's own rule.
func written(d settings.Definition, typed string) json.RawMessage {
	var value any = typed
	switch d.Kind {
	case settings.Int:
		if number, err := strconv.ParseInt(strings.TrimSpace(typed), 10, 64); err == nil {
			value = number
		}
	case settings.List:
		value = strings.FieldsFunc(typed, func(r rune) bool { return strings.ContainsRune("\r\n\t ,;", r) })
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return json.RawMessage(`""`)
	}
	return raw
}
