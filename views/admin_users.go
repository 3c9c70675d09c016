package views

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/quillium/quillium/app"
)

// Users is the page about accounts. At makes an address of it that keeps what
// the list is narrowed to and sorted by; pairs change or, empty, leave out.
type Users struct {
	Frame
	Query, Role, Status, Sort string
	Descending                bool
	List                      []app.ManagedUser
	Total                     string
	Next                      string
	// Paged: this is not the first page.
	Paged   bool
	At      func(pairs ...string) string
	Panel   *UserPanel
	Refusal Refusal
	// Outcome says what was refused of what was done to many.
	Outcome []UserProblem
}

// UserPanel is one account beside the list. Typed are what its form holds.
type UserPanel struct {
	User     app.ManagedUser
	Name     string
	Email    string
	Sessions []app.Session
	More     bool
	// Me: it is whoever looks.
	Me bool
	// ResetURL is shown once.
	ResetURL string
}

// UserProblem is an account for which something was refused, and why.
type UserProblem struct{ Name, Why string }

// NewUserForm is the page on which an account is made.
type NewUserForm struct {
	Frame
	Name, Email string
	Admin       bool
	Refusal     Refusal
	// Made is the account, once it is there, and URL where its password is set.
	Made *app.ManagedUser
	URL  string
}

// SignupInvites is the page about links that let people in.
type SignupInvites struct {
	Frame
	List    []app.SignupInvite
	Next    string
	Made    *app.SignupInvite
	Uses    string
	Days    string
	Refusal Refusal
}

// userPath is an account's own address under which its forms are.
func userPath(id app.UserID, form string) string {
	return "/admin/users/" + url.PathEscape(string(id)) + "/" + form
}

func (u Users) filter() Filter {
	f := Filter{
		Action: "/admin/users", Query: u.Query, Placeholder: "Search names and addresses",
		Choices: []Field{
			{Name: "role", Label: "Role", Value: u.Role, Options: []Option{{"", "All roles"}, {"admin", "Administrators"}, {"user", "Users"}}},
			{Name: "status", Label: "State", Value: u.Status, Options: []Option{{"", "Any state"}, {"active", "Active"}, {"disabled", "Disabled"}}},
		},
	}
	if u.Sort != "" {
		f.Hidden = append(f.Hidden, Hidden{"sort", u.Sort})
	}
	if u.Descending {
		f.Hidden = append(f.Hidden, Hidden{"desc", "true"})
	}
	return f
}

func (u Users) column(title, sort string) Column {
	c := Column{Title: title, Sort: u.At("sort", sort, "desc", "", "cursor", "", "id", "")}
	if u.Sort == sort || u.Sort == "" && sort == "created" {
		c.Sorted = "ascending"
		if u.Descending {
			c.Sorted = "descending"
		} else {
			c.Sort = u.At("sort", sort, "desc", "true", "cursor", "", "id", "")
		}
	}
	return c
}

func (u Users) table() Table {
	t := Table{
		Caption: "Accounts", Total: u.Total, Next: u.Next, Pick: "ids", Form: "bulk",
		Columns: []Column{
			u.column("Name", "name"), u.column("E-mail", "email"), {Title: "Role"}, {Title: "State"},
			u.column("Seen", "seen"), u.column("Made", "created"), {Title: "Sessions", Number: true},
		},
		Empty: Empty{Title: "Nobody is like this", Text: "Search for something else, or look at everybody.", Action: "Show everybody", Href: "/admin/users"},
	}
	if u.Paged {
		t.First = u.At("cursor", "", "id", "")
	}
	for _, user := range u.List {
		t.Rows = append(t.Rows, Row{
			Href: u.At("id", string(user.ID)), Pick: string(user.ID), Name: user.Name, Open: u.Panel != nil && u.Panel.User.ID == user.ID,
			Cells: []templ.Component{
				Text(user.Name), Text(user.Email), roleBadge(user.Role).Cell(), statusBadge(user.Status).Cell(),
				seen(user), Ago(user.CreatedAt), Number(user.Sessions),
			},
		})
	}
	return t
}

func seen(user app.ManagedUser) templ.Component {
	if user.SeenAt == nil {
		return Text("never")
	}
	return Ago(*user.SeenAt)
}

func roleBadge(role app.Role) Badge {
	if role == app.RoleAdmin {
		return Badge{"accent", "Administrator"}
	}
	return Badge{"plain", "User"}
}

func statusBadge(status app.UserStatus) Badge {
	if status == app.UserDisabled {
		return Badge{"warn", "Disabled"}
	}
	return Badge{"good", "Active"}
}

func (i SignupInvites) table() Table {
	t := Table{
		Caption: "Links", Columns: []Column{{Title: "Made by"}, {Title: "Made"}, {Title: "Runs out"}, {Title: "Used", Number: true}, {Title: ""}},
		Total: "Links that still let somebody in", Next: i.Next,
		Empty: Empty{Title: "No link is out", Text: "Make one above, and send it to those who are to have an account."},
	}
	for _, link := range i.List {
		by := "somebody who is gone"
		if link.CreatedBy != nil {
			by = link.CreatedBy.Name
		}
		t.Rows = append(t.Rows, Row{Name: by, Cells: []templ.Component{
			Text(by), Ago(link.CreatedAt), Ago(link.ExpiresAt), Text(strconv.Itoa(link.Uses) + " of " + strconv.Itoa(link.MaxUses)), i.takeBack(link),
		}})
	}
	return t
}
