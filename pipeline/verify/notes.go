package verify

import (
	"fmt"
	"slices"
	"strings"
)

// notes are sentences for the report, each with the partitions that it is about.
type notes struct {
	order []note
}

type note struct {
	topic, text string
	partitions  []int32
}

// add notes a sentence about a partition, once.
func (n *notes) add(at topicPartition, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	i := slices.IndexFunc(n.order, func(o note) bool { return o.topic == at.topic && o.text == text })
	if i < 0 {
		i = len(n.order)
		n.order = append(n.order, note{topic: at.topic, text: text})
	}
	if p := &n.order[i].partitions; !slices.Contains(*p, at.id) {
		*p = append(*p, at.id)
	}
}

// general notes a sentence about no partition, once.
func (n *notes) general(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.ContainsFunc(n.order, func(o note) bool { return o.text == text }) {
		n.order = append(n.order, note{text: text})
	}
}

// table notes what of a table is not compared.
func (n *notes) table(t *Table) {
	if t.odd != "" {
		n.general("rows of %s are not compared: %s", t.FullName(), t.odd)
		return
	}
	if t.Static {
		n.general("static columns of %s are not compared", t.FullName())
	}
	for _, why := range []string{becauseChanged, becauseNow} {
		var names []string
		for _, column := range t.Columns {
			if t.opaque[column] == why {
				names = append(names, t.Table.Columns[column].Name)
			}
		}
		if len(names) > 0 {
			n.general("values in these columns of %s are not compared, only that a delete has emptied them: %s (%s)", t.FullName(), strings.Join(names, ", "), why)
		}
	}
}

// named is how many partitions a note names.
const named = 8

// sentences gives the notes as the report has them.
func (n *notes) sentences() []string {
	out := []string{}
	for _, o := range n.order {
		if o.topic == "" {
			out = append(out, o.text)
			continue
		}
		slices.Sort(o.partitions)
		var ids []string
		for _, id := range o.partitions[:min(named, len(o.partitions))] {
			ids = append(ids, fmt.Sprint(id))
		}
		more := ""
		if len(o.partitions) > named {
			more = fmt.Sprintf(" and %d more", len(o.partitions)-named)
		}
		out = append(out, fmt.Sprintf("%s/%s%s: %s", o.topic, strings.Join(ids, ","), more, o.text))
	}
	return out
}
