package server

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/handbook"
	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/guide"
	"github.com/quillium/quillium/app/llm/openai"
	"github.com/quillium/quillium/app/model"
	"github.com/quillium/quillium/app/realtime"
	"github.com/quillium/quillium/app/search"
	"github.com/quillium/quillium/app/settings"
	"github.com/quillium/quillium/app/usage"
	"github.com/quillium/quillium/docs"
	"github.com/quillium/quillium/repositories"
)

// rooms are the services about chats, their answers, and who listens.
type rooms struct {
	hub     *realtime.Hub
	chats   *chat.Service
	history *chat.History
	members *chat.Members
	// overseen is what administrators do with the chats of others.
	overseen *chat.Administration
	search   *search.Service
	answers  *assistant.Service
	models   *model.Service
	finder   *model.Finder
	// handbook is searched by the guide.
	handbook *handbook.Book
}

// lookEvery is how soon whatever a lost hint left is made good, and a little
// for the reading.
const lookEvery = 4 * time.Second

// buildServices wires people and rooms. The hub is how services tell the
// world, so it comes first and hears of settings through a door that opens
// when there are any.
func (s *Server) buildServices(ctx context.Context, limiter *limit.Limiter) error {
	node, release, err := claimNode(s.config.DataDir)
	if err != nil {
		return err
	}
	s.node = node
	s.later("node", release)
	s.buildLogs()
	meter := s.buildUsage()
	live := assistant.NewLive()
	snapshots := repositories.NewSnapshotRepository(s.db)
	hub := realtime.NewHub(snapshots, live, s.options.Log, s.asked(settings.MaxSocketsPerUser),
		func(string) { s.people.settings.Wake() })
	s.later("hub", func(context.Context) error { hub.Close(); return nil })
	recent := chat.NewRecent(repositories.NewChatRepository(s.db))
	bell, err := s.openBell(ears{s, hub, recent}, s.options.Log)
	if err != nil {
		return err
	}
	world := nodes{hub, bell, recent}
	s.health.hear(bell)
	departures := chat.NewDepartures(repositories.NewDepartureRepository(s.db), world, s.options.Log)
	janitor := auth.NewJanitor(repositories.NewDeletionRepository(s.db), departures, repositories.NewSweepRepository(s.db), world, s.options.Log, time.Now)
	if s.people, err = buildPeople(ctx, s.base, world, waker{s}, limiter, s.URL); err != nil {
		return err
	}
	s.follow(limiter)
	if err := s.ensureAdmin(ctx, s.people.auth); err != nil {
		return err
	}
	if s.store, err = remember(ctx, repositories.NewInstanceRepository(s.db), s.secrets, s.options.Log); err != nil {
		return err
	}
	if s.rooms, err = s.buildRooms(ctx, hub, world, live, meter); err != nil {
		return err
	}
	sessions := repositories.NewSessionRepository(s.db)
	s.loop("watch over sessions", func(ctx context.Context) { hub.Watch(ctx, sessions, lookEvery) })
	s.loop("look at followed chats", func(ctx context.Context) { hub.Look(ctx, snapshots, lookEvery) })
	hub.Among(neighbours{bell}, repositories.NewPresenceRepository(s.db), s.rooms.answers.Owner)
	s.loop("presence", hub.Attend)
	s.loop("gossip", func(ctx context.Context) { hub.PassOn(ctx, snapshots) })
	s.loop("inboxes", func(ctx context.Context) { hub.TellInboxes(ctx, snapshots) })
	s.buildRunning(world)
	s.loop("doorbell", bell.Run)
	if err := s.sealAudit(ctx); err != nil {
		return err
	}
	s.loop("index of words", search.NewLibrarian(repositories.NewSearchRepository(s.db), s.options.Log).Run)
	s.count()
	return s.startJobs(ctx, janitor, world)
}

