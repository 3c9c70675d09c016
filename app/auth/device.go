package auth

import "strings"

const unknownDevice = "Unknown device"

// deviceOf names a device as its owner would, from the User-Agent header:
// "Firefox on Windows". What is no browser gives its product, "curl".
func deviceOf(userAgent string) string {
	browser := firstOf(userAgent, [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	})
	system := firstOf(userAgent, [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"CrOS", "ChromeOS"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
	})
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	}
	return product(userAgent)
}

func firstOf(text string, marks [][2]string) string {
	for _, mark := range marks {
		if strings.Contains(text, mark[0]) {
			return mark[1]
		}
	}
	return ""
}

// product is the first word of the header up to its version, as far as it is
// plain ASCII: anybody may send anything.
func product(userAgent string) string {
	const longest = 40
	end := 0
	for end < len(userAgent) && end < longest && userAgent[end] > ' ' && userAgent[end] < 0x7f && userAgent[end] != '/' {
		end++
	}
	if end == 0 {
		return unknownDevice
	}
	return userAgent[:end]
}
