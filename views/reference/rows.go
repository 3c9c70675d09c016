package reference

import (
	"strconv"
	"strings"
)

// rows is how many lines a text field needs, within reason.
func rows(text string) string {
	const least, most = 3, 12
	return strconv.Itoa(min(max(strings.Count(text, "\n")+1, least), most))
}
