package llm

// Miss is why a look at an address found no endpoint.
type Miss string

// What a look can meet instead of a list of models.
const (
	// MissRefused: nothing listens there.
	MissRefused Miss = "nothing listens"
	// MissUnknown: the host's name has no address.
	MissUnknown Miss = "no such host"
	// MissSlow: no whole answer came in time.
	MissSlow Miss = "too slow"
	// MissElsewhere: it sends who asks to another address.
	MissElsewhere Miss = "a redirect"
	// MissLocked: it wants a key.
	MissLocked Miss = "wants a key"
	// MissOther: what answers is no endpoint.
	MissOther Miss = "something else"
	// MissLarge: the answer is larger than a list may be.
	MissLarge Miss = "too large"
)

// Error is the reason in a few words; people are told more.
func (m Miss) Error() string { return "llm: probe: " + string(m) }
