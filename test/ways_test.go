//go:build stack

package test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// waysMapping changes one table in every way that can be written again, each for a
// record type of its own, and another one by whole rows and partitions.
const waysMapping = `version: 1
topics:
  - topic: ways
    key: {format: string}
    tables:
      - table: ways.profiles
        record: Grow
        write: update
        tombstone: ignore
        ttl: value.ttl
        columns:
          id: key
          at: value.at
          name: {from: value.name, nulls: tombstone}
          n: {from: value.n, nulls: default, default: -1}
          note: value.note
          pos: value.pos
          tags: {from: value.tags, op: append}
          scores: {from: value.scores, op: put}
      - table: ways.profiles
        record: Shrink
        write: update
        tombstone: ignore
        columns:
          id: key
          at: value.at
          tags: {from: value.tags, op: remove}
          scores: {from: value.scores, op: remove}
      - table: ways.profiles
        record: Put
        tombstone: ignore
        columns_from: value
        nulls: tombstone
        columns: {id: key}
      - table: ways.profiles
        record: Owner
        write: update
        tombstone: ignore
        columns: {id: key, owner: {from: value.owner, nulls: tombstone}}
      - table: ways.profiles
        record: GoneRow
        write: delete
        tombstone: ignore
        columns: {id: key, at: value.at}
      - table: ways.profiles
        record: GoneSome
        write: delete
        tombstone: ignore
        delete: [name, pos, tags, owner]
        columns: {id: key, at: value.at}
      - table: ways.profiles
        record: Late
        write: update
        tombstone: ignore
        timestamp: {from: "from_epoch(value.us - 1, 'us')"}
        accept: [event_time_ties]
        columns: {id: key, at: value.at, name: value.name}
      - table: ways.walls
        record: Put
        tombstone: ignore
        columns: {id: key, at: value.at, name: value.name, owner: upper(value.name)}
      - table: ways.walls
        record: GoneAll
        write: delete
        tombstone: ignore
        delete: partition
        columns: {id: key}
`

// wayTypes are the record types by name, with their fields.
var wayTypes = map[string]string{
	"Grow": `{"name":"at","type":"int"},{"name":"name","type":["null","string"]},{"name":"n","type":["null","long"]},{"name":"note","type":["null","string"]},` +
		`{"name":"pos","type":["null",{"type":"record","name":"Pos","fields":[{"name":"x","type":"int"},{"name":"y","type":"int"}]}]},` +
		`{"name":"tags","type":["null",{"type":"array","items":"string"}]},{"name":"scores","type":["null",{"type":"map","values":"int"}]},{"name":"ttl","type":["null","int"]}`,
	"Shrink": `{"name":"at","type":"int"},{"name":"tags","type":["null",{"type":"array","items":"string"}]},{"name":"scores","type":["null",{"type":"array","items":"string"}]}`,
	"Put": `{"name":"at","type":"int"},{"name":"name","type":["null","string"]},{"name":"n","type":["null","long"]},` +
		`{"name":"tags","type":["null",{"type":"array","items":"string"}]},{"name":"scores","type":["null",{"type":"map","values":"int"}]}`,
	"Owner":    `{"name":"owner","type":["null","string"]}`,
	"GoneRow":  `{"name":"at","type":"int"}`,
	"GoneSome": `{"name":"at","type":"int"}`,
	"GoneAll":  `{"name":"why","type":"string"}`,
	"Late":     `{"name":"at","type":"int"},{"name":"us","type":"long"},{"name":"name","type":"string"}`,
}

// waysLog draws records, and keeps what the tables must hold after them.
type waysLog struct {
	*scene
	r               *rand.Rand
	types           map[string]*subject
	profiles, walls *wayTable
}

func (l *waysLog) maybe(v any) any {
	if l.r.IntN(3) == 0 {
		return nil
	}
	return v
}

// some draws some of three names; none is possible.
func (l *waysLog) some() []string {
	var out []string
	for _, name := range []string{"a", "b", "c"} {
		if l.r.IntN(2) == 0 {
			out = append(out, name)
		}
	}
	return out
}

