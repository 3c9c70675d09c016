package controllers

import (
	"context"
	"encoding/base64"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/realtime"
)

// MessageService is what the messages' calls need.
type MessageService interface {
	GetMessages(ctx context.Context, actor app.Actor, id app.ChatID, within chat.Range) ([]app.Message, error)
	GetMessage(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID) (app.Message, error)
	Post(ctx context.Context, actor app.Actor, id app.ChatID, input chat.Input) (app.Message, error)
	EditMessage(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID, input chat.EditInput) (app.Message, error)
	DeleteMessage(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID) (app.Message, error)
	Access(ctx context.Context, actor app.Actor, id app.ChatID) (app.MemberRole, error)
}

// AnswerService is what the answers' calls need.
type AnswerService interface {
	Regenerate(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID, model string) (app.Message, error)
	Continue(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID, model string) (app.Message, error)
	Stop(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID) (int64, error)
}

// MessageController answers the calls about messages and their answers.
type MessageController struct {
	messages MessageService
	answers  AnswerService
}

// NewMessageController makes the controller of messages.
func NewMessageController(messages MessageService, answers AnswerService) *MessageController {
	return &MessageController{messages: messages, answers: answers}
}

type messageBody struct {
	Content  string  `json:"content"`
	ClientID *string `json:"client_id"`
	Model    string  `json:"model"`
	ReplyTo  *string `json:"reply_to"`
}

func (b messageBody) input() chat.Input { return chat.Input(b) }

type editBody struct {
	Content string `json:"content"`
	Answer  bool   `json:"answer"`
}

type modelBody struct {
	Model string `json:"model"`
}

// List answers GET /chats/{id}/messages: the newest, or those before or after
// a place, ascending. next leads on in the same direction.
func (h *MessageController) List(c *fiber.Ctx) error {
	id, err := pathID[app.ChatID](c, "id")
	if err != nil {
		return err
	}
	within, err := rangeOf(c)
	if err != nil {
		if _, denied := h.messages.Access(c.UserContext(), actorOf(c), id); denied != nil {
			return denied
		}
		return err
	}
	limit := within.Limit
	within.Limit++
	list, err := h.messages.GetMessages(c.UserContext(), actorOf(c), id, within)
	if err != nil {
		return err
	}
	return c.JSON(messagePage(list, within, limit))
}

// messagePage is what of a list goes out: at most limit, and no more than
// MaxBytes of text unless one message alone has more. Where that is not all,
// next leads on.
func messagePage(list []app.Message, within chat.Range, limit int) app.Page[app.Message] {
	page := app.Page[app.Message]{Data: []app.Message{}, Pagination: app.Pagination{Limit: limit}}
	ascending := within.After != nil
	fits := 0
	for bytes := 0; fits < min(len(list), limit); fits++ {
		at := fits
		if !ascending {
			at = len(list) - 1 - fits
		}
		if bytes += list[at].Size(); fits > 0 && bytes > realtime.MaxBytes {
			break
		}
	}
	if fits < len(list) {
		var next string
		if ascending {
			list = list[:fits]
			next = placeCursor("after", list[fits-1].Seq)
		} else {
			list = list[len(list)-fits:]
			next = placeCursor("before", list[0].Seq)
		}
		page.Pagination.Next = &next
	}
	page.Data = append(page.Data, list...)
	return page
}

// rangeOf reads before, after, limit and cursor; at most one of the three
// that name a place.
func rangeOf(c *fiber.Ctx) (chat.Range, error) {
	page, err := pageOf(c)
	if err != nil {
		return chat.Range{}, err
	}
	within := chat.Range{Limit: page.Limit}
	before, hasBefore, err := queryInt(c, "before", 1, 1<<53)
	if err != nil {
		return within, err
	}
	after, hasAfter, err := queryInt(c, "after", 0, 1<<53)
	switch {
	case err != nil:
		return within, err
	case hasBefore && hasAfter, page.Cursor != "" && (hasBefore || hasAfter):
		return within, app.Invalid("before", "give one of before, after and cursor")
	case hasBefore:
		within.Before = &before
	case hasAfter:
		within.After = &after
	case page.Cursor != "":
		within, err = readPlaceCursor(page.Cursor)
		within.Limit = page.Limit
	}
	return within, err
}

