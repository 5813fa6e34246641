package registry

import (
	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/retry"
)

// givenPlan is the plan of a schema that the mapping file gives.
func givenPlan(given *mapping.GivenSchema, targets []mapping.Target) *plan {
	schema, err := avro.Parse(given.Text, nil)
	if err != nil {
		return &plan{decoder: unreadable{&retry.Poison{Reason: retry.ReasonSchema, Err: err}}}
	}
	decoder, problems := avro.Compile(schema, targets)
	return &plan{schema: schema, decoder: decoder, problems: problems}
}

// unreadable is what is left to do with a schema that Check refuses.
type unreadable struct{ why *retry.Poison }

func (u unreadable) Decode([]byte, *mapping.Frame) error { return u.why }

// givenShape gives the only version that a schema of the mapping file has.
func givenShape(given *mapping.GivenSchema) ([]mapping.NamedShape, mapping.Diagnostics) {
	schema, err := avro.Parse(given.Text, nil)
	if err != nil {
		return nil, mapping.Diagnostics{{Line: given.Pos.Line, Col: given.Pos.Col, Message: "schema " + given.Path + ": " + err.Error(),
			Hint: "it must be one Avro schema in JSON, with all that it refers to"}}
	}
	return []mapping.NamedShape{{Name: "schema " + given.Path, Shape: schema.Shape()}}, nil
}
