package views

// Handbook is one page of the handbook, or what a search found in it.
type Handbook struct {
	Page
	// Pages are all pages; Headings those of this one.
	Pages, Headings []HandbookLink
	Slug            string
	// HTML is the text, made from our own Markdown without any raw HTML.
	HTML string
	// Query is what was searched for, and Results what was found.
	Query   string
	Results []HandbookResult
}

// HandbookLink leads to a page or a heading; Here says that it is open.
type HandbookLink struct {
	Title, Address string
	Here           bool
}

// HandbookResult is a found passage.
type HandbookResult struct{ Page, Heading, Text, Address string }
