package app

import "time"

// Role is what a user may do on the whole server.
type Role string

// The two roles of an account.
const (
	RoleUser  Role = "user"
	RoleAdmin Role = "admin"
)

// UserStatus tells whether an account may sign in.
type UserStatus string

// The two states of an account.
const (
	UserActive   UserStatus = "active"
	UserDisabled UserStatus = "disabled"
)

// User is an account. The address is a name, not a proof: there is no mail.
type User struct {
	ID        UserID     `json:"id"`
	Email     string     `json:"email"`
	Name      string     `json:"name"`
	Role      Role       `json:"role"`
	Status    UserStatus `json:"status"`
	CreatedAt time.Time  `json:"created_at"`
}

// Signups says who may make an account.
type Signups string

// Everybody may, whoever has an invite link, or nobody: then administrators
// make accounts.
const (
	SignupsOpen         Signups = "open"
	SignupsByInvitation Signups = "invitation"
	SignupsClosed       Signups = "closed"
)

// Person is the part of a user that everybody in a chat may see.
type Person struct {
	ID   UserID `json:"id"`
	Name string `json:"name"`
}

// UserSettings is what a user chose for himself.
type UserSettings struct {
	Theme                string `json:"theme"`
	Language             string `json:"language"`
	NotificationsEnabled bool   `json:"notifications_enabled"`
	DefaultModel         string `json:"default_model"`
}

// Notice is something that a person has to be told of his account.
type Notice struct {
	ID        NoticeID  `json:"id"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"created_at"`
}

// Session is one signed-in device.
type Session struct {
	ID         SessionID `json:"id"`
	Device     string    `json:"device"`
	IP         string    `json:"ip"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	Current    bool      `json:"current"`
}

// Actor is who is acting, handed from layer to layer as an argument. The zero
// Actor is a stranger.
type Actor struct {
	UserID    UserID
	SessionID SessionID
	Name      string
	Role      Role
	// ConfirmedAt is when this session last proved its password; zero for never.
	ConfirmedAt time.Time
	IP          string
	UserAgent   string
	RequestID   string
}

// ConfirmLasts is how long a password that was typed counts for what is
// dangerous.
const ConfirmLasts = 15 * time.Minute

// Confirmed is ErrConfirm for a session that did not prove its password
// lately. Whoever acts without a session, on the command line, need not.
func (a Actor) Confirmed(now time.Time) error {
	if a.SessionID != "" && !now.Before(a.ConfirmedAt.Add(ConfirmLasts)) {
		return ErrConfirm
	}
	return nil
}

// SignedIn tells whether the actor is anybody at all.
func (a Actor) SignedIn() bool { return a.UserID != "" }
