package app

import "time"

// Invite is a link that lets people into a chat: as Role, MaxUses of them,
// until ExpiresAt, and as long as whoever made it owns the chat.
type Invite struct {
	ID        InviteID   `json:"id"`
	Role      MemberRole `json:"role"`
	ExpiresAt time.Time  `json:"expires_at"`
	MaxUses   int        `json:"max_uses"`
	Uses      int        `json:"uses"`
	CreatedBy Person     `json:"created_by"`
	// URL is told once, to whoever makes it: its token is kept as a hash.
	URL string `json:"url,omitempty"`
}

// Invitation is what somebody who has the link may know before he accepts.
type Invitation struct {
	Title     string     `json:"title"`
	Inviter   Person     `json:"inviter"`
	Role      MemberRole `json:"role"`
	ExpiresAt time.Time  `json:"expires_at"`
}