// listed is an array of the encoder, or null.
func listed(names []string) any {
	out := []any{}
	for _, name := range names {
		out = append(out, name)
	}
	return out
}

// draw makes one record of a type, and applies it to the model. Its write
// timestamp is stamp.
func (l *waysLog) draw(kind string, stamp int64) *kgo.Record {
	id, at := fmt.Sprint("p", l.r.IntN(4)), l.r.IntN(3)
	v := map[string]any{"at": at}
	switch kind {
	case "Grow":
		l.grow(v, l.profiles.row(id, at), stamp)
	case "Shrink":
		l.shrink(v, l.profiles.row(id, at), stamp)
	case "Put":
		l.put(v, id, at, stamp)
	case "Owner":
		owner := l.maybe(fmt.Sprint("owner", stamp%1000))
		v = map[string]any{"owner": owner}
		later(l.profiles.static, id, written{stamp: stamp, text: orNothing(owner)})
	case "GoneRow":
		l.profiles.row(id, at).deleted = max(l.profiles.row(id, at).deleted, stamp)
	case "GoneSome":
		row := l.profiles.row(id, at)
		for _, column := range []string{"name", "pos"} {
			later(row.cells, column, written{stamp: stamp})
		}
		row.wiped["tags"] = max(row.wiped["tags"], stamp)
		later(l.profiles.static, id, written{stamp: stamp})
	case "GoneAll":
		v = map[string]any{"why": "moved"}
		l.walls.wiped[id] = max(l.walls.wiped[id], stamp)
	case "Late": // up to 200 records ago, a microsecond beside each of their timestamps
		us := stamp - 10_000*l.r.Int64N(200) + 2
		v["us"], v["name"] = us, fmt.Sprint("late", us%1_000_000)
		later(l.profiles.row(id, at).cells, "name", written{stamp: us - 1, text: v["name"].(string)})
	}
	return l.record(id, l.types[kind].encode(l.t, v))
}

