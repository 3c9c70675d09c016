package admin

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// chatsPath is the page about all chats.
const chatsPath = "/admin/chats"

// ChatsController answers with the pages about all chats, and takes the forms
// on them.
type ChatsController struct {
	console *Console
	reader  controllers.ManagedChatReader
	chats   controllers.ManagedChatService
}

// NewChatsController makes one.
func NewChatsController(console *Console, reader controllers.ManagedChatReader, chats controllers.ManagedChatService) *ChatsController {
	return &ChatsController{console, reader, chats}
}

// Page lists chats; ?id= opens the panel of one, and ?do= a form in it.
func (h *ChatsController) Page(c *fiber.Ctx) error {
	page, err := h.build(c, app.ChatID(c.Query("id")))
	if err != nil {
		return err
	}
	return h.console.Render(c, views.AdminChats(page))
}

// build is the page with the panel of a chat, where id names one.
func (h *ChatsController) build(c *fiber.Ctx, id app.ChatID) (views.Chats, error) {
	page := views.Chats{Frame: h.console.Frame(c, "Chats", "chats"), At: chatsAt(c)}
	filter, err := controllers.ManagedChatFilter(c)
	if err != nil {
		return page, err
	}
	page.Query, page.State, page.Sort = filter.Query, string(filter.State), string(filter.Sort)
	page.List, err = h.reader.GetManagedChats(c.UserContext(), controllers.ActorOf(c), filter, app.PageRequest{Limit: shown, Cursor: c.Query("cursor")})
	if err != nil {
		return page, err
	}
	page.Next, page.First = nextPage(c, page.List.Pagination.Next), firstPage(c)
	if id == "" {
		return page, nil
	}
	if id, err = app.ParseID[app.ChatID](string(id)); err != nil {
		return page, err
	}
	page.Panel, err = h.panel(c, id)
	return page, err
}

// membersShown is how many members a panel names.
const membersShown = 20

