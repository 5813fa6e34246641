package verify

import (
	"encoding/hex"
	"strconv"
	"strings"

	"ingest/mapping"
)

// detail tells a difference, as long as there is room.
func (v *verifier) detail(c compared, d difference) {
	if len(v.report.Details) >= v.cfg.Details {
		return
	}
	out := Difference{Kind: d.kind, Table: c.row.table.FullName(), Row: name(c.row.id), Offset: d.by.offset, Have: d.have.Stamp}
	if d.by.part != nil {
		out.Topic, out.Partition = d.by.part.topic.Name, d.by.part.id
	}
	if d.kind != Extra {
		out.Want = d.by.stamp
	}
	if v.cfg.ShowKeys {
		out.Key = keyText(c.row.table, c.key)
	}
	if d.slot >= 0 {
		column := &c.row.table.Table.Columns[c.row.table.Columns[d.slot]]
		out.Column = column.Name
		if v.cfg.ShowValues {
			if d.kind != Extra {
				out.WantValue = text(column.Type, c.row.cells[d.slot].data)
			}
			if d.have.Set {
				out.HaveValue = text(column.Type, d.have.Data)
			}
		}
	}
	v.report.Details = append(v.report.Details, out)
}

// keyText writes a primary key.
func keyText(t *Table, key string) string {
	var parts []string
	for i, c := range keyCells(t, key) {
		parts = append(parts, t.Table.Columns[t.key[i]].Name+"="+text(c.Type, c.Data))
	}
	return strings.Join(parts, " ")
}

// text writes a value for people: texts quoted, integers as numbers, all else as
// the hexadecimal digits of its CQL bytes.
func text(t *mapping.Type, data []byte) string {
	switch t.Kind {
	case mapping.TypeText, mapping.TypeASCII:
		return strconv.Quote(string(data))
	case mapping.TypeTinyint, mapping.TypeSmallint, mapping.TypeInt, mapping.TypeBigint, mapping.TypeTimestamp:
		if len(data) > 0 {
			n := int64(int8(data[0]))
			for _, b := range data[1:] {
				n = n<<8 | int64(b)
			}
			return strconv.FormatInt(n, 10)
		}
	}
	return "0x" + hex.EncodeToString(data)
}
