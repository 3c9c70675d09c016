package wild

import (
	"encoding/json"
	"os"
	"testing"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

func schemas(t *testing.T) openapi3.Schemas {
	t.Helper()
	document, err := os.ReadFile("../../../../public/openapi.yaml")
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(document)
	require.NoError(t, err)
	return doc.Components.Schemas
}

func TestFit(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	m := New(1)
	for _, name := range []string{"Registration", "NewChat", "ChatPatch", "NewMessage", "MessagePatch", "UserSettings", "AccountDeletion", "ReadMark", "Chat", "ChatPage"} {
		for range 50 {
			text := m.Text(m.Fit(all[name].Value))
			var value any
			require.NoError(t, json.Unmarshal(text, &value), "%s", text)
			require.NoError(t, all[name].Value.VisitJSON(value, openapi3.EnableJSONSchema2020()), "%s %s", name, text)
		}
	}
}

func TestSpoilAndBreak(t *testing.T) {
	t.Parallel()
	schema := schemas(t)["NewMessage"].Value
	m := New(2, "0197a3b2-5f6e-7d10-8a3b-4c5d6e7f8091")
	var refused, noJSON, noText, empty int
	for range 3000 {
		text := m.Text(m.Spoil(m.Fit(schema)))
		if m.Chance(3) {
			text = m.Break(text)
		}
		var value any
		switch {
		case len(text) == 0:
			empty++
		case !utf8.Valid(text):
			noText++
		case json.Unmarshal(text, &value) != nil:
			noJSON++
		case schema.VisitJSON(value) != nil:
			refused++
		}
	}
	require.Greater(t, refused, 500, "values that do not fit")
	require.Greater(t, noJSON, 500, "bytes that are no JSON")
	require.Greater(t, noText, 50, "bytes that are no text")
	require.Positive(t, empty)
	require.NotEmpty(t, m.Break(nil))
}

func TestTheSameSeedMakesTheSame(t *testing.T) {
	t.Parallel()
	schema := schemas(t)["Registration"].Value
	one, two := New(3), New(3)
	for range 100 {
		require.Equal(t, one.Text(one.Spoil(one.Fit(schema))), two.Text(two.Spoil(two.Fit(schema))))
	}
}
