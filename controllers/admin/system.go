package admin

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app/licence"
	"github.com/quillium/quillium/app/system"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// SystemController answers with what this instance is.
type SystemController struct {
	console *Console
	system  controllers.SystemService
}

// NewSystemController makes one.
func NewSystemController(console *Console, service controllers.SystemService) *SystemController {
	return &SystemController{console, service}
}

// Page shows everything about the instance.
func (s *SystemController) Page(c *fiber.Ctx) error {
	view, err := s.view(c)
	if err != nil {
		return err
	}
	return s.console.Render(c, views.AdminSystem(view))
}

// SetLogLevel changes from which level on the nodes log.
func (s *SystemController) SetLogLevel(c *fiber.Ctx) error {
	refused := s.system.SetLogLevel(c.UserContext(), controllers.ActorOf(c), Value(c, "level"))
	if refused == nil {
		return s.console.Done(c, "/admin/system", "log_level.changed")
	}
	view, err := s.view(c)
	if err != nil {
		return err
	}
	return s.console.Refused(c, refused, func(refusal views.Refusal) templ.Component {
		view.Refusal = refusal
		return views.AdminSystem(view)
	})
}

// Licences shows what is shipped and was made by others.
func (s *SystemController) Licences(c *fiber.Ctx) error {
	works, err := licence.Works()
	if err != nil {
		return err
	}
	list := make([]views.Licence, len(works))
	for i, w := range works {
		list[i] = views.Licence{Name: w.Name, Version: w.Version, ID: w.ID, Text: w.Text}
	}
	return s.console.Render(c, views.AdminLicences(s.console.Frame(c, "Licences", "system"), list))
}

func (s *SystemController) view(c *fiber.Ctx) (views.System, error) {
	found, err := s.system.Get(c.UserContext(), controllers.ActorOf(c))
	if err != nil {
		return views.System{}, err
	}
	view := views.System{
		Frame: s.console.Frame(c, "System", "system"), GoVersion: found.GoVersion, StartedAt: found.StartedAt, LogLevel: found.LogLevel,
		Database: databaseOf(found),
	}
	for _, v := range found.Configuration {
		view.Variables = append(view.Variables, views.SystemVariable{Name: v.Name, Value: v.Value, Source: string(v.Source)})
	}
	for _, n := range found.Nodes {
		view.Nodes = append(view.Nodes, views.OverviewNode{
			ID: n.ID, Host: n.Host, Version: n.Version, StartedAt: n.StartedAt, SeenAt: n.SeenAt, Alive: n.Alive, Here: n.Here, Answers: n.Answers,
		})
	}
	return view, nil
}

func databaseOf(found system.System) views.SystemDatabase {
	d := views.SystemDatabase{
		Version: found.Database.Version, Bytes: found.Database.Bytes, MaxConnections: found.Database.MaxConnections, Measured: found.Database.Measured,
	}
	for _, c := range found.Database.Connections {
		d.Connections = append(d.Connections, views.SystemCount{Name: c.State, Count: c.Count})
	}
	for _, t := range found.Database.Tables {
		d.Tables = append(d.Tables, views.SystemTable{Name: t.Name, Rows: t.Rows, Bytes: t.Bytes, Index: t.IndexBytes})
	}
	for _, m := range found.Database.Migrations {
		d.Migrations = append(d.Migrations, views.SystemMigration{Version: m.Version, Name: m.Name, At: m.AppliedAt})
	}
	for _, st := range found.Statements {
		d.Statements = append(d.Statements, views.SystemStatement{Query: st.Query, Calls: st.Calls, Mean: st.MeanMS, Total: st.TotalMS})
	}
	return d
}
