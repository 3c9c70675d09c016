package admin

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// passwordField is the password that a form brings along.
const passwordField = "confirm_password"

// askPassword answers a form that is dangerous with the same form once more,
// hidden, and a field for the password. Nothing has been done yet; why is what
// was wrong with a password that came along, or nil.
func (k *Console) askPassword(c *fiber.Ctx, why error) error {
	ask := views.AskPassword{Frame: k.Frame(c, "Your password", ""), Action: c.OriginalURL(), Back: back(c)}
	if why != nil {
		refused := app.AsError(why)
		if refused.Code != app.CodeForbidden && refused.Code != app.CodeInvalidInput && refused.Code != app.CodeRateLimited {
			return why
		}
		ask.Problem = refused.Message
	}
	if strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
		// A file cannot be sent once more without being chosen once more.
		return app.ErrConfirm
	}
	for key, value := range c.Request().PostArgs().All() {
		if name := string(key); name != passwordField && name != proofField {
			ask.Hidden = append(ask.Hidden, views.Hidden{Name: name, Value: strings.ToValidUTF8(string(value), "")})
		}
	}
	wholePage(c)
	slices.SortStableFunc(ask.Hidden, func(a, b views.Hidden) int { return strings.Compare(a.Name, b.Name) })
	return controllers.Render(c, http.StatusForbidden, views.AdminPassword(ask))
}

// back is the page that a form was on, where the browser tells.
func back(c *fiber.Ctx) string {
	if current := c.Get("HX-Current-URL"); current != "" {
		if _, path, found := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(current, "https://"), "http://"), "/"); found && strings.HasPrefix(path, "admin") {
			return "/" + path
		}
	}
	return "/admin"
}
