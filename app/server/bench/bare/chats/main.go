// Command chats lists one person's chats with nothing but Fiber and pgx: the same pool, columns and bytes, no accounts.
package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const columns = `c.id, c.title, c.model, c.system_prompt, c.reply_policy, c.rev, c.last_seq, c.member_count, c.created_at, c.updated_at,
	me.role, c.last_seq - me.last_read_seq, me.last_read_seq, me.pinned, me.archived`

type chat struct {
	ID           string    `json:"id"`
	Title        string    `json:"title"`
	Model        string    `json:"model"`
	SystemPrompt string    `json:"system_prompt"`
	ReplyPolicy  string    `json:"reply_policy"`
	Rev          int64     `json:"rev"`
	LastSeq      int64     `json:"last_seq"`
	MemberCount  int       `json:"member_count"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	Me           struct {
		Role        string `json:"role"`
		Unread      int64  `json:"unread"`
		LastReadSeq int64  `json:"last_read_seq"`
		Pinned      bool   `json:"pinned"`
		Archived    bool   `json:"archived"`
	} `json:"me"`
}

func main() { // chats ADDRESS DATABASE_URL USER_ID; the size of the pool is in the URL
	pool, _ := pgxpool.New(context.Background(), os.Args[2])
	web := fiber.New(fiber.Config{DisableStartupMessage: true})
	web.Get("/chats", func(c *fiber.Ctx) error {
		rows, _ := pool.Query(c.UserContext(), `select `+columns+` from members me join chats c on c.id = me.chat_id
			where me.user_id = $1 and me.removed_at is null and c.deleted_at is null and not me.archived
			order by c.updated_at desc, c.id desc limit 21`, os.Args[3]) // its error is also that of CollectRows
		chats, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c chat, err error) {
			err = row.Scan(&c.ID, &c.Title, &c.Model, &c.SystemPrompt, &c.ReplyPolicy, &c.Rev, &c.LastSeq, &c.MemberCount, &c.CreatedAt, &c.UpdatedAt,
				&c.Me.Role, &c.Me.Unread, &c.Me.LastReadSeq, &c.Me.Pinned, &c.Me.Archived)
			c.CreatedAt, c.UpdatedAt = c.CreatedAt.UTC(), c.UpdatedAt.UTC()
			return c, err
		})
		if err != nil {
			return err
		}
		next := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", chats[19].UpdatedAt.UnixMicro(), chats[19].ID))
		return c.JSON(fiber.Map{"data": chats[:20], "pagination": fiber.Map{"limit": 20, "next": next}})
	})
	log.Fatal(web.Listen(os.Args[1]))
}
