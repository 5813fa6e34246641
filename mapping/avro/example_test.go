package avro_test

import (
	"fmt"

	"ingest/mapping"
	"ingest/mapping/avro"
)

// A schema and the columns that want its fields make a decoder, which fills the
// cells of a frame from payloads.
func ExampleCompile() {
	schema, err := avro.Parse(`{"type":"record","name":"Order","fields":[
		{"name":"id","type":"string"},
		{"name":"lines","type":"int"},
		{"name":"note","type":["null","string"]}]}`, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	field := func(name string) []mapping.Step { return []mapping.Step{{Kind: mapping.StepField, Name: name}} }
	decoder, problems := avro.Compile(schema, []mapping.Target{
		{Slot: 0, Path: field("id"), Type: &mapping.Type{Kind: mapping.TypeText}},
		{Slot: 1, Path: field("lines"), Type: &mapping.Type{Kind: mapping.TypeBigint}},
		{Slot: 2, Path: field("note"), Type: &mapping.Type{Kind: mapping.TypeText}},
	})
	fmt.Println("problems:", len(problems))

	var buffer mapping.Buffer
	frame := buffer.Frame(3)
	if err := decoder.Decode([]byte("\x04o1\x06\x00"), frame); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s %x null:%t\n", frame.Cells[0].Data, frame.Cells[1].Data, frame.Cells[2].State == mapping.Null)
	fmt.Println(decoder.Decode([]byte("\x04o1"), buffer.Frame(3)))
	// Output:
	// problems: 0
	// o1 0000000000000003 null:true
	// decode: at byte 3 of 3: the data ends within a value
}
