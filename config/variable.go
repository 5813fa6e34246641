package config

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"ingest/config/secret"
)

// namePrefix begins every variable of ours. Kubernetes injects KAFKA_PORT,
// CASSANDRA_PORT and the like for services of those names.
const namePrefix = "INGEST_"

// fileSuffix makes the name of the variable that names a secret's file.
const fileSuffix = "_FILE"

// variable is one setting: a field and what its tags say. Package env reads the
// tags env, envPrefix and envDefault; the others are ours:
//
//	required    "true": must be set for the command that consumes. It is not
//	            env's own option, which would hold for every command
//	or          name of a variable that, when set, stands in for a required one
//	example     a value to show in the message and in the reference
//	desc        what it is, for people
//	section     on a struct: its heading in the reference
type variable struct {
	name, section, def, or, example, desc string
	required                              bool
	field                                 reflect.Value
}

var (
	secretType   = reflect.TypeFor[secret.Value]()
	durationType = reflect.TypeFor[time.Duration]()
)

func (v *variable) isSecret() bool { return v.field.Type() == secretType }

// names gives the environment names that set the variable.
func (v *variable) names() []string {
	if v.isSecret() {
		return []string{v.name, v.name + fileSuffix}
	}
	return []string{v.name}
}

// variables lists the settings in the order of their fields. Names and defaults
// are as env sees them. It panics when a field's tags are wrong, which no
// environment can bring about.
func (c *Config) variables() []*variable {
	params, err := env.GetFieldParamsWithOptions(c, env.Options{Prefix: namePrefix})
	if err != nil {
		panic("config: the tags of a setting: " + err.Error())
	}
	out := describe(reflect.ValueOf(c).Elem(), "Mapping")
	if len(out) != len(params) {
		panic("config: the settings that env sees are not those that are described")
	}
	for i, p := range params {
		out[i].name, out[i].def = p.Key, p.DefaultValue
	}
	return out
}

// describe gives what env does not tell of the settings: their fields and our
// own tags, in the order in which env visits them.
func describe(target reflect.Value, section string) []*variable {
	var out []*variable
	for i := range target.NumField() {
		field := target.Type().Field(i)
		tag := field.Tag
		switch {
		case !field.IsExported() || tag.Get("env") == "-":
		case tag.Get("env") != "":
			out = append(out, &variable{
				section: section, field: target.Field(i), required: tag.Get("required") == "true",
				or: tag.Get("or"), example: tag.Get("example"), desc: tag.Get("desc"),
			})
		case field.Type.Kind() == reflect.Struct:
			inner := section
			if own, ok := tag.Lookup("section"); ok {
				inner = own
			}
			out = append(out, describe(target.Field(i), inner)...)
		}
	}
	return out
}

// instead ends the message that a required variable is not set.
func (v *variable) instead() string {
	if v.or == "" {
		return ""
	}
	return ", or set " + v.or
}

// expected says what a value of the variable must be, to follow "is not".
func (v *variable) expected() string {
	switch {
	case v.field.Type() == durationType:
		return "a duration such as 500ms, 30s or 5m"
	case v.field.Kind() == reflect.Bool:
		return "true or false"
	case v.field.CanInt():
		return "a whole number, or too large"
	}
	return "a " + v.field.Type().String()
}

// splitList reads a list separated by commas; blanks around entries and empty
// entries do not count.
func splitList(text string) []string {
	var out []string
	for entry := range strings.SplitSeq(text, ",") {
		if entry = strings.TrimSpace(entry); entry != "" {
			out = append(out, entry)
		}
	}
	return out
}

// quote repeats a value in a message, cut so that a file pasted into a variable
// does not fill the screen.
func quote(value string) string {
	const most = 40
	if len(value) > most {
		return strconv.Quote(value[:most]) + "…"
	}
	return strconv.Quote(value)
}
