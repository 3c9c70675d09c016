package repositories

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/search"
)

// SearchRepository looks for words in PostgreSQL.
type SearchRepository struct{ db *DB }

var _ search.Repository = (*SearchRepository)(nil)

// NewSearchRepository makes a repository that looks for words in this
// database.
func NewSearchRepository(db *DB) *SearchRepository { return &SearchRepository{db: db} }

const (
	// mostRanked is how many titles, and how many messages, are put in order.
	// Of more, recent ones are.
	mostRanked = 100
	// A common word has mostRanked hits among the newest messages, which are
	// read without an index first. Words of one or two letters have none.
	newest, newestWithoutIndex = 2000, 10_000
	// mostRead is how many bytes of texts are read for that: long ones are slow.
	mostRead = 16 << 20
)

// Find lists where all of a query is, the best first: titles, then messages
// that have the words as words, then those that have them inside of others.
func (r *SearchRepository) Find(ctx context.Context, user app.UserID, id app.ChatID, query search.Query, page app.PageRequest) (app.Page[search.Found], error) {
	found := app.Page[search.Found]{Data: []search.Found{}, Pagination: app.Pagination{Limit: page.Limit}}
	after, err := readHitCursor(page.Cursor)
	if err != nil || query.Empty() {
		return found, err
	}
	var list []ranked
	err = r.db.atOnce(ctx, func(ctx context.Context) error {
		s := looking{db: r.db, user: user, chat: id, query: query}
		if err := s.plan(ctx); err != nil {
			return err
		}
		if err := s.look(ctx); err != nil {
			return err
		}
		list, err = s.rank(ctx, after, page.Limit+1)
		return err
	})
	if err != nil {
		return found, err
	}
	if len(list) > page.Limit {
		list = list[:page.Limit]
		next := list[page.Limit-1].cursor()
		found.Pagination.Next = &next
	}
	for _, hit := range list {
		found.Data = append(found.Data, hit.Found)
	}
	return found, nil
}

// looking is one search under way.
type looking struct {
	db       *DB
	user     app.UserID
	chat     app.ChatID
	query    search.Query
	titles   []app.ChatID
	messages []app.MessageID
}

// planning has every statement planned for its own words, and every row cost
// so much that an index for each condition is asked before one is visited.
// The planner knows nothing of what is in texts, and would guess.
const planning = `select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('cpu_tuple_cost', '1000', true)`

func (s *looking) plan(ctx context.Context) error {
	_, err := s.db.on(ctx).Exec(ctx, planning)
	return translate("search: plan", err)
}

// look collects the places that are ranked.
func (s *looking) look(ctx context.Context) (err error) {
	titles := sq.Select("c.id").FromSelect(s.chats("c.id", "c.title", "c.updated_at"), "c").
		Where(s.all("c.title", "")).OrderBy("c.updated_at desc", "c.id").Limit(mostRanked)
	if s.titles, err = many(ctx, s.db, "search: titles", titles, pgx.RowTo[app.ChatID]); err != nil {
		return err
	}
	rows := uint64(newestWithoutIndex)
	if s.query.Indexed() {
		rows = newest
	}
	s.messages, err = many(ctx, s.db, "search: newest messages", s.walk(rows), pgx.RowTo[app.MessageID])
	if err != nil || !s.query.Indexed() || len(s.messages) == mostRanked {
		return err
	}
	found, err := many(ctx, s.db, "search: messages", s.indexed(), pgx.RowTo[app.MessageID])
	for _, id := range found {
		if !slices.Contains(s.messages, id) {
			s.messages = append(s.messages, id)
		}
	}
	return err
}

// chats are the living ones of this user, archived or not; or the one that is
// asked for.
func (s *looking) chats(columns ...string) squirrel.SelectBuilder {
	chats := squirrel.Select(columns...).From("members me").Join("chats c on c.id = me.chat_id").
		Where("me.user_id = ? and me.removed_at is null and c.deleted_at is null", s.user)
	if s.chat != "" {
		chats = chats.Where("me.chat_id = ?", s.chat)
	}
	return chats
}

const (
	// searched is what is looked at of a text as the index has it; unindexed is
	// the same text, in words that it has not.
	searched  = `left(m.content, 65536)`
	unindexed = `substr(m.content, 1, 65536)`
	// atRest are the messages that are searched, and shelved those in the index.
	atRest  = `m.deleted_at is null and m.status not in ('queued', 'streaming')`
	shelved = atRest + ` and not m.unindexed`
)

// walk reads the newest messages of the chats that were active last, until it
// has hits enough, or has read so many rows or bytes. What its parts are sorted by is
// the order of its rows: the database reads chat after chat, and stops.
func (s *looking) walk(rows uint64) squirrel.SelectBuilder {
	newest := squirrel.Select("m.id", "m.content").
		FromSelect(s.chats("c.id", "c.updated_at").OrderBy("c.updated_at desc", "c.id"), "c").
		JoinClause(squirrel.Expr("cross join lateral (select m.id, m.content from messages m where m.chat_id = c.id and "+atRest+" order by m.seq desc limit ?) m", rows)).
		Limit(rows)
	// The lengths of texts are known without reading them.
	read := squirrel.Select("m.id", "m.content", "sum(least(octet_length(m.content), 65536)) over (rows unbounded preceding) as bytes").FromSelect(newest, "m")
	return sq.Select("m.id").FromSelect(read, "m").Where("m.bytes <= ?", mostRead).Where(s.all(searched, "")).Limit(mostRanked)
}

// indexed reads every hit that the index has. The index is asked for the longest part alone, and
// for the chats: the planner multiplies its guesses, and after two parts would
// think that there is nothing left to be held against the chats.
func (s *looking) indexed() squirrel.SelectBuilder {
	longest := slices.MaxFunc(s.query.Parts, func(a, b string) int { return len(a) - len(b) })
	return sq.Select("m.id").From("messages m").Where(shelved).
		Where(squirrel.Expr("m.chat_id = any(array(?))", s.chats("c.id"))).
		Where(contains(searched, longest)).Where(s.all(unindexed, longest)).OrderBy("m.id desc").Limit(mostRanked)
}

// all holds a text against everything that must be in it, but for one part.
// The parts come first: they are cheap.
func (s *looking) all(text, but string) squirrel.And {
	var all squirrel.And
	for _, part := range s.query.Parts {
		if part != but {
			all = append(all, contains(text, part))
		}
	}
	for _, pattern := range s.patterns() {
		all = append(all, squirrel.Expr(text+" ~* ?", pattern))
	}
	return all
}

func contains(text, part string) squirrel.Sqlizer {
	return squirrel.Expr(text+" ilike ?", "%"+likeEscaper.Replace(part)+"%")
}

// patterns are regular expressions of what stands alone. Words are letters,
// digits and marks only, so that none of them means anything else.
func (s *looking) patterns() []string {
	var list []string
	for _, word := range s.query.Words {
		list = append(list, `\m`+word+`\M`)
	}
	for _, phrase := range s.query.Phrases {
		list = append(list, `\m`+strings.Join(phrase, `\W+`)+`\M`)
	}
	return list
}

// anchor is a regular expression of what the excerpt is to show.
func (s *looking) anchor() string {
	if list := s.patterns(); len(list) > 0 {
		return list[len(list)-1]
	}
	return regexp.QuoteMeta(s.query.Parts[0])
}
