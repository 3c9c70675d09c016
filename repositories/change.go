package repositories

import (
	"context"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

// change is a transaction that changes one chat: its row is locked, each
// thing that changes takes the next rev, and what was touched is read back in
// its new state.
type change struct {
	db             *DB
	chat           app.ChatID
	from, rev, seq int64
	messages       []app.MessageID
	settings       bool
	members        bool
	grown          bool
	gone           bool
}

// nextRev takes the chat's next rev. None is burnt: a change that fails
// afterwards takes its transaction with it.
func (c *change) nextRev() int64 {
	c.rev++
	return c.rev
}

func (c *change) nextSeq() int64 {
	c.seq++
	c.grown = true
	return c.seq
}

// touch notes a message to be read back, and takes a rev for it.
func (c *change) touch(id app.MessageID) int64 {
	c.messages = append(c.messages, id)
	return c.nextRev()
}

// changeChat locks the chat's row, lets work change things, stores the
// counters and tells what changed. A change without a rev is no change: From
// equals Rev, and nothing is to be told.
func (db *DB) changeChat(ctx context.Context, id app.ChatID, work func(context.Context, *change) error) (app.Changes, error) {
	var changes app.Changes
	err := db.InTx(ctx, func(ctx context.Context) error {
		c := &change{db: db, chat: id}
		row := db.on(ctx).QueryRow(ctx, `select rev, last_seq from chats where id = $1 for no key update`, id)
		if err := row.Scan(&c.from, &c.seq); err != nil {
			return translate("chats: lock", err)
		}
		c.rev = c.from
		if err := work(ctx, c); err != nil {
			return err
		}
		var err error
		changes, err = c.finish(ctx)
		return err
	})
	return changes, err
}

func (c *change) finish(ctx context.Context) (app.Changes, error) {
	changes := app.Changes{ChatID: c.chat, From: c.from, Rev: c.rev, Messages: []app.Message{}}
	if c.rev == c.from || c.gone {
		changes.Rev = c.from
		return changes, nil
	}
	counters := sq.Update("chats").Set("rev", c.rev).Set("last_seq", c.seq).Where(squirrel.Eq{"id": c.chat})
	if c.grown {
		counters = counters.Set("updated_at", squirrel.Expr("now()"))
	}
	if c.settings {
		counters = counters.Set("settings_rev", c.rev)
	}
	if _, err := c.db.exec(ctx, "chats: count", counters); err != nil {
		return changes, err
	}
	if len(c.messages) > realtime.MaxChanges {
		changes.From = c.rev // a notice
		return changes, nil
	}
	if err := c.readMembers(ctx, &changes); err != nil {
		return changes, err
	}
	if len(c.messages) > 0 {
		list, err := many(ctx, c.db, "messages: read back", selectMessages().Where("m.id = any(?)", c.messages).OrderBy("m.rev"), scanMessage)
		if err != nil {
			return changes, err
		}
		changes.Messages = list
	}
	if c.settings {
		shared, err := one(ctx, c.db, "chats: read back", selectShared().Where(squirrel.Eq{"c.id": c.chat}), scanShared)
		if err != nil {
			return changes, err
		}
		changes.Chat = &shared
	}
	return changes, nil
}

func (c *change) readMembers(ctx context.Context, changes *app.Changes) error {
	if !c.members {
		return nil
	}
	rows, err := c.db.on(ctx).Query(ctx, changedMembers, []app.ChatID{c.chat}, []int64{c.from}, realtime.MaxChanges)
	if err != nil {
		return translate("members: read back", err)
	}
	defer rows.Close()
	return translate("members: read back", eachMember(rows, func(_ app.ChatID, m app.Member) { changes.Members = append(changes.Members, m) }))
}

// selectShared reads the part of a chat that all its members see.
func selectShared() squirrel.SelectBuilder {
	return sq.Select(sharedFields).From("chats c")
}

const sharedFields = `c.id, c.title, c.model, c.system_prompt, c.reply_policy, c.rev, c.last_seq, c.member_count, c.created_at, c.updated_at`

// sharedTargets has room for what callers add: lists are read row by row, and
// each would grow anew.
func sharedTargets(c *app.Chat) []any {
	return append(make([]any, 0, 16), &c.ID, &c.Title, &c.Model, &c.SystemPrompt, &c.ReplyPolicy, &c.Rev, &c.LastSeq, &c.MemberCount, &c.CreatedAt, &c.UpdatedAt)
}

func scanShared(row pgx.CollectableRow) (app.Chat, error) {
	var c app.Chat
	err := row.Scan(sharedTargets(&c)...)
	return c, err
}
