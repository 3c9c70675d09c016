package admin

import (
	"net/url"

	"github.com/gofiber/fiber/v2"
)

// nextPage is this page from a cursor on, with what else its address asks for;
// empty where the list ends here.
func nextPage(c *fiber.Ctx, cursor *string) string {
	if cursor == nil {
		return ""
	}
	return pageAt(c, *cursor)
}

// firstPage leads back to the top; empty at the top.
func firstPage(c *fiber.Ctx) string {
	if c.Query("cursor") == "" {
		return ""
	}
	return pageAt(c, "")
}

func pageAt(c *fiber.Ctx, cursor string) string {
	values, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		values = url.Values{}
	}
	values.Del("done")
	values.Del("cursor")
	if cursor != "" {
		values.Set("cursor", cursor)
	}
	if len(values) == 0 {
		return c.Path()
	}
	return c.Path() + "?" + values.Encode()
}
