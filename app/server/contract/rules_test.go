package contract

import (
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/rule"
)

// The rules for values are one table in code; the contract says the same.
func TestTheContractSaysTheRules(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../../public/openapi.yaml")
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(document)
	require.NoError(t, err)
	documented := map[rule.Field]*openapi3.Schema{rule.FieldQuery: doc.Components.Parameters["Query"].Value.Schema.Value}
	for field, schema := range map[rule.Field]string{
		rule.FieldName: "Name", rule.FieldEmail: "Email", rule.FieldPassword: "NewPassword", rule.FieldTitle: "Title",
		rule.FieldSystemPrompt: "SystemPrompt", rule.FieldClientID: "ClientID", rule.FieldReplyPolicy: "ReplyPolicy",
		rule.FieldPresentPassword: "Password", rule.FieldToken: "Token", rule.FieldModelCall: "ModelCall", rule.FieldModelName: "ModelName", rule.FieldUpstream: "Upstream", rule.FieldMemberRole: "MemberRole", rule.FieldTheme: "Theme", rule.FieldLanguage: "Language",
		rule.FieldReason: "Reason", rule.FieldInstanceName: "InstanceName", rule.FieldBanner: "Banner", rule.FieldEmailDomain: "EmailDomain",
	} {
		documented[field] = doc.Components.Schemas[schema].Value
	}
	documented[rule.FieldContent] = doc.Components.Schemas["Content"].Value
	for field, want := range rule.Table() {
		schema := documented[field]
		switch field {
		case rule.FieldModel, rule.FieldDefaultModel:
			require.Equal(t, want.Pattern, doc.Components.Schemas["ModelID"].Value.Pattern)
			continue
		case rule.FieldContent:
			want.Max = 1 << 20
		}
		require.NotNil(t, schema, "the contract does not say %s", field)
		require.EqualValues(t, want.Min, schema.MinLength, "%s: shortest", field)
		require.Equal(t, want.Pattern, schema.Pattern, "%s: pattern", field)
		require.Equal(t, want.OneOf, texts(schema.Enum), "%s: values", field)
		if want.Max > 0 {
			require.NotNil(t, schema.MaxLength, "%s: longest", field)
			require.EqualValues(t, want.Max, *schema.MaxLength, "%s: longest", field)
		}
	}
}

func texts(values []any) (list []string) {
	for _, value := range values {
		text, _ := value.(string)
		list = append(list, text)
	}
	return list
}
