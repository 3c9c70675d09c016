package views

// AdminDone is what a person reads after a form did what it should; an unknown
// key is silence.
func AdminDone(key string) string { return adminDone[key] }

var adminDone = map[string]string{
	"signed_in":         "You are signed in.",
	"socket.ended":      "The connection is being closed. Its session goes on.",
	"answer.stopped":    "The answer is being stopped. What came of it stays.",
	"job.retried":       "The job is done again within seconds.",
	"job.cancelled":     "The job is cancelled. One that is running ends as soon as it notices.",
	"backup.requested":  "The backup is being made.",
	"backup.deleted":    "The backup was deleted.",
	"log_level.changed": "All servers log from this level on.",

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
}
