package captured

import (
	"cmp"
	"fmt"
	"strings"
)

// Column is a column of a source's table and the one that it becomes.
type Column struct {
	Name string // in the source
	CQL  string
	Form Form
	Key  bool
	Path string // what feeds it, where that is not the field of its name
	As   string // its name in CQL, where that is another
}

// Target is the column's name in CQL.
func (c *Column) Target() string { return cmp.Or(c.As, c.Name) }

// Unavailable is the connector's placeholder, "" for the default.
func (f *File) Unavailable() string { return f.Settings["unavailable.value.placeholder"] }

// columns reads lines of a name, a CQL type with the form of its text where that is
// no text, and a path.
func (f *File) columns(lines string) []Column {
	var all []Column
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		parts := strings.Split(strings.TrimSpace(line), " | ")
		c := Column{Name: parts[0], CQL: parts[1], Key: len(all) == 0 || parts[0] == "code"}
		if len(parts) > 2 {
			c.Form = formNames[parts[2]]
		}
		if len(parts) > 3 {
			c.Path, c.As = parts[3], parts[4]
		}
		all = append(all, c)
	}
	return all
}

var formNames = map[string]Form{
	"number": AsNumber, "money": AsMoney, "bool": AsBool, "bits": AsBits, "bitbytes": AsBitBytes, "uuid": AsUUID, "bytes": AsBytes, "hex": AsHex,
	"inet": AsInet, "date": AsDate, "time": AsTime, "millis": AsTimeMillis, "zoned": AsZonedTime, "timestamp": AsTimestamp, "span": AsSpan, "interval": AsInterval,
	"hstore": AsHstore, "hstorejson": AsHstoreJSON, "x": AsPointX, "array": AsArray,
}

// Columns gives a table's columns, as this connector's settings make them.
func (f *File) Columns(table string) []Column {
	lines, ok := tables[strings.ToLower(strings.Fields(f.Database)[0])+" "+table]
	if !ok {
		panic(fmt.Sprintf("no columns are known for %s", table))
	}
	decimal := map[string]string{"": "decimal", "string": "text", "double": "double"}[f.Settings["decimal.handling.mode"]]
	sixth, span, attrs, unsigned := "time", "span", "text | hstorejson", "bigint"
	if f.Settings["time.precision.mode"] == "connect" {
		sixth = "millis"
	}
	if f.Settings["interval.handling.mode"] == "string" {
		span = "interval"
	}
	if f.Settings["hstore.handling.mode"] == "map" {
		attrs = "map<text, text> | hstore"
	}
	if f.Settings["bigint.unsigned.handling.mode"] == "precise" {
		unsigned = "varint" // a decimal of scale 0
	}
	return f.columns(strings.NewReplacer("DECIMAL", decimal, "MICROS", sixth, "SPAN", span, "HSTORE", attrs, "UNSIGNED", unsigned).Replace(lines))
}

var tables = map[string]string{
	"postgresql numbers": `
		id | int | number
		i2 | smallint | number
		i4 | int | number
		i8 | bigint | number
		n38_10 | DECIMAL | number
		n5_2 | DECIMAL | number
		n | DECIMAL | number
		f4 | float | number
		f8 | double | number
		m | DECIMAL | money
		b | boolean | bool
		bit1 | boolean | bool
		bit12 | bigint | bits
		vb | varint | bits
		o | bigint | number`,
	"postgresql words": `
		id | int | number
		t | text
		vc | text
		c | text
		u | uuid | uuid
		by | blob | bytes
		j | text
		jb | text
		x | text
		ip | inet | inet
		net | text
		mac | text
		md | text
		h | HSTORE
		lt | text
		ci | text
		pt | double | x | value.pt.x | pt_x
		ir | text
		ta | list<text> | array
		ia | list<int> | array
		ba | list<bigint> | array
		na | list<DECIMAL> | array
		da | list<date> | array
		tsa | list<timestamp> | array
		ua | list<uuid> | array
		boa | list<boolean> | array`,
	"postgresql times": `
		id | int | number
		d | date | date
		t0 | time | time
		t3 | time | time
		t6 | time | MICROS
		tz | time | zoned
		ts0 | timestamp | timestamp
		ts3 | timestamp | timestamp
		ts6 | timestamp | timestamp
		tsz | timestamp | timestamp
		iv | duration | SPAN`,
	"postgresql documents": `
		id | int | number
		title | text
		body | text
		data | blob | bytes
		tags | list<text> | array
		nums | list<int> | array
		longs | list<bigint> | array
		doubles | list<double> | array
		reals | list<float> | array
		flags | list<boolean> | array
		ids | list<uuid> | array
		days | list<date> | array
		stamps | list<timestamp> | array
		doc | text
		attrs | HSTORE
		filler | text`,
	"postgresql whole": `
		id | int | number
		city | text
		body | text`,
	"postgresql places": `
		country | text
		code | int | number
		name | text`,
	"postgresql odd-names": `
		the id | int | number | key.the_id | the_id
		größe | text | text | value.gr__e | size
		a.b | text | text | value.a_b | ab
		1st | text | text | value._1st | first
		select | text | text | value.select | selected
		new col | int | number | value.new_col | new_col`,
	"postgresql logs": `
		id | int | number
		line | text`,
	"mariadb numbers": `
		id | int | number
		i1 | tinyint | number
		b | smallint | number
		u1 | smallint | number
		u2 | int | number
		i3 | int | number
		u4 | bigint | number
		i8 | bigint | number
		u8 | UNSIGNED | number
		d38 | DECIMAL | number
		d5 | DECIMAL | number
		f | float | number
		f8 | double | number
		bit1 | boolean | bool
		bit12 | bigint | bitbytes
		bo | smallint | number
		y | int | number`,
	"mariadb words": `
		id | int | number
		c | text
		vc | text
		bi | blob | hex
		vb | blob | hex
		bl | blob | hex
		t | text
		j | text
		en | text
		st | text
		u | uuid | uuid`,
	"mariadb times": `
		id | int | number
		d | date | date
		t0 | time | time
		t3 | time | time
		t6 | time | MICROS
		dt0 | timestamp | timestamp
		dt3 | timestamp | timestamp
		dt6 | timestamp | timestamp
		ts0 | timestamp | timestamp
		ts6 | timestamp | timestamp`,
	"mariadb logs": `
		id | int | number
		line | text`,
}
