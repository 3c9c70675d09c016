package app

import "time"

// Version is one of the texts that a message has had. The one that is shown
// to all and used as context is the message's own Version.
type Version struct {
	Version   int           `json:"version"`
	Content   string        `json:"content"`
	Reasoning *string       `json:"reasoning"`
	Model     *string       `json:"model"`
	Author    *Person       `json:"author"`
	Status    MessageStatus `json:"status"`
	CreatedAt time.Time     `json:"created_at"`
}

// Size is how many bytes of text a version has.
func (v Version) Size() int {
	size := len(v.Content)
	if v.Reasoning != nil {
		size += len(*v.Reasoning)
	}
	return size
}
