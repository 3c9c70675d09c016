package repositories_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestInstance(t *testing.T) {
	t.Parallel()
	instances := repositories.NewInstanceRepository(pgtest.New(t))
	fresh, err := instances.Get(t.Context())
	require.NoError(t, err)
	require.NoError(t, uuid.Validate(fresh.Store))
	require.Empty(t, fresh.JWTFingerprint+fresh.EncryptionFingerprint)

	require.NoError(t, instances.SaveFingerprints(t.Context(), "j", "e"))
	later, err := instances.Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, repositories.Instance{Store: fresh.Store, JWTFingerprint: "j", EncryptionFingerprint: "e"}, later)
}
