package views

// AdminDone is what a person reads after a form did what it should; an unknown
// key is silence.
func AdminDone(key string) string { return adminDone[key] }

var adminDone = map[string]string{
	"chat.retention_set":   "It is kept so long from now on.",
	"signed_in":            "You are signed in.",
	"socket.ended":         "The connection is being closed. Its session goes on.",
	"answer.stopped":       "The answer is being stopped. What came of it stays.",
	"job.retried":          "The job is done again within seconds.",
	"job.cancelled":        "The job is cancelled. One that is running ends as soon as it notices.",
	"backup.requested":     "The backup is being made.",
	"backup.deleted":       "The backup was deleted.",
	"log_level.changed":    "All servers log from this level on.",
	"setting.changed":      "Saved. It holds on all servers now.",
	"setting.reset":        "It is the default again, on all servers.",
	"user.changed":         "The account is changed.",
	"user.role.admin":      "Now an administrator.",
	"user.role.user":       "An ordinary user now.",
	"user.status.disabled": "Disabled, and signed out everywhere. Enable undoes it.",
	"user.status.active":   "Enabled again.",
	"user.signed_out":      "Signed out everywhere.",
	"session.ended":        "That device is signed out.",
	"users.disable":        "They are disabled, and signed out everywhere. Enable undoes it.",
	"users.enable":         "They are enabled again.",
	"users.sign_out":       "They are signed out everywhere.",
	"users.delete":         "Deleted. Their chats follow in the background.",
	"invite.deleted":       "The link lets nobody in any more.",

	"audit.right": "Every row is what was sealed.",
	"audit.wrong": "Something is wrong with the audit log; see below.",

	"model.added":          "The model is added.",
	"model.default":        "It is the default now.",
	"model.deleted":        "The model is deleted.",
	"model.moved":          "The model has moved.",
	"model.saved":          "The model is saved.",
	"provider.added":       "The provider is added. Its models come in a moment.",
	"provider.deleted":     "The provider is deleted.",
	"provider.fetched":     "Its list of models is up to date.",
	"provider.not_fetched": "Its list of models could not be fetched; see why below.",
	"provider.saved":       "The provider is saved.",

	"chat.renamed":     "The chat has its new title.",
	"chat.archived":    "The chat is archived for all its members.",
	"chat.unarchived":  "The chat is back in the lists of its members.",
	"chat.transferred": "The chat has its new owner. The members were told.",
	"chat.joined":      "You are in the chat. The members were told.",
	"chat.deleted":     "The chat is deleted. It can be restored for 7 days.",
	"chat.restored":    "The chat is back.",
	"chat.opened":      "You can read this chat for 15 minutes. The members were told.",
}
