package controllers

import (
	"context"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// rooms is the service of chats, messages and answers: it remembers what it
// was asked and answers what it is told.
type rooms struct {
	asked   []string
	err     error
	denied  error
	filter  chat.Filter
	page    app.PageRequest
	created chat.NewChat
	patch   chat.Patch
	seq     int64
	within  chat.Range
	list    []app.Message
	input   chat.Input
	edit    chat.EditInput
	model   string
}

var (
	_ ChatService    = (*rooms)(nil)
	_ MessageService = (*rooms)(nil)
	_ AnswerService  = (*rooms)(nil)
)

func (r *rooms) ask(call string) error {
	r.asked = append(r.asked, call)
	return r.err
}

func (r *rooms) chat(id app.ChatID) app.Chat { return app.Chat{ID: id, Title: "Room"} }

func (r *rooms) GetChats(_ context.Context, _ app.Actor, filter chat.Filter, page app.PageRequest) (app.Page[app.Chat], error) {
	r.filter, r.page = filter, page
	return app.Page[app.Chat]{Data: []app.Chat{r.chat(roomID)}, Pagination: app.Pagination{Limit: page.Limit}}, r.ask("list chats")
}

func (r *rooms) GetChat(_ context.Context, _ app.Actor, id app.ChatID) (app.Chat, error) {
	return r.chat(id), r.ask("get chat")
}

func (r *rooms) CreateChat(_ context.Context, _ app.Actor, input chat.NewChat) (app.Chat, error) {
	r.created = input
	return r.chat(roomID), r.ask("create chat")
}

func (r *rooms) UpdateChat(_ context.Context, _ app.Actor, id app.ChatID, patch chat.Patch) (app.Chat, error) {
	r.patch = patch
	return r.chat(id), r.ask("update chat")
}

func (r *rooms) DeleteChat(context.Context, app.Actor, app.ChatID) error { return r.ask("delete chat") }

func (r *rooms) RestoreChat(_ context.Context, _ app.Actor, id app.ChatID) (app.Chat, error) {
	return r.chat(id), r.ask("restore chat")
}

func (r *rooms) Read(_ context.Context, _ app.Actor, _ app.ChatID, seq int64) error {
	r.seq = seq
	return r.ask("read")
}

func (r *rooms) Access(context.Context, app.Actor, app.ChatID) (app.MemberRole, error) {
	return app.MemberViewer, r.denied
}

func (r *rooms) GetMessages(_ context.Context, _ app.Actor, _ app.ChatID, within chat.Range) ([]app.Message, error) {
	r.within = within
	return r.list, r.ask("list messages")
}

func (r *rooms) message(id app.MessageID) app.Message { return app.Message{ID: id, ChatID: roomID} }

func (r *rooms) GetMessage(_ context.Context, _ app.Actor, _ app.ChatID, id app.MessageID) (app.Message, error) {
	return r.message(id), r.ask("get message")
}

func (r *rooms) Post(_ context.Context, _ app.Actor, _ app.ChatID, input chat.Input) (app.Message, error) {
	r.input = input
	return r.message(answerID), r.ask("post")
}

func (r *rooms) EditMessage(_ context.Context, _ app.Actor, _ app.ChatID, id app.MessageID, input chat.EditInput) (app.Message, error) {
	r.edit = input
	return r.message(id), r.ask("edit")
}

func (r *rooms) DeleteMessage(_ context.Context, _ app.Actor, _ app.ChatID, id app.MessageID) (app.Message, error) {
	return r.message(id), r.ask("delete message")
}

func (r *rooms) Regenerate(_ context.Context, _ app.Actor, _ app.ChatID, id app.MessageID, model string) (app.Message, error) {
	r.model = model
	return r.message(id), r.ask("regenerate")
}

func (r *rooms) Continue(_ context.Context, _ app.Actor, _ app.ChatID, id app.MessageID, model string) (app.Message, error) {
	r.model = model
	return r.message(id), r.ask("continue")
}

func (r *rooms) Stop(context.Context, app.Actor, app.ChatID, app.MessageID) (int64, error) {
	return 1, r.ask("stop")
}

// knock makes one request of somebody signed in.
func (r *rooms) knock(t *testing.T, method, path, body string) (status int, text string) {
	t.Helper()
	web := fiber.New(fiber.Config{Immutable: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		return c.Status(StatusOf(asFailure(err).Code)).SendString(string(asFailure(err).Code))
	}})
	chats, messages := NewChatController(r), NewMessageController(r, r)
	web.Get("/chats", chats.List)
	web.Post("/chats", chats.Create)
	web.Get("/chats/:id", chats.Get)
	web.Patch("/chats/:id", chats.Update)
	web.Delete("/chats/:id", chats.Delete)
	web.Post("/chats/:id/restore", chats.Restore)
	web.Put("/chats/:id/read", chats.Read)
	web.Get("/chats/:id/messages", messages.List)
	web.Post("/chats/:id/messages", messages.Post)
	web.Patch("/chats/:id/messages/:mid", messages.Edit)
	web.Delete("/chats/:id/messages/:mid", messages.Delete)
	web.Post("/chats/:id/messages/:mid/regenerate", messages.Regenerate)
	web.Post("/chats/:id/messages/:mid/continue", messages.Continue)
	web.Post("/chats/:id/messages/:mid/stop", messages.Stop)
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := web.Test(request, -1)
	require.NoError(t, err)
	read, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode, string(read)
}