func (h *ChatsController) panel(c *fiber.Ctx, id app.ChatID) (*views.ChatPanel, error) {
	ctx, actor := c.UserContext(), controllers.ActorOf(c)
	one, err := h.reader.GetManagedChat(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	members, err := h.reader.GetManagedMembers(ctx, actor, id, app.PageRequest{Limit: membersShown})
	panel := &views.ChatPanel{Chat: one, Members: members.Data, Do: c.Query("do"), Title: one.Title, Role: string(app.MemberViewer)}
	if one.RetentionDays != nil {
		panel.Days = strconv.Itoa(*one.RetentionDays)
	}
	return panel, err
}

// chatsAt makes addresses of the page that keep what the list is narrowed to.
func chatsAt(c *fiber.Ctx) func(pairs ...string) string {
	values := url.Values{}
	for _, name := range []string{"q", "state", "sort", "cursor"} {
		if value := c.Query(name); value != "" {
			values.Set(name, value)
		}
	}
	return views.Address(chatsPath, values)
}

// act does what a form asks for the chat of the path and leads on. Where that
// is refused, the form is there again, with what was typed.
func (h *ChatsController) act(c *fiber.Ctx, form, to, did string, do func(ctx context.Context, actor app.Actor, id app.ChatID) error) error {
	id, err := app.ParseID[app.ChatID](c.Params("id"))
	if err != nil {
		return err
	}
	if err = do(c.UserContext(), controllers.ActorOf(c), id); err == nil {
		return h.console.Done(c, to, did)
	}
	if errors.Is(err, app.ErrNotFound) {
		return err
	}
	page, failed := h.build(c, id)
	if failed != nil {
		return failed
	}
	page.Path, page.Address = chatsPath, page.At("id", string(id), "do", form)
	page.Panel.Do = form
	return h.console.Refused(c, err, func(refusal views.Refusal) templ.Component {
		page.Panel.Refusal, page.Panel.Reason, page.Panel.Email = refusal, Value(c, "reason"), Value(c, "email")
		if form == "retention" {
			page.Panel.Days = Value(c, "retention_days")
		}
		if form == "rename" {
			page.Panel.Title = Value(c, "title")
		}
		if role := Value(c, "role"); role != "" {
			page.Panel.Role = role
		}
		return views.AdminChats(page)
	})
}

// open is the page with the panel of the chat of the path.
func (h *ChatsController) open(c *fiber.Ctx) string { return chatsPath + "?id=" + c.Params("id") }

// Rename gives a chat another title.
func (h *ChatsController) Rename(c *fiber.Ctx) error {
	return h.act(c, "rename", h.open(c), "chat.renamed", func(ctx context.Context, actor app.Actor, id app.ChatID) error {
		title := Value(c, "title")
		return h.chats.ChangeManagedChat(ctx, actor, id, chat.ManagedPatch{Title: &title})
	})
}

// Retain says how long messages of a chat are kept; nothing is as on the whole
// instance, and what is no number is refused as one that is too small.
func (h *ChatsController) Retain(c *fiber.Ctx) error {
	return h.act(c, "retention", h.open(c), "chat.retention_set", func(ctx context.Context, actor app.Actor, id app.ChatID) error {
		retention := &chat.RetentionDays{}
		if typed := strings.TrimSpace(Value(c, "retention_days")); typed != "" {
			days, err := strconv.Atoi(typed)
			if err != nil {
				days = -1
			}
			retention.Days = &days
		}
		return h.chats.ChangeManagedChat(ctx, actor, id, chat.ManagedPatch{Retention: retention})
	})
}

// Archive puts a chat away for all its members, or takes it out again.
func (h *ChatsController) Archive(c *fiber.Ctx) error {
	archived, did := Checked(c, "archived"), "chat.unarchived"
	if archived {
		did = "chat.archived"
	}
	return h.act(c, "", h.open(c), did, func(ctx context.Context, actor app.Actor, id app.ChatID) error {
		return h.chats.ChangeManagedChat(ctx, actor, id, chat.ManagedPatch{Archived: &archived})
	})
}

// Transfer gives a chat another owner.
func (h *ChatsController) Transfer(c *fiber.Ctx) error {
	return h.act(c, "owner", h.open(c), "chat.transferred", func(ctx context.Context, actor app.Actor, id app.ChatID) error {
		return h.chats.TransferManagedChat(ctx, actor, id, Value(c, "email"), Value(c, "reason"))
	})
}

// Join makes the administrator a member of a chat.
func (h *ChatsController) Join(c *fiber.Ctx) error {
	return h.act(c, "join", h.open(c), "chat.joined", func(ctx context.Context, actor app.Actor, id app.ChatID) error {
		return h.chats.JoinManagedChat(ctx, actor, id, Value(c, "role"), Value(c, "reason"))
	})
}

// Delete hides a chat from everybody.
func (h *ChatsController) Delete(c *fiber.Ctx) error {
	return h.act(c, "delete", h.open(c), "chat.deleted", h.chats.DeleteManagedChat)
}

// Restore brings a deleted chat back.
func (h *ChatsController) Restore(c *fiber.Ctx) error {
	return h.act(c, "", h.open(c), "chat.restored", h.chats.RestoreManagedChat)
}

// Read opens a chat to this session, and leads to what is said there.
func (h *ChatsController) Read(c *fiber.Ctx) error {
	return h.act(c, "read", chatsPath+"/"+c.Params("id")+"/messages", "chat.opened", func(ctx context.Context, actor app.Actor, id app.ChatID) error {
		_, err := h.chats.OpenManagedChat(ctx, actor, id, Value(c, "reason"))
		return err
	})
}

// Messages shows what is said in a chat that is open to this session; where it
// is not, the form that asks why one has to read it.
func (h *ChatsController) Messages(c *fiber.Ctx) error {
	id, err := app.ParseID[app.ChatID](c.Params("id"))
	if err != nil {
		return err
	}
	page, err := controllers.ManagedMessages(c, h.reader, id)
	if errors.Is(err, app.ErrForbidden) {
		return c.Redirect(chatsPath+"?id="+string(id)+"&do=read", fiber.StatusSeeOther)
	}
	if err != nil {
		return err
	}
	one, err := h.reader.GetManagedChat(c.UserContext(), controllers.ActorOf(c), id)
	if err != nil {
		return err
	}
	return h.console.Render(c, views.AdminTranscript(views.Transcript{
		Frame: h.console.Frame(c, one.Title, "chats"), Chat: one, Messages: page.Data, Older: nextPage(c, page.Pagination.Next), Newest: firstPage(c),
	}))
}
