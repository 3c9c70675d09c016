package controllers

import (
	"context"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

type subscribeBody struct {
	Chats []subscribeChat `json:"chats"`
	Store *string         `json:"store"`
	Limit *int            `json:"limit"`
}

type subscribeChat struct {
	ChatID string `json:"chat_id"`
	Since  *int64 `json:"since"`
}

type chatBody struct {
	ChatID string `json:"chat_id"`
}

type stopBody struct {
	ChatID    string `json:"chat_id"`
	MessageID string `json:"message_id"`
}

type socketReadBody struct {
	ChatID string `json:"chat_id"`
	readBody
}

type stopAck struct {
	ChatID    app.ChatID    `json:"chat_id"`
	MessageID app.MessageID `json:"message_id"`
	Rev       int64         `json:"rev"`
}

const (
	defaultSnapshot = 50
	maxSnapshot     = 200
)

// subscribe is answered chat by chat; it lasts as long as the client takes to
// read the answers.
func (s *socketSession) subscribe(w wish) error {
	var data subscribeBody
	if err := w.into(&data); err != nil {
		return err
	}
	limit := defaultSnapshot
	if data.Limit != nil {
		limit = *data.Limit
	}
	switch {
	case len(data.Chats) < 1 || len(data.Chats) > realtime.MaxChats:
		return app.Invalid("chats", "1 to %d are expected", realtime.MaxChats)
	case limit < 1 || limit > maxSnapshot:
		return app.Invalid("limit", "a whole number from 1 to %d is expected", maxSnapshot)
	}
	asks, err := s.asks(w.ID, data.Chats)
	if err != nil {
		return err
	}
	s.settle()
	s.h.hub.Subscribe(s.ctx, s.client, realtime.Subscription{
		ID: w.ID, Asks: asks, Limit: limit, Resume: data.Store == nil || *data.Store == s.h.options.Store,
	})
	return nil
}

// asks are the chats that can be asked for; what is no id is nobody's chat.
func (s *socketSession) asks(id string, chats []subscribeChat) ([]realtime.Ask, error) {
	asks := make([]realtime.Ask, 0, len(chats))
	seen := map[app.ChatID]bool{}
	for _, c := range chats {
		if c.Since != nil && *c.Since < 0 {
			return nil, app.Invalid("since", "it must be 0 or more")
		}
		chat, err := app.ParseID[app.ChatID](c.ChatID)
		if err != nil {
			s.client.Send(realtime.ErrorEnvelope(id, app.ChatID(shown(c.ChatID)), err))
			continue
		}
		if seen[chat] {
			return nil, app.Invalid("chats", "the same chat is there twice")
		}
		seen[chat] = true
		asks = append(asks, realtime.Ask{ChatID: chat, Since: c.Since})
	}
	return asks, nil
}

// chatNamer is a body about one chat.
type chatNamer interface{ chat() string }

func (b chatBody) chat() string       { return b.ChatID }
func (b stopBody) chat() string       { return b.ChatID }
func (b socketReadBody) chat() string { return b.ChatID }
func (b socketMessage) chat() string  { return b.ChatID }

// about reads a request about one chat; what is no id is nobody's chat.
func about[T chatNamer](w wish) (data T, id app.ChatID, err error) {
	if err = w.into(&data); err == nil {
		id, err = app.ParseID[app.ChatID](data.chat())
	}
	return data, id, err
}

func (s *socketSession) unsubscribe(w wish) (app.ChatID, error) {
	_, id, err := about[chatBody](w)
	if err != nil {
		return "", err
	}
	s.settle()
	s.h.hub.Unsubscribe(s.client, id)
	s.client.Send(realtime.Envelope{Type: "unsubscribed", ID: w.ID, Data: realtime.InChat{ChatID: id}})
	return id, nil
}

func (s *socketSession) stop(ctx context.Context, w wish) (app.ChatID, error) {
	data, id, err := about[stopBody](w)
	if err != nil {
		return "", err
	}
	message, err := app.ParseID[app.MessageID](data.MessageID)
	if err != nil {
		return id, err
	}
	s.settle()
	rev, err := s.h.stops.Stop(ctx, s.client.Actor, id, message)
	if err != nil {
		return id, err
	}
	s.client.Send(realtime.Envelope{Type: "ack", ID: w.ID, Data: stopAck{ChatID: id, MessageID: message, Rev: rev}})
	return id, nil
}

func (s *socketSession) markRead(ctx context.Context, w wish) (app.ChatID, error) {
	data, id, err := about[socketReadBody](w)
	if err != nil {
		return "", err
	}
	s.settle()
	return id, s.h.rooms.Read(ctx, s.client.Actor, id, data.place())
}

// typing is passed on for those who may write what they seem to type. It is
// never answered.
func (s *socketSession) typing(ctx context.Context, w wish) (app.ChatID, error) {
	_, id, err := about[chatBody](w)
	if err != nil {
		return id, err
	}
	if role, err := s.h.rooms.Access(ctx, s.client.Actor, id); err == nil && role.MayWrite() {
		s.h.hub.Typing(s.client, id)
	}
	return id, nil
}
