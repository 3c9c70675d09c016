package controllers

import (
	"bufio"
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
)

// fileLasts bounds how long a slow reader may take for a file.
const fileLasts = 10 * time.Minute

// cutOff is the last line of a file that could not be written to its end.
const cutOff = "The export was cut off here; try again.\n"

// sendFile streams a file to be kept. It is written after the handler has
// returned, by a goroutine that nobody else watches over: a panic there costs
// the file its end, not everybody the process.
func sendFile(c *fiber.Ctx, kind, name string, write func(ctx context.Context, out *bufio.Writer)) error {
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	c.Context().SetBodyStreamWriter(func(out *bufio.Writer) {
		ctx, cancel := context.WithTimeout(context.Background(), fileLasts)
		defer cancel()
		defer func() {
			if recover() != nil {
				_, _ = out.WriteString(cutOff)
			}
		}()
		write(ctx, out)
	})
	return nil
}
