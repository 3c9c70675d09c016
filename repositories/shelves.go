package repositories

import (
	"context"

	"github.com/quillium/quillium/app/search"
)

var _ search.Shelves = (*SearchRepository)(nil)

// Shelve puts at most so many messages that came to rest into the index of
// words, and tells how many. Those that somebody works on are left to the next
// time.
func (r *SearchRepository) Shelve(ctx context.Context, most int) (int, error) {
	tag, err := r.db.on(ctx).Exec(ctx, `update messages set unindexed = false where id in (
		select m.id from messages m where m.unindexed and m.status not in ('queued', 'streaming') order by m.id limit $1 for update skip locked)`, most)
	return int(tag.RowsAffected()), translate("search: shelve", err)
}
