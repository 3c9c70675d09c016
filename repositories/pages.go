package repositories

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/quillium/quillium/app"
)

// pageFrom makes a page of what was read, one more than asked for: key is what
// the list is ordered by.
func pageFrom[T any](list []T, asked app.PageRequest, key func(T) (time.Time, string)) app.Page[T] {
	page := app.Page[T]{Data: []T{}, Pagination: app.Pagination{Limit: asked.Limit}}
	if len(list) > asked.Limit {
		list = list[:asked.Limit]
		next := writeCursor(key(list[len(list)-1]))
		page.Pagination.Next = &next
	}
	page.Data = append(page.Data, list...)
	return page
}

// A cursor is where a page ended; clients treat it as opaque.
func writeCursor(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", at.UnixMicro(), id))
}

func readCursor[T ~string](cursor string) (at time.Time, id T, err error) {
	refused := app.Invalid("cursor", "take it from the page before")
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return at, id, refused
	}
	var micros int64
	var last string
	if _, err := fmt.Sscanf(string(text), "%d %s", &micros, &last); err != nil {
		return at, id, refused
	}
	id, err = app.ParseID[T](last)
	// Far-off years are no timestamps to PostgreSQL.
	if err != nil || micros < 0 || micros > 1<<53 {
		return at, "", refused
	}
	return time.UnixMicro(micros), id, nil
}
