package controllers

import (
	"context"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// ManagedChatReader shows administrators all chats.
type ManagedChatReader interface {
	GetManagedChats(ctx context.Context, actor app.Actor, filter chat.ManagedFilter, page app.PageRequest) (app.Page[app.ManagedChat], error)
	GetManagedChat(ctx context.Context, actor app.Actor, id app.ChatID) (app.ManagedChat, error)
	GetManagedMembers(ctx context.Context, actor app.Actor, id app.ChatID, page app.PageRequest) (app.Page[app.Member], error)
	GetManagedMessages(ctx context.Context, actor app.Actor, id app.ChatID, within chat.Range) ([]app.Message, error)
}

// ManagedChatService changes chats of others.
type ManagedChatService interface {
	ChangeManagedChat(ctx context.Context, actor app.Actor, id app.ChatID, patch chat.ManagedPatch) error
	DeleteManagedChat(ctx context.Context, actor app.Actor, id app.ChatID) error
	RestoreManagedChat(ctx context.Context, actor app.Actor, id app.ChatID) error
	OpenManagedChat(ctx context.Context, actor app.Actor, id app.ChatID, why string) (app.Reading, error)
	JoinManagedChat(ctx context.Context, actor app.Actor, id app.ChatID, as, why string) error
	TransferManagedChat(ctx context.Context, actor app.Actor, id app.ChatID, email, why string) error
}

// ManagedChatController lets administrators see whose chats there are and how
// large, and change them.
type ManagedChatController struct {
	reader ManagedChatReader
	chats  ManagedChatService
}

// NewManagedChatController makes a controller of these services.
func NewManagedChatController(reader ManagedChatReader, chats ManagedChatService) *ManagedChatController {
	return &ManagedChatController{reader: reader, chats: chats}
}

type managedPatchBody struct {
	Title    *string `json:"title"`
	Archived *bool   `json:"archived"`
	// RetentionDays may be null, which is another thing than to be left out.
	RetentionDays optionalDays `json:"retention_days"`
}

// optionalDays is a number of days, null, or left out.
type optionalDays struct {
	given bool
	days  *int
}

// UnmarshalJSON notes that there is a value, null too.
func (o *optionalDays) UnmarshalJSON(raw []byte) error {
	o.given = true
	return json.Unmarshal(raw, &o.days)
}

func (b managedPatchBody) patch() chat.ManagedPatch {
	patch := chat.ManagedPatch{Title: b.Title, Archived: b.Archived}
	if b.RetentionDays.given {
		patch.Retention = &chat.RetentionDays{Days: b.RetentionDays.days}
	}
	return patch
}

type joinBody struct {
	Role   string `json:"role"`
	Reason string `json:"reason"`
}

type transferBody struct {
	Email  string `json:"email"`
	Reason string `json:"reason"`
}

// List answers GET /admin/chats.
func (m *ManagedChatController) List(c *fiber.Ctx) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	filter, err := ManagedChatFilter(c)
	if err != nil {
		return err
	}
	list, err := m.reader.GetManagedChats(c.UserContext(), actorOf(c), filter, page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

// ManagedChatFilter reads which chats are asked for, and in which order.
func ManagedChatFilter(c *fiber.Ctx) (chat.ManagedFilter, error) {
	var filter chat.ManagedFilter
	query, err := queryText(c, "q", 800)
	if err != nil {
		return filter, err
	}
	state, err := queryText(c, "state", 32)
	if err != nil {
		return filter, err
	}
	sort, err := queryText(c, "sort", 32)
	return chat.ManagedFilter{Query: query, State: chat.ManagedState(state), Sort: chat.ManagedSort(sort)}, err
}

// Get answers GET /admin/chats/:id.
func (m *ManagedChatController) Get(c *fiber.Ctx) error {
	return m.on(c, nil, func(context.Context, app.Actor, app.ChatID) error { return nil })
}

// on does something to the chat of the path and answers how it is then.
func (m *ManagedChatController) on(c *fiber.Ctx, body any, do func(context.Context, app.Actor, app.ChatID) error) error {
	id, err := managedChat(c, body)
	if err != nil {
		return err
	}
	if err := do(c.UserContext(), actorOf(c), id); err != nil {
		return err
	}
	one, err := m.reader.GetManagedChat(c.UserContext(), actorOf(c), id)
	if err != nil {
		return err
	}
	return c.JSON(one)
}

// managedChat reads the id and, where there is one, the body of a call.
func managedChat(c *fiber.Ctx, body any) (app.ChatID, error) {
	id, err := pathID[app.ChatID](c, "id")
	if err == nil && body != nil {
		err = decode(c, body)
	}
	return id, err
}

// Update answers PATCH /admin/chats/:id.
func (m *ManagedChatController) Update(c *fiber.Ctx) error {
	var body managedPatchBody
	return m.on(c, &body, func(ctx context.Context, actor app.Actor, id app.ChatID) error {
		return m.chats.ChangeManagedChat(ctx, actor, id, body.patch())
	})
}

// Delete answers DELETE /admin/chats/:id.
func (m *ManagedChatController) Delete(c *fiber.Ctx) error {
	id, err := managedChat(c, nil)
	if err != nil {
		return err
	}
	if err := m.chats.DeleteManagedChat(c.UserContext(), actorOf(c), id); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// Restore answers POST /admin/chats/:id/restore.
func (m *ManagedChatController) Restore(c *fiber.Ctx) error {
	return m.on(c, nil, m.chats.RestoreManagedChat)
}

// Members answers GET /admin/chats/:id/members.
func (m *ManagedChatController) Members(c *fiber.Ctx) error {
	id, err := managedChat(c, nil)
	if err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	if _, err := m.reader.GetManagedChat(c.UserContext(), actorOf(c), id); err != nil {
		return err
	}
	list, err := m.reader.GetManagedMembers(c.UserContext(), actorOf(c), id, page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

// Transfer answers PUT /admin/chats/:id/owner.
func (m *ManagedChatController) Transfer(c *fiber.Ctx) error {
	var body transferBody
	return m.on(c, &body, func(ctx context.Context, actor app.Actor, id app.ChatID) error {
		return m.chats.TransferManagedChat(ctx, actor, id, body.Email, body.Reason)
	})
}

// Join answers POST /admin/chats/:id/join.
func (m *ManagedChatController) Join(c *fiber.Ctx) error {
	var body joinBody
	return m.on(c, &body, func(ctx context.Context, actor app.Actor, id app.ChatID) error {
		return m.chats.JoinManagedChat(ctx, actor, id, body.Role, body.Reason)
	})
}

// Open answers POST /admin/chats/:id/read.
func (m *ManagedChatController) Open(c *fiber.Ctx) error {
	var body reasonBody
	id, err := managedChat(c, &body)
	if err != nil {
		return err
	}
	leave, err := m.chats.OpenManagedChat(c.UserContext(), actorOf(c), id, body.Reason)
	if err != nil {
		return err
	}
	return c.JSON(leave)
}

// Messages answers GET /admin/chats/:id/messages.
func (m *ManagedChatController) Messages(c *fiber.Ctx) error {
	id, err := managedChat(c, nil)
	if err != nil {
		return err
	}
	page, err := ManagedMessages(c, m.reader, id)
	if err != nil {
		return err
	}
	return c.JSON(page)
}

// ManagedMessages reads the page of messages that is asked for.
func ManagedMessages(c *fiber.Ctx, reader ManagedChatReader, id app.ChatID) (app.Page[app.Message], error) {
	within, err := rangeOf(c)
	if err != nil {
		return app.Page[app.Message]{}, err
	}
	limit := within.Limit
	within.Limit++
	list, err := reader.GetManagedMessages(c.UserContext(), actorOf(c), id, within)
	return messagePage(list, within, limit), err
}