func orNothing(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func (l *waysLog) grow(v map[string]any, row *wayRow, stamp int64) {
	w := written{stamp: stamp}
	v["ttl"] = nil
	if l.r.IntN(3) == 0 { // counted from a stamp of some minutes ago, to end in the middle of half an hour
		w.life = 1800*int64(2+l.r.IntN(4)) + 900 + int64(time.Since(time.UnixMicro(stamp)).Seconds())
		v["ttl"] = int(w.life)
	}
	set := func(column, text string) { w := w; w.text = text; later(row.cells, column, w) }
	v["name"], v["n"], v["note"], v["pos"] = l.maybe("ann"), l.maybe(stamp%1000), l.maybe("note"), nil
	set("name", orNothing(v["name"]))
	if v["n"] == nil {
		set("n", "-1")
	} else {
		set("n", fmt.Sprint(v["n"]))
	}
	if v["note"] != nil {
		set("note", "note")
	}
	if l.r.IntN(2) == 0 {
		v["pos"] = map[string]any{"x": small(stamp), "y": 7}
		set("pos", fmt.Sprintf("(%d 7)", small(stamp)))
	}
	v["tags"], v["scores"] = nil, nil
	if l.r.IntN(3) > 0 {
		tags := l.some()
		v["tags"] = listed(tags)
		row.change("tags", ofElements(stamp, tags...))
	}
	if l.r.IntN(3) > 0 {
		scores, changed := map[string]any{}, map[string]written{}
		for _, name := range l.some() {
			scores[name] = small(stamp)
			changed[name] = written{stamp: stamp, text: fmt.Sprint(small(stamp))}
		}
		v["scores"] = scores
		row.change("scores", changed)
	}
}

// small makes a small number of a stamp, another one for each record.
func small(stamp int64) int { return int(stamp / 10_000 % 10_000) }

func (l *waysLog) shrink(v map[string]any, row *wayRow, stamp int64) {
	for _, column := range []string{"tags", "scores"} {
		v[column] = nil
		if l.r.IntN(4) == 0 {
			continue
		}
		names, gone := l.some(), map[string]written{}
		for _, name := range names {
			gone[name] = written{stamp: stamp}
		}
		v[column] = listed(names)
		row.change(column, gone)
	}
}

func (l *waysLog) put(v map[string]any, id string, number int, stamp int64) {
	row, wall := l.profiles.row(id, number), l.walls.row(id, number)
	v["name"], v["n"] = l.maybe("eve"), l.maybe(stamp%1000)
	row.marker, wall.marker = max(row.marker, stamp), max(wall.marker, stamp)
	for _, column := range []string{"name", "n"} {
		later(row.cells, column, written{stamp: stamp, text: orNothing(v[column])})
	}
	tags, scores, changed := l.some(), map[string]any{}, map[string]written{}
	for _, name := range l.some() {
		scores[name], changed[name] = 1, written{stamp: stamp, text: "1"}
	}
	v["tags"], v["scores"] = l.maybe(listed(tags)), l.maybe(scores)
	if v["tags"] == nil {
		tags = nil
	}
	if v["scores"] == nil {
		changed = nil
	}
	row.replace("tags", stamp, ofElements(stamp, tags...))
	row.replace("scores", stamp, changed)
	if v["name"] != nil {
		later(wall.cells, "name", written{stamp: stamp, text: "eve"})
		later(l.walls.static, id, written{stamp: stamp, text: "EVE"})
	}
}

// TestWays has a random history of every way to write that can be written again, and
// reads it twice: rows, elements, write timestamps and lives are those of a model.
func TestWays(t *testing.T) {
	s := newScene(t, "ways", 1,
		"CREATE TABLE ways.profiles (id text, at int, name text, n bigint, note text, pos tuple<int, int>, tags set<text>, scores map<text, int>, owner text static, PRIMARY KEY (id, at))",
		"CREATE TABLE ways.walls (id text, at int, name text, owner text static, PRIMARY KEY (id, at))")
	l := &waysLog{scene: s, r: rand.New(rand.NewPCG(testSeed(t), 5)), types: map[string]*subject{}, profiles: newWayTable(), walls: newWayTable()}
	for name, fields := range wayTypes {
		l.types[name] = register(t, "ways-"+name, `{"type":"record","name":"`+name+`","fields":[`+fields+`]}`)
	}
	kinds := []string{"Grow", "Grow", "Grow", "Grow", "Shrink", "Shrink", "Put", "Put", "Owner", "GoneRow", "GoneSome", "GoneAll", "Late"}
	base := time.Now().Add(-5 * time.Minute).UnixMilli()
	var records []*kgo.Record
	for i := range int64(500) {
		millis := base + 10*i
		r := l.draw(kinds[l.r.IntN(len(kinds))], millis*1000)
		r.Timestamp = time.UnixMilli(millis)
		records = append(records, r)
	}
	produce(t, s.client, records...)
	env := s.env(waysMapping)
	s.catchUp(env)
	s.noLetters()
	l.demand("the table")

	again := append(slices.Clone(env), "INGEST_KAFKA_GROUP_ID=ways-again", "INGEST_BATCH_ROWS=3")
	if code := startWorker(t, again, "run", "--until-current").Wait(runLimit); code != 0 {
		t.Fatalf("reading again ended with exit code %d", code)
	}
	l.demand("the table that was written twice")
	l.demandVerify(env)
}

func (l *waysLog) demand(what string) {
	l.t.Helper()
	now := time.Now()
	demandLines(l.t, what, l.readProfiles(now), l.profiles.read([]string{"name", "n", "note", "pos"}, []string{"tags", "scores"}, now))
	demandLines(l.t, what, l.readWalls(), l.walls.read([]string{"name"}, nil, now))
}

func (l *waysLog) readProfiles(now time.Time) []string {
	l.t.Helper()
	columns := []string{"name", "n", "note"}
	query := "SELECT id, at, pos, tags, scores, owner, writetime(owner), writetime(pos), ttl(pos)"
	for _, c := range columns {
		query += fmt.Sprintf(", cast(%s AS text), writetime(%s), ttl(%s)", c, c, c)
	}
	var lines []string
	var id string
	var number, x, y *int
	var tags []string
	var scores map[string]int
	var owner *string
	var owned *int64
	cells := make([]struct {
		text  *string
		stamp *int64
		ttl   *int
	}, len(columns)+1)
	pos := &cells[len(columns)]
	into := []any{&id, &number, &x, &y, &tags, &scores, &owner, &owned, &pos.stamp, &pos.ttl}
	for i := range columns {
		into = append(into, &cells[i].text, &cells[i].stamp, &cells[i].ttl)
	}
	iter := l.session.Query(query + " FROM ways.profiles").WithContext(l.t.Context()).Iter()
	for iter.Scan(into...) {
		line := id + "/-:"
		if number != nil {
			line = fmt.Sprintf("%s/%d:", id, *number)
		}
		pos.text = nil
		if x != nil && y != nil {
			text := fmt.Sprintf("(%d %d)", *x, *y)
			pos.text = &text
		}
		for i, name := range append(slices.Clone(columns), "pos") {
			if cells[i].text == nil {
				continue
			}
			line += fmt.Sprintf(" %s=%s@%d", name, *cells[i].text, *cells[i].stamp)
			if cells[i].ttl != nil {
				line += "~" + roundedLife(int64(*cells[i].ttl))
			}
		}
		line += inside("tags", tags, func(e string) string { return e + "=in" })
		var keys []string
		for key := range scores {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		line += inside("scores", keys, func(e string) string { return fmt.Sprintf("%s=%d", e, scores[e]) })
		if owner != nil {
			line += fmt.Sprintf(" owner=%s@%d", *owner, *owned)
		}
		lines = append(lines, line)
		tags, scores = nil, nil
	}
	if err := iter.Close(); err != nil {
		l.t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

func inside(column string, elements []string, show func(string) string) string {
	var shown []string
	for _, e := range elements {
		shown = append(shown, show(e))
	}
	if len(shown) == 0 {
		return ""
	}
	return " " + column + "=" + strings.Join(shown, ",")
}

func (l *waysLog) readWalls() []string {
	l.t.Helper()
	var lines []string
	var id string
	var number *int
	var name, owner *string
	var stamp, owned *int64
	iter := l.session.Query("SELECT id, at, name, writetime(name), owner, writetime(owner) FROM ways.walls").WithContext(l.t.Context()).Iter()
	for iter.Scan(&id, &number, &name, &stamp, &owner, &owned) {
		line := id + "/-:"
		if number != nil {
			line = fmt.Sprintf("%s/%d:", id, *number)
		}
		if name != nil {
			line += fmt.Sprintf(" name=%s@%d", *name, *stamp)
		}
		if owner != nil {
			line += fmt.Sprintf(" owner=%s@%d", *owner, *owned)
		}
		lines = append(lines, line)
	}
	if err := iter.Close(); err != nil {
		l.t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// demandVerify has verify judge the table that is updated, find what somebody else
// does to it, and say what it leaves out.
func (l *waysLog) demandVerify(env []string) {
	l.t.Helper()
	v := l.verify(env, "--table=ways.profiles")
	v.demand(l.t, map[string]int64{})
	for _, want := range []string{"static columns of ways.profiles", "scores, tags (they are changed in place"} {
		if v.Rows == 0 || !slices.ContainsFunc(v.Notes, func(note string) bool { return strings.Contains(note, want) }) {
			l.t.Errorf("verify compared %d rows and does not name %q:\n%s", v.Rows, want, v.text)
		}
	}
	apply(l.t, l.scene, "UPDATE ways.profiles SET note = 'other' WHERE id = 'p0' AND at = 0")
	l.verify(env, "--table=ways.profiles").demand(l.t, map[string]int64{l.notedAs("p0", 0): 1})
	both := l.verify(env, "--table=ways.walls")
	if both.code != 2 || both.NotJudged["writes_of_other_kinds"] == 0 || !strings.Contains(both.text, "rows of ways.walls are not compared: records delete whole partitions") {
		l.t.Errorf("exit code %d:\n%s", both.code, both.text)
	}
}

// notedAs says what a note that somebody else wrote is taken for.
func (l *waysLog) notedAs(id string, number int) string {
	row := l.profiles.row(id, number)
	if w := row.cells["note"]; w.stamp > row.deleted && w.text != "" {
		return "value"
	}
	return "extra"
}
