package app

// PageRequest asks for one page of a list. Limit is 1..100; Cursor is what
// the page before gave as next, or empty.
type PageRequest struct {
	Limit  int
	Cursor string
}

// Page is one page of a list. Next is nil on the last one.
type Page[T any] struct {
	Data       []T        `json:"data"`
	Pagination Pagination `json:"pagination"`
}

// Pagination tells how to ask for the next page.
type Pagination struct {
	Limit int     `json:"limit"`
	Next  *string `json:"next"`
}

// DefaultPageSize and MaxPageSize bound every list.
const (
	DefaultPageSize = 20
	MaxPageSize     = 100
)
