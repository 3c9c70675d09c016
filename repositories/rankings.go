package repositories

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/search"
)

// standing is a hit's place among all: titles before messages, then by rank,
// then the newest first.
type standing struct {
	Title bool
	Rank  float32
	At    time.Time
	ID    string
}

// ranked is a hit with its place.
type ranked struct {
	standing
	search.Found
}

// rankHits puts hits in order. Words weigh as PostgreSQL's full text search
// weighs them in its configuration for any language; of long texts the
// beginning does. An excerpt is a window around the first of what is looked for.
const rankHits = `
with words as (
	select replace(plainto_tsquery('simple', ?)::text, '&', '|')::tsquery as words
), hits as (
	select true as title, ts_rank(to_tsvector('simple', c.title), words, 1) as rank, c.created_at, c.id, c.id as chat_id
	from chats c, words where c.id = any(?)
	union all
	select false, ts_rank(to_tsvector('simple', left(m.content, 4096)), words, 1), m.created_at, m.id, m.chat_id
	from messages m, words where m.id = any(?)
), page as (
	select * from hits where (title, rank, created_at, id) < (?::boolean, ?::float4, ?::timestamptz, ?::uuid)
	order by title desc, rank desc, created_at desc, id desc limit ?
)
select p.title, p.rank, p.created_at, p.id, c.id, c.title, m.seq, m.role, m.model, m.author_id, u.name,
	case when p.title then c.title else substr(m.content, w.from_here, 320) end, w.from_here > 1, length(m.content) >= w.from_here + 320
from page p join chats c on c.id = p.chat_id
left join messages m on not p.title and m.id = p.id
left join users u on u.id = m.author_id
cross join lateral (select greatest(1, regexp_instr(left(m.content, 65536), ?, 1, 1, 0, 'i') - 80) as from_here) w
order by p.title desc, p.rank desc, p.created_at desc, p.id desc`

// rank reads one page of what was found.
func (s *looking) rank(ctx context.Context, after standing, limit int) ([]ranked, error) {
	statement, err := squirrel.Dollar.ReplacePlaceholders(rankHits)
	if err != nil {
		return nil, fmt.Errorf("search: build: %w", err)
	}
	rows, err := s.db.on(ctx).Query(ctx, statement, s.spoken(), s.titles, s.messages,
		after.Title, after.Rank, after.At, after.ID, limit, s.anchor())
	if err != nil {
		return nil, translate("search: rank", err)
	}
	list, err := pgx.CollectRows(rows, scanRanked)
	return list, translate("search: rank", err)
}

// spoken is all that is looked for, as a text.
func (s *looking) spoken() string {
	all := append(append([]string{}, s.query.Parts...), s.query.Words...)
	for _, phrase := range s.query.Phrases {
		all = append(all, phrase...)
	}
	return strings.Join(all, " ")
}

func scanRanked(row pgx.CollectableRow) (ranked, error) {
	var (
		hit       ranked
		author    *app.UserID
		name      *string
		cut, more *bool
	)
	err := row.Scan(&hit.Title, &hit.Rank, &hit.At, &hit.ID, &hit.Chat.ID, &hit.Chat.Title, &hit.Seq, &hit.Role, &hit.Model, &author, &name,
		&hit.Window.Text, &cut, &more)
	hit.Kind, hit.CreatedAt = app.HitTitle, hit.At
	if !hit.Title {
		hit.Kind, hit.MessageID = app.HitMessage, (*app.MessageID)(&hit.ID)
		hit.Window.CutBefore, hit.Window.CutAfter = cut != nil && *cut, more != nil && *more
	}
	if author != nil && name != nil {
		hit.Author = &app.Person{ID: *author, Name: *name}
	}
	return hit, err
}

// first stands before all.
func first() standing {
	return standing{Title: true, Rank: math.MaxFloat32, At: time.Unix(1<<37, 0), ID: "ffffffff-ffff-ffff-ffff-ffffffffffff"}
}

// A cursor is where a page ended; clients treat it as opaque.
func (s standing) cursor() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%t %08x %d %s", s.Title, math.Float32bits(s.Rank), s.At.UnixMicro(), s.ID))
}

func readHitCursor(cursor string) (standing, error) {
	if cursor == "" {
		return first(), nil
	}
	refused := app.Invalid("cursor", "take it from the page before")
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return standing{}, refused
	}
	var (
		s      standing
		bits   uint32
		micros int64
		id     string
	)
	if _, err := fmt.Sscanf(string(text), "%t %x %d %s", &s.Title, &bits, &micros, &id); err != nil {
		return standing{}, refused
	}
	parsed, err := app.ParseID[app.MessageID](id)
	s.Rank, s.At, s.ID = math.Float32frombits(bits), time.UnixMicro(micros), string(parsed)
	// Far-off years are no timestamps to PostgreSQL.
	if err != nil || micros < 0 || micros > 1<<53 || s.cursor() != cursor {
		return standing{}, refused
	}
	return s, nil
}
