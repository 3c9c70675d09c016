package app

import "time"

// ReplyPolicy says when the chat's model answers without being asked by name.
type ReplyPolicy string

// A chat begins with ReplyAlways and turns to ReplyMention when a second
// person joins, unless somebody set it.
const (
	ReplyAlways  ReplyPolicy = "always"
	ReplyMention ReplyPolicy = "mention"
	ReplyNever   ReplyPolicy = "never"
)

// Chat is a room with people and models in it. Rev counts the changes of its
// shared part, LastSeq the messages. An empty Model is whatever is the default.
type Chat struct {
	ID           ChatID      `json:"id"`
	Title        string      `json:"title"`
	Model        string      `json:"model"`
	SystemPrompt string      `json:"system_prompt"`
	ReplyPolicy  ReplyPolicy `json:"reply_policy"`
	Rev          int64       `json:"rev"`
	LastSeq      int64       `json:"last_seq"`
	MemberCount  int         `json:"member_count"`
	CreatedAt    time.Time   `json:"created_at"`
	UpdatedAt    time.Time   `json:"updated_at"`
	// Me is the caller's own part; nil in what all members are sent.
	Me *Me `json:"me,omitempty"`
}

// Me is what a chat is to one of its members.
type Me struct {
	Role        MemberRole `json:"role"`
	Unread      int64      `json:"unread"`
	LastReadSeq int64      `json:"last_read_seq"`
	Pinned      bool       `json:"pinned"`
	Archived    bool       `json:"archived"`
}

// MemberRole is what a member may do in one chat.
type MemberRole string

// Owners change the chat and its members, editors write, viewers read.
const (
	MemberOwner  MemberRole = "owner"
	MemberEditor MemberRole = "editor"
	MemberViewer MemberRole = "viewer"
)

// MayWrite tells whether the role may post and ask models.
func (r MemberRole) MayWrite() bool { return r == MemberOwner || r == MemberEditor }

// MaxMembers is how many people one chat has at most.
const MaxMembers = 1000

// Member is a person in a chat.
type Member struct {
	User        Person     `json:"user"`
	Email       string     `json:"email,omitempty"`
	Role        MemberRole `json:"role"`
	Rev         int64      `json:"rev"`
	JoinedAt    time.Time  `json:"joined_at"`
	LastReadSeq int64      `json:"last_read_seq"`
	Removed     bool       `json:"removed,omitempty"`
}
