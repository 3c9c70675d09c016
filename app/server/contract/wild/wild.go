// Package wild makes requests that nobody meant to send: from a schema a value
// that fits, from that a value that does not, and from that bytes that are no
// JSON any more. It is test support, like package contract above it.
package wild

import (
	"math/rand/v2"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Maker makes wild values out of one source of chance. It serves one
// goroutine.
type Maker struct {
	rand *rand.Rand
	// Known are texts that mean something to the server under test, such as
	// ids of its chats: among wild values they reach deeper.
	Known []string
}

// New is a maker that makes the same values for the same seed.
func New(seed uint64, known ...string) *Maker {
	return &Maker{rand: rand.New(rand.NewPCG(seed, 1)), Known: known}
}

// Fit makes a value that a schema allows: objects as maps, arrays as slices,
// numbers as int64. Optional properties come and go by chance.
func (m *Maker) Fit(schema *openapi3.Schema) any {
	switch {
	case schema == nil:
		return nil
	case len(schema.AllOf) > 0:
		return m.Fit(schema.AllOf[0].Value)
	case len(schema.AnyOf) > 0:
		return m.Fit(schema.AnyOf[m.rand.IntN(len(schema.AnyOf))].Value)
	case len(schema.Enum) > 0:
		return schema.Enum[m.rand.IntN(len(schema.Enum))]
	case len(schema.Examples) > 0:
		return schema.Examples[m.rand.IntN(len(schema.Examples))]
	case schema.Type.Includes(openapi3.TypeObject):
		return m.object(schema)
	case schema.Type.Includes(openapi3.TypeArray):
		return []any{m.Fit(schema.Items.Value)}
	case schema.Type.Includes(openapi3.TypeBoolean):
		return m.chance(2)
	case schema.Type.Includes(openapi3.TypeInteger):
		return least(schema) + m.rand.Int64N(5)
	}
	return strings.Repeat("x", int(schema.MinLength)+m.rand.IntN(5))
}

func least(schema *openapi3.Schema) int64 {
	if schema.Min == nil {
		return 0
	}
	return int64(*schema.Min)
}

func (m *Maker) object(schema *openapi3.Schema) map[string]any {
	object := map[string]any{}
	for _, name := range sorted(schema.Properties) {
		if contains(schema.Required, name) || m.chance(2) {
			object[name] = m.Fit(schema.Properties[name].Value)
		}
	}
	return object
}

// Spoil gives back a tree in which about one value was replaced by something
// that has no business there, one property renamed, dropped or added.
func (m *Maker) Spoil(value any) any {
	object, is := value.(map[string]any)
	if !is || len(object) == 0 || m.chance(8) {
		return m.oddity()
	}
	names := sorted(object)
	name := names[m.rand.IntN(len(names))]
	switch m.rand.IntN(8) {
	case 0:
		delete(object, name)
	case 1:
		object[m.oddName(name)] = object[name]
	case 2:
		object[m.oddName(name)] = m.oddity()
	case 3:
		object[name] = []any{object[name], m.oddity()}
	case 4:
		object[name] = m.Spoil(object[name])
	default:
		object[name] = m.oddity()
	}
	return object
}

// Break makes bytes out of bytes: it cuts, doubles, swaps and inserts.
func (m *Maker) Break(text []byte) []byte {
	if len(text) == 0 {
		return []byte(m.scrap())
	}
	at := m.rand.IntN(len(text))
	broken := append([]byte{}, text[:at]...)
	switch m.rand.IntN(6) {
	case 0: // cut
	case 1:
		broken = append(append(broken, m.scrap()...), text[at:]...)
	case 2:
		broken = append(broken, text[at:]...)
		broken[at] ^= 1 << m.rand.IntN(8)
	case 3:
		broken = append(append(broken, text...), text[at:]...)
	case 4:
		broken = append(broken, text[min(at+1+m.rand.IntN(8), len(text)):]...)
	default:
		broken = append(append(broken, byte(m.rand.IntN(256))), text[at:]...)
	}
	return broken
}

// Chance is true once in n.
func (m *Maker) Chance(n int) bool { return m.chance(n) }

// Below is a number from 0 up to, but not, n.
func (m *Maker) Below(n int) int { return m.rand.IntN(n) }

// Pick is one of a list.
func (m *Maker) Pick(list ...string) string { return list[m.rand.IntN(len(list))] }

func (m *Maker) chance(n int) bool { return m.rand.IntN(n) == 0 }