func (s *Server) buildRooms(ctx context.Context, hub *realtime.Hub, world nodes, live *assistant.Live, meter *usage.Meter) (*rooms, error) {
	help, err := guide.New(docs.Files(), guide.WithAddress(handbook.Address))
	if err != nil {
		return nil, err
	}
	book, err := buildHandbook(help)
	if err != nil {
		return nil, err
	}
	models, err := s.buildModels(ctx, help, world.models)
	if err != nil {
		return nil, err
	}
	finder, err := s.findModels(ctx, models)
	if err != nil {
		return nil, err
	}
	members := repositories.NewMemberRepository(s.db)
	answers := assistant.NewService(repositories.NewRunRepository(s.db), repositories.NewNodeRepository(s.db),
		repositories.NewPastRepository(s.db), members, catalogue{models}, growth{hub, world.bell}, world, live, s.options.Log,
		assistant.Options{MaxBytes: s.asked(settings.MaxAnswerBytes), Node: s.node, Meter: meter})
	loops, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.later("answers", func(context.Context) error { stop(); answers.Wait(); return nil })
	if err := answers.Start(loops); err != nil {
		return nil, err
	}
	chats := chat.NewService(repositories.NewChatRepository(s.db), world.recent, members, counted{repositories.NewMessageRepository(s.db), meter},
		answers, world, s.options.Log, s.asked(settings.MaxMessageBytes))
	s.later("read marks", chats.FlushReads)
	history := chat.NewHistory(chats, repositories.NewHistoryRepository(s.db))
	people := chat.NewMembers(repositories.NewMembershipRepository(s.db), members, world, s.options.Log)
	overseen := chat.NewAdministration(chat.AdministrationParts{
		Chats: repositories.NewManagedChatRepository(s.db), Custody: repositories.NewCustodyRepository(s.db), Retainer: repositories.NewCustodyRepository(s.db), Keeper: repositories.NewChatRepository(s.db),
		Audit: audit.NewRecorder(repositories.NewAuditRepository(s.db), time.Now), Now: time.Now,
	}, world, s.options.Log)
	found := search.NewService(repositories.NewSearchRepository(s.db), members)
	return &rooms{hub: hub, chats: chats, history: history, members: people, overseen: overseen, search: found, answers: answers, models: models, finder: finder, handbook: book}, nil
}

// buildHandbook wires the pages of the handbook; the guide finds passages.
func buildHandbook(help *guide.Guide) (*handbook.Book, error) {
	return handbook.New(docs.Files(), func(question string, most int) []handbook.Passage {
		found := help.Search(question, most)
		passages := make([]handbook.Passage, len(found))
		for i, passage := range found {
			passages[i] = handbook.Passage(passage)
		}
		return passages
	})
}

// buildModels wires the catalogue and what answers without any endpoint.
func (s *Server) buildModels(ctx context.Context, help *guide.Guide, changed func()) (*model.Service, error) {
	store := repositories.NewModelRepository(s.db)
	dial := func(baseURL, key string) (llm.Endpoint, error) {
		return openai.New(openai.Options{BaseURL: baseURL, Key: key, Log: s.options.Log})
	}
	inspect := func(ctx context.Context, baseURL, key string, pick func([]llm.Listing) string) ([]app.Step, error) {
		return openai.Inspect(ctx, openai.Options{BaseURL: baseURL, Key: key, Log: s.options.Log}, pick)
	}
	models := model.NewService(model.Parts{
		Models: store, Providers: store, Preferences: store, People: repositories.NewModelPeople(s.db), Standard: s.people.settings, Tx: s.db,
		Audit: audit.NewRecorder(repositories.NewAuditRepository(s.db), time.Now), Guide: help, Box: s.keys.box, Dial: dial, Inspect: inspect, Log: s.options.Log,
	}, model.Options{
		EnvBaseURL: s.config.OpenAIBaseURL, EnvKey: s.config.OpenAIAPIKey, DefaultModel: s.config.DefaultModel, Changed: changed,
	})
	if err := models.Sync(ctx); err != nil {
		return nil, err
	}
	return models, nil
}

// catalogue is the models as answers see them.
type catalogue struct{ *model.Service }

var _ assistant.Models = catalogue{}

// Resolve says a choice as answers do.
func (c catalogue) Resolve(ctx context.Context, actor app.Actor, id string) (assistant.Choice, error) {
	choice, err := c.Service.Resolve(ctx, actor, id)
	return assistant.Choice(choice), err
}

// count adds what only a running server can tell to the figures.
func (s *Server) count() {
	s.metrics.gauge("sockets", "Open sockets.", func() float64 {
		clients, _ := s.rooms.hub.Count()
		return float64(clients)
	})
	s.metrics.gauge("followed_chats", "Chats that sockets follow.", func() float64 {
		_, chats := s.rooms.hub.Count()
		return float64(chats)
	})
}