func placeCursor(side string, seq int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(side[:1] + strconv.FormatInt(seq, 10)))
}

// readPlaceCursor reads the place and the direction of a cursor.
func readPlaceCursor(cursor string) (within chat.Range, err error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(text) < 2 {
		return within, badCursor()
	}
	seq, err := strconv.ParseInt(string(text[1:]), 10, 64)
	if err != nil || seq < 0 {
		return within, badCursor()
	}
	switch text[0] {
	case 'a':
		within.After = &seq
	case 'b':
		within.Before = &seq
	default:
		return within, badCursor()
	}
	return within, nil
}

func badCursor() *app.Error { return app.Invalid("cursor", "take it from the page before") }

// Post answers POST /chats/{id}/messages, after the commit.
func (h *MessageController) Post(c *fiber.Ctx) error {
	var body messageBody
	id, err := inChat(c, h.messages, &body)
	if err != nil {
		return err
	}
	posted, err := h.messages.Post(c.UserContext(), actorOf(c), id, body.input())
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(posted)
}

// Edit answers PATCH /chats/{id}/messages/{mid}.
func (h *MessageController) Edit(c *fiber.Ctx) error {
	var body editBody
	id, message, err := h.target(c, &body)
	if err != nil {
		return err
	}
	edited, err := h.messages.EditMessage(c.UserContext(), actorOf(c), id, message, chat.EditInput(body))
	if err != nil {
		return err
	}
	return c.JSON(edited)
}

// Delete answers DELETE /chats/{id}/messages/{mid} with what is left.
func (h *MessageController) Delete(c *fiber.Ctx) error {
	id, message, err := h.target(c, nil)
	if err != nil {
		return err
	}
	left, err := h.messages.DeleteMessage(c.UserContext(), actorOf(c), id, message)
	if err != nil {
		return err
	}
	return c.JSON(left)
}

// Regenerate answers POST .../regenerate.
func (h *MessageController) Regenerate(c *fiber.Ctx) error { return h.again(c, h.answers.Regenerate) }

// Continue answers POST .../continue.
func (h *MessageController) Continue(c *fiber.Ctx) error { return h.again(c, h.answers.Continue) }

type again func(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID, model string) (app.Message, error)

func (h *MessageController) again(c *fiber.Ctx, call again) error {
	var body modelBody
	// A body is not needed where no model is named.
	var into any
	if len(c.BodyRaw()) > 0 {
		into = &body
	}
	id, message, err := h.target(c, into)
	if err != nil {
		return err
	}
	m, err := call(c.UserContext(), actorOf(c), id, message, body.Model)
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusAccepted).JSON(m)
}

// Stop answers POST .../stop when the wish is stored.
func (h *MessageController) Stop(c *fiber.Ctx) error {
	id, message, err := h.target(c, nil)
	if err != nil {
		return err
	}
	if _, err := h.answers.Stop(c.UserContext(), actorOf(c), id, message); err != nil {
		return err
	}
	m, err := h.messages.GetMessage(c.UserContext(), actorOf(c), id, message)
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusAccepted).JSON(m)
}

// target reads the ids of a call about one message, and its body where it has
// one.
func (h *MessageController) target(c *fiber.Ctx, body any) (app.ChatID, app.MessageID, error) {
	id, err := pathID[app.ChatID](c, "id")
	if err != nil {
		return "", "", err
	}
	message, err := pathID[app.MessageID](c, "mid")
	if err == nil && body != nil {
		_, err = inChat(c, h.messages, body)
	}
	return id, message, err
}
