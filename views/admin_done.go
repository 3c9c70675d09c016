package views

// AdminDone is what a person reads after a form did what it should; an unknown
// key is silence.
func AdminDone(key string) string { return adminDone[key] }

var adminDone = map[string]string{
	"signed_in":        "You are signed in.",
	"socket.ended":     "The connection is being closed. Its session goes on.",
	"answer.stopped":   "The answer is being stopped. What came of it stays.",
	"job.retried":      "The job is done again within seconds.",
	"job.cancelled":    "The job was cancelled. One that was running ends as soon as it notices.",
	"backup.requested": "The backup is being made.",
	"backup.deleted":   "The backup was deleted.",
}
