package reference

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/public"
)

func TestOwnContract(t *testing.T) {
	t.Parallel()
	r, err := Read([]byte(public.OpenAPI()))
	require.NoError(t, err)
	require.Equal(t, "Quillium", r.Title)
	shapes := map[string]bool{}
	for _, shape := range r.Shapes {
		shapes[shape.Name] = true
	}
	named := func(of Type) {
		require.True(t, of.Shape == "" || shapes[of.Shape], of.Shape)
	}
	count := 0
	for _, group := range r.Groups {
		require.NotEmpty(t, group.Operations, group.Name)
		for _, op := range group.Operations {
			count++
			require.NotEmpty(t, op.ID)
			require.NotEmpty(t, op.Summary, op.ID)
			require.NotEmpty(t, op.Answers, op.ID)
			for _, parameter := range op.Parameters {
				require.NotEmpty(t, parameter.Name, op.ID)
				require.NotEmpty(t, parameter.Description, op.ID)
				named(parameter.Type)
			}
			for _, answer := range op.Answers {
				require.NotEmpty(t, answer.Description, op.ID)
				named(answer.Type)
			}
			if op.Body != nil {
				named(*op.Body)
				require.NotEmpty(t, r.FieldsOf(*op.Body), op.ID)
			}
		}
	}
	require.Equal(t, strings.Count(public.OpenAPI(), "operationId:"), count, "every operation is there once")
}

const small = `
info: {title: Small, description: "A **bold** <script>alert(1)</script> word"}
tags: [{name: things, description: Things.}]
paths:
  /things/{id}:
    parameters: [{$ref: '#/components/parameters/ID'}]
    put:
      operationId: putThing
      tags: [things]
      summary: Put
      security: [{}]
      parameters: [{name: q, in: query, description: What., schema: {type: integer, minimum: 1, maximum: 9, default: 2}}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Thing'}
            examples: {one: {value: {name: "<x>"}}}
      responses:
        '200': {$ref: '#/components/responses/Things', description: Mine.}
        '204': {description: Nothing.}
components:
  parameters:
    ID: {name: id, in: path, required: true, description: Which., schema: {type: string, minLength: 3}}
  responses:
    Things:
      description: Many.
      content: {application/json: {schema: {type: array, maxItems: 5, items: {$ref: '#/components/schemas/Thing'}}}}
  schemas:
    Thing:
      description: A thing.
      required: [name]
      properties:
        name: {type: [string, 'null'], maxLength: 4}
        kind: {enum: [a, b]}
        parent: {oneOf: [{type: 'null'}, {$ref: '#/components/schemas/Thing'}]}
        old: {const: 7}
    More:
      allOf: [{$ref: '#/components/schemas/Thing'}, {type: object, properties: {more: {type: boolean}}}]
`

func TestRead(t *testing.T) {
	t.Parallel()
	r, err := Read([]byte(small))
	require.NoError(t, err)
	require.Contains(t, r.Intro, "<strong>bold</strong>")
	require.NotContains(t, r.Intro, "<script")
	require.Len(t, r.Groups, 1)
	op := r.Groups[0].Operations[0]
	t.Run("an operation", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "PUT /things/{id}", op.Method+" "+op.Path)
		require.False(t, op.Secured)
		require.True(t, op.BodyRequired)
		require.Equal(t, "{\n  \"name\": \"<x>\"\n}", op.Example)
		require.Equal(t, Type{Shape: "Thing"}, *op.Body)
	})
	t.Run("its parameters, the path's first", func(t *testing.T) {
		t.Parallel()
		require.Len(t, op.Parameters, 2)
		require.Equal(t, Field{Name: "id", In: "path", Description: "<p>Which.</p>\n", Required: true, Type: Type{Words: "string", Rule: "at least 3 characters"}}, op.Parameters[0])
		require.Equal(t, Type{Words: "integer", Rule: "1 to 9, default 2"}, op.Parameters[1].Type)
	})
	t.Run("its answers, with what stands beside a reference", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []Answer{
			{Status: "200", Description: "<p>Mine.</p>\n", Media: "application/json", Type: Type{Words: "list of", Shape: "Thing", Rule: "at most 5 items"}},
			{Status: "204", Description: "<p>Nothing.</p>\n"},
		}, op.Answers)
	})
	t.Run("shapes", func(t *testing.T) {
		t.Parallel()
		fields := r.FieldsOf(Type{Shape: "Thing"})
		require.Equal(t, []Field{
			{Name: "name", Required: true, Type: Type{Words: "string or null", Rule: "at most 4 characters"}},
			{Name: "kind", Type: Type{Words: "a | b"}},
			{Name: "parent", Type: Type{Words: "null or", Shape: "Thing"}},
			{Name: "old", Type: Type{Words: "7"}},
		}, fields)
		require.Len(t, r.FieldsOf(Type{Shape: "More"}), 5)
	})
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"nothing":                     "",
		"what is no YAML":             "a: [",
		"a reference to nothing":      strings.Replace(small, "components/parameters/ID", "components/parameters/None", 1),
		"an operation of no tag":      strings.Replace(small, "tags: [things]", "tags: [others]", 1),
		"a shape that refers wrongly": strings.Replace(small, "{$ref: '#/components/schemas/Thing'}}}}", "{$ref: '#/components/schemas/None'}}}}", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Read([]byte(document))
			require.Error(t, err)
		})
	}
}
