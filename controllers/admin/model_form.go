package admin

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/model"
	"github.com/quillium/quillium/views"
)

// modelForm reads the form of a model: all its fields, as people type them.
func modelForm(c *fiber.Ctx) (model.ModelChange, error) {
	text := func(name string) *string { value := Value(c, name); return &value }
	enabled, restricted := Checked(c, "enabled"), Checked(c, "restricted")
	aliases, users := strings.FieldsFunc(Value(c, "aliases"), separates), strings.FieldsFunc(Value(c, "users"), separates)
	change := model.ModelChange{
		ID: text("model_id"), Name: text("name"), SystemPrompt: text("system_prompt"),
		Aliases: &aliases, Users: &users, Enabled: &enabled, Restricted: &restricted,
	}
	size := 0
	if typed := strings.TrimSpace(Value(c, "context_override")); typed != "" {
		var err error
		if size, err = strconv.Atoi(typed); err != nil {
			return change, app.Invalid("context_override", "a whole number of tokens is expected")
		}
	}
	change.ContextOverride = &size
	in, err := price("input_price", Value(c, "input_price"))
	if err != nil {
		return change, err
	}
	out, err := price("output_price", Value(c, "output_price"))
	change.InputPrice, change.OutputPrice = &in, &out
	return change, err
}

func separates(r rune) bool { return strings.ContainsRune(" ,;\t\r\n", r) }

// price reads dollars as people write them, with at most six digits behind the
// point, as millionths; nothing is 0.
func price(field, typed string) (int64, error) {
	refused := app.Invalid(field, "dollars are expected, such as 0.15, with at most six digits behind the point")
	typed = strings.TrimPrefix(strings.TrimSpace(typed), "$")
	if typed == "" {
		return 0, nil
	}
	whole, behind, _ := strings.Cut(typed, ".")
	if len(whole) > 7 || len(behind) > 6 || strings.Trim(whole+behind, "0123456789") != "" || whole+behind == "" {
		return 0, refused
	}
	micros, err := strconv.ParseInt(whole+behind+strings.Repeat("0", 6-len(behind)), 10, 64)
	if err != nil {
		return 0, refused
	}
	return micros, nil
}

// typedModel puts back into a panel what was typed.
func typedModel(c *fiber.Ctx, panel *views.ModelPanel) {
	panel.ID, panel.Name, panel.Aliases = Value(c, "model_id"), Value(c, "name"), Value(c, "aliases")
	panel.Enabled, panel.Restricted, panel.Users = Checked(c, "enabled"), Checked(c, "restricted"), Value(c, "users")
	panel.Context, panel.InputPrice, panel.OutputPrice = Value(c, "context_override"), Value(c, "input_price"), Value(c, "output_price")
	panel.SystemPrompt = Value(c, "system_prompt")
}
