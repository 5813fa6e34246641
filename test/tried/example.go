package tried

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"ingest/mapping"
	"ingest/mapping/ddl"
	"ingest/mapping/literal"
	"ingest/mapping/registry"
	"ingest/retry"
)

// Example is a mapping file with what it needs to be tried.
type Example struct {
	Mapping string
	CQL     string
	Schemas []registry.SchemaFile
	Records string // JSON lines
}

// Rows gives what the records become, a line for each row, delete and fault, or
// what is wrong with the example.
func (e *Example) Rows(ctx context.Context) (string, error) {
	x, err := e.plan(ctx)
	if err != nil {
		return "", err
	}
	records, err := ReadRecords(e.Records)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for i := range records {
		if err := x.record(ctx, &records[i], &out); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

// trial is an example that fits.
type trial struct {
	file     *mapping.File
	programs []*mapping.Program
	client   *registry.Client
}

func (e *Example) plan(ctx context.Context) (*trial, error) {
	file, found := mapping.Parse("mapping.yaml", []byte(e.Mapping))
	if err := found.Err(); err != nil {
		return nil, err
	}
	var tables ddl.Schema
	if err := tables.Read("tables", []byte(e.CQL)).Err(); err != nil {
		return nil, err
	}
	client, err := registry.NewOffline(e.Schemas, nil)
	if err != nil {
		return nil, err
	}
	x := &trial{file: file, client: client}
	var faults []error
	for i := range file.Topics {
		program, found := mapping.Examine(file, i, tables.Catalog())
		key, value, more, err := client.Shapes(ctx, program)
		if err == nil {
			more = append(more, mapping.CheckShapes(program, key, value)...)
		}
		faults = append(faults, found.Err(), more.Err(), err)
		x.programs = append(x.programs, program)
	}
	return x, errors.Join(faults...)
}

func (x *trial) record(ctx context.Context, r *Record, out *strings.Builder) error {
	if r.Topic == "" {
		r.Topic = x.file.Topics[0].Name
	}
	at := x.file.Topic(r.Topic)
	if at < 0 {
		return fmt.Errorf("record %d: the mapping has no topic %q", r.Line, r.Topic)
	}
	rec, err := r.Encode(&x.file.Topics[at], x.encode(ctx))
	if err != nil {
		return err
	}
	var buf mapping.Buffer
	if err := registry.NewMapper(x.programs[at], x.client).Map(ctx, rec, rec.Timestamp*1000, 0, &buf); err != nil {
		return err
	}
	for i := range buf.Rows {
		text, err := rowText(&buf.Rows[i], rec.Timestamp*1000)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%d: %s\n", r.Line, text)
	}
	for i := range buf.Poison {
		fmt.Fprintf(out, "%d: %s\n", r.Line, poisonText(buf.Poison[i].Err))
	}
	if len(buf.Rows)+len(buf.Poison) == 0 {
		fmt.Fprintf(out, "%d: no row\n", r.Line)
	}
	return nil
}

// encode encodes by the schemas of the example.
func (x *trial) encode(ctx context.Context) Encoder {
	return func(subject string, version int, text []byte) ([]byte, error) {
		versions, err := x.client.Versions(ctx, subject)
		if err != nil {
			return nil, err
		}
		if version == 0 {
			version = len(versions)
		}
		if version > len(versions) {
			return nil, fmt.Errorf("subject %q has no version %d", subject, version)
		}
		id := versions[version-1].ID
		schema, err := x.client.Schema(ctx, id)
		if err != nil {
			return nil, err
		}
		body, err := schema.EncodeJSON(text)
		return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), body...), err
	}
}

// rowText writes a row: its columns that are bound, in the table's order of them.
func rowText(row *mapping.Row, stamp int64) (string, error) {
	st := row.Statement
	var b strings.Builder
	b.WriteString(st.Op.String() + " " + st.Table.FullName())
	for i := range row.Cells {
		c := &row.Cells[i]
		text := "null"
		switch c.State {
		case mapping.Value:
			var err error
			if text, err = literal.Of(c.Type, c.Data); err != nil {
				return "", err
			}
		case mapping.Unset, mapping.Absent:
			continue
		}
		fmt.Fprintf(&b, " %s=%s", st.Name(i), text)
	}
	if st.TTL > 0 {
		fmt.Fprintf(&b, " TTL %d", st.TTL)
	}
	if row.Timestamp != stamp {
		fmt.Fprintf(&b, " TIMESTAMP %s", time.UnixMicro(row.Timestamp).UTC().Format(time.RFC3339Nano))
	}
	return b.String(), nil
}

func poisonText(err error) string {
	p, ok := errors.AsType[*retry.Poison](err)
	if !ok {
		return "dead letter: " + err.Error()
	}
	return "dead letter (" + string(p.Reason) + "): " + p.Error()
}
