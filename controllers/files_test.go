package controllers

import (
	"bufio"
	"context"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
)

func TestSendFile(t *testing.T) {
	t.Parallel()
	t.Run("a file is sent with its name", func(t *testing.T) {
		t.Parallel()
		answer, body := send(t, func(c *fiber.Ctx) error {
			return sendFile(c, "text/csv", "a.csv", func(_ context.Context, out *bufio.Writer) { _, _ = out.WriteString("one\n") })
		}, post("/", `{}`))
		require.Equal(t, `attachment; filename="a.csv"`, answer.Header.Get("Content-Disposition"))
		require.Equal(t, "one\n", body)
	})
	t.Run("a panic in the middle is told in the file, and ends nothing else", func(t *testing.T) {
		t.Parallel()
		_, body := send(t, func(c *fiber.Ctx) error {
			return sendFile(c, "text/csv", "a.csv", func(_ context.Context, out *bufio.Writer) {
				_, _ = out.WriteString("one\n")
				panic("broken")
			})
		}, post("/", `{}`))
		require.Equal(t, "one\n"+cutOff, body)
	})
}
