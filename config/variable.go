package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"ingest/config/secret"
)

// namePrefix begins every variable of ours. Kubernetes injects KAFKA_PORT,
// CASSANDRA_PORT and the like for services of those names.
const namePrefix = "INGEST_"

// fileSuffix makes the name of the variable that names a secret's file.
const fileSuffix = "_FILE"

// variable is one setting: a field and what its tags say. The tags are
//
//	env         the name, without the prefixes of the structs around it
//	envPrefix   on a struct: what the names within begin with
//	envDefault  the value when the variable is not set or empty
//	required    "true": must be set for the command that consumes
//	example     a value to show in the message and in the reference
//	desc        what it is, for people
//	section     on a struct: its heading in the reference
type variable struct {
	name, section, def, example, desc string
	required                          bool
	field                             reflect.Value
}

var secretType = reflect.TypeFor[secret.Value]()

func (v *variable) isSecret() bool { return v.field.Type() == secretType }

// names gives the environment names that set the variable.
func (v *variable) names() []string {
	if v.isSecret() {
		return []string{v.name, v.name + fileSuffix}
	}
	return []string{v.name}
}

// variables lists the settings of a struct in the order of its fields.
func variables(target reflect.Value, prefix, section string) []*variable {
	var out []*variable
	for i := range target.NumField() {
		field, tag := target.Type().Field(i), target.Type().Field(i).Tag
		name := tag.Get("env")
		switch {
		case !field.IsExported():
		case name != "" && name != "-":
			out = append(out, &variable{
				name: prefix + name, section: section, field: target.Field(i),
				def: tag.Get("envDefault"), example: tag.Get("example"), desc: tag.Get("desc"),
				required: tag.Get("required") == "true",
			})
		case name == "" && field.Type.Kind() == reflect.Struct:
			inner := section
			if own, ok := tag.Lookup("section"); ok {
				inner = own
			}
			out = append(out, variables(target.Field(i), prefix+tag.Get("envPrefix"), inner)...)
		}
	}
	return out
}

// set parses a value into the variable's field. The error says what was
// expected, and repeats the value only of settings that are no secrets.
func (v *variable) set(value string) error {
	if unmarshaler, ok := v.field.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := unmarshaler.UnmarshalText([]byte(value)); err != nil {
			return fmt.Errorf("%s: %w", quote(value), err)
		}
		return nil
	}
	switch v.field.Interface().(type) {
	case time.Duration:
		return v.setDuration(value)
	case []string:
		v.field.Set(reflect.ValueOf(splitList(value)))
		return nil
	}
	return v.setScalar(value)
}

func (v *variable) setDuration(value string) error {
	duration, err := time.ParseDuration(value)
	if err != nil {
		return fmt.Errorf("%s is not a duration such as 500ms, 30s or 5m", quote(value))
	}
	v.field.SetInt(int64(duration))
	return nil
}

// setScalar sets a field by its kind. A kind it does not know is a fault of the
// program, found by the test that parses every default.
func (v *variable) setScalar(value string) error {
	switch kind := v.field.Kind(); kind {
	case reflect.String:
		v.field.SetString(value)
	case reflect.Bool:
		parsed, err := strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("%s is not true or false", quote(value))
		}
		v.field.SetBool(parsed)
	case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64:
		parsed, err := strconv.ParseInt(value, 10, v.field.Type().Bits())
		if err != nil {
			return fmt.Errorf("%s is not a whole number, or too large", quote(value))
		}
		v.field.SetInt(parsed)
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		parsed, err := strconv.ParseUint(value, 10, v.field.Type().Bits())
		if err != nil {
			return fmt.Errorf("%s is not a whole number of at least 0, or too large", quote(value))
		}
		v.field.SetUint(parsed)
	case reflect.Float64:
		parsed, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return fmt.Errorf("%s is not a number", quote(value))
		}
		v.field.SetFloat(parsed)
	default:
		return fmt.Errorf("settings of type %s are not supported", v.field.Type())
	}
	return nil
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

// text writes the variable's current value for people, without secrets.
func (v *variable) text() string {
	switch value := v.field.Interface().(type) {
	case secret.Value:
		if path := value.Path(); path != "" {
			return value.String() + " from " + path
		}
		return value.String()
	case []string:
		shown := make([]string, len(value))
		for i, entry := range value {
			shown[i] = withoutPassword(entry)
		}
		return strings.Join(shown, ",")
	case string:
		return withoutPassword(value)
	}
	return fmt.Sprint(v.field.Interface())
}

// withoutPassword hides the user information of a URL, and of an address that
// somebody wrote like one: everything before the last @, since a password may
// hold one itself.
func withoutPassword(text string) string {
	at := strings.LastIndexByte(text, '@')
	if at < 0 || !strings.Contains(text[:at], ":") {
		return text
	}
	scheme, _, isURL := strings.Cut(text[:at], "://")
	if !isURL {
		return secret.Redacted + text[at:]
	}
	return scheme + "://" + secret.Redacted + text[at:]
}
