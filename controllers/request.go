package controllers

import (
	"mime"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
)

// actorKey is where a request keeps its actor.
type actorKey struct{}

// SetActor says who makes this request; middleware calls it, first for the
// stranger (address, user agent, request id), then for who signed in.
func SetActor(c *fiber.Ctx, actor app.Actor) { c.Locals(actorKey{}, actor) }

// actorOf is who makes this request. A stranger has an address, a user agent
// and a request id, but no user.
func actorOf(c *fiber.Ctx) app.Actor {
	actor, _ := c.Locals(actorKey{}).(app.Actor)
	return actor
}

// ActorOf is actorOf for the middleware of routes.
func ActorOf(c *fiber.Ctx) app.Actor { return actorOf(c) }

// byCookieKey is where a request keeps that a cookie says who asks.
type byCookieKey struct{}

// SetByCookie notes that a cookie says who asks, and ByCookie tells it: then a
// form has to prove that it is ours.
func SetByCookie(c *fiber.Ctx) { c.Locals(byCookieKey{}, true) }

// ByCookie tells whether a cookie says who asks.
func ByCookie(c *fiber.Ctx) bool {
	is, _ := c.Locals(byCookieKey{}).(bool)
	return is
}

// decode reads the JSON body of a call into a struct. Anything but plain
// application/json in UTF-8 is unsupported; anything but one object of known
// fields is invalid_input.
func decode(c *fiber.Ctx, into any) error {
	if !isJSON(c) {
		return app.ErrUnsupported
	}
	// Not c.Body(): that would unpack a compressed body past the limit.
	return decodeJSON(c.BodyRaw(), into)
}

// isJSON tells whether a request says that its body is plain JSON.
func isJSON(c *fiber.Ctx) bool {
	kind, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEApplicationJSON {
		return false
	}
	charset, given := params["charset"]
	if given && !strings.EqualFold(charset, "utf-8") {
		return false
	}
	encoding := c.Get(fiber.HeaderContentEncoding)
	return encoding == "" || strings.EqualFold(encoding, "identity")
}

// pathID reads an id from the path. What is no id names nothing: not_found.
func pathID[T ~string](c *fiber.Ctx, name string) (T, error) {
	return app.ParseID[T](c.Params(name))
}

// pageOf reads limit (1..100, 20) and cursor; other values are invalid_input.
func pageOf(c *fiber.Ctx) (app.PageRequest, error) {
	limit, given, err := queryInt(c, "limit", 1, app.MaxPageSize)
	if err != nil {
		return app.PageRequest{}, err
	}
	if !given {
		limit = app.DefaultPageSize
	}
	cursor, err := queryText(c, "cursor", 512)
	return app.PageRequest{Limit: int(limit), Cursor: cursor}, err
}

// queryText reads a text of at most most bytes; absent is empty.
func queryText(c *fiber.Ctx, name string, most int) (string, error) {
	text := c.Query(name)
	if len(text) > most {
		return "", app.Invalid(name, "at most %d bytes", most)
	}
	if !plainText(text) {
		return "", app.Invalid(name, "it must be UTF-8 without U+0000")
	}
	return text, nil
}

// queryInt reads a whole number in a range, and tells whether it was given.
func queryInt(c *fiber.Ctx, name string, least, most int64) (int64, bool, error) {
	text := c.Query(name)
	if text == "" {
		return 0, false, nil
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < least || number > most {
		return 0, false, app.Invalid(name, "a whole number from %d to %d is expected", least, most)
	}
	return number, true, nil
}

// queryBool reads true or false; absent is nil.
func queryBool(c *fiber.Ctx, name string) (*bool, error) {
	switch c.Query(name) {
	case "":
		return nil, nil
	case "true":
		yes := true
		return &yes, nil
	case "false":
		no := false
		return &no, nil
	}
	return nil, app.Invalid(name, "true or false is expected")
}

func plainText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}
