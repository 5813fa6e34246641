package captured

import (
	"maps"
	"slices"
	"strings"
)

// Told gives the rows after a step as the connector's records tell them, which is
// not in everything what the source has:
//
//   - a null in a column with a DEFAULT arrives as that value: the converter
//     writes it so;
//   - a long value that has not changed is null in arrays for which the
//     connector has no placeholder;
//   - a long value that has not changed is missing in the row of a changed key;
//   - an array with a null in it makes its record a dead letter.
func (f *File) Told(s Step) []Row {
	var rows []Row
	for _, row := range s.Rows {
		if row["t"] != nil && *row["t"] == "null within" {
			continue
		}
		told := maps.Clone(row)
		switch {
		case s.Table == "numbers" && strings.HasPrefix(f.Database, "PostgreSQL") && row["i8"] == nil:
			told["i8"] = new("42")
		case s.Table == "documents" && s.SQL != "snapshot":
			f.untold(told, s.SQL)
		}
		rows = append(rows, told)
	}
	return rows
}

func (f *File) untold(row Row, sql string) {
	without := []string{"doubles", "reals", "flags", "stamps"}
	if f.Settings["time.precision.mode"] == "connect" {
		without = append(without, "days")
	}
	for name := range row {
		if slices.Contains(without, name) || strings.Contains(sql, "SET id") && !slices.Contains([]string{"id", "title", "body"}, name) {
			row[name] = nil
		}
	}
}
