package oracle

import "fmt"

// Promise is what a committed offset promises about one key: the last record of
// the key before the offset has had its effect on the table.
type Promise struct {
	Record
	// Gone is whether a later record deletes the key. Such records may have been
	// applied already.
	Gone bool
	// Later is whether the key has any later record.
	Later bool
}

// Promises gives what a commit promises about the keys of the last window
// records before it.
func (l *Log) Promises(partition int, commit, window int64) []Promise {
	later := map[string]bool{} // the value says whether one of them is a delete
	for _, r := range l.Slice(partition, commit, l.End(partition)) {
		later[r.Key] = later[r.Key] || r.Delete
	}
	before := l.Slice(partition, commit-window, commit)
	seen := map[string]bool{}
	var promises []Promise
	for i := len(before) - 1; i >= 0; i-- {
		r := before[i]
		if seen[r.Key] {
			continue
		}
		seen[r.Key] = true
		gone, any := later[r.Key]
		promises = append(promises, Promise{r, gone, any})
	}
	return promises
}

// Broken says how a row breaks the promise, "" when it does not. The row must
// have been read after the commit; found is whether there is one.
func (p Promise) Broken(got Row, found bool) string {
	if p.Delete {
		return p.notDeleted(got, found)
	}
	if !found {
		if p.Gone {
			return ""
		}
		return fmt.Sprintf("%s has no row, want that of stamp %d", p.Key, p.Stamp)
	}
	for i, c := range got.Cells {
		switch {
		case !p.Set[i], c.Stamp > p.Stamp, c.Stamp == 0 && p.Gone:
		case c.Stamp < p.Stamp:
			return fmt.Sprintf("%s.%s has stamp %d, want at least %d", p.Key, ColumnNames()[i], c.Stamp, p.Stamp)
		case c.Value != p.Value(i):
			return fmt.Sprintf("%s.%s is %v, want %v", p.Key, ColumnNames()[i], c.Value, p.Value(i))
		}
	}
	return ""
}

func (p Promise) notDeleted(got Row, found bool) string {
	if found && !p.Later {
		return fmt.Sprintf("%s has a row that was deleted with stamp %d", p.Key, p.Stamp)
	}
	for i, c := range got.Cells {
		if c.Stamp != 0 && c.Stamp <= p.Stamp {
			return fmt.Sprintf("%s.%s has stamp %d, but was deleted with %d", p.Key, ColumnNames()[i], c.Stamp, p.Stamp)
		}
	}
	return ""
}
