package config

import (
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"

	"ingest/config/secret"
)

// environment is what a process was given, prepared for package env.
type environment struct {
	// given holds our variables as they stand.
	given map[string]string
	// values holds what env reads: only settings that are known, none of them
	// empty, all of them trimmed. Of a secret it holds no more than the name, so
	// that no error of env can repeat it.
	values map[string]string
	// secrets holds the secrets that are set, by the name of their variable.
	secrets map[string]secret.Value
}

func newEnvironment(environ []string, known []*variable) *environment {
	e := &environment{given: ours(environ), values: map[string]string{}, secrets: map[string]secret.Value{}}
	for _, v := range known {
		if v.isSecret() {
			e.takeSecret(v.name)
		} else if value := strings.TrimSpace(e.given[v.name]); value != "" {
			e.values[v.name] = value
		}
	}
	return e
}

// ours gives the variables that are meant for us, without those that Kubernetes
// injects. Of a name that stands twice the first counts, as for os.Getenv.
func ours(environ []string) map[string]string {
	given := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, namePrefix) || isInjected(name, value) {
			continue
		}
		if _, twice := given[name]; !twice {
			given[name] = value
		}
	}
	return given
}

// takeSecret takes a secret from X, untrimmed, or from the file that X_FILE
// names.
func (e *environment) takeSecret(name string) {
	value := secret.Literal(e.given[name])
	if !value.IsSet() {
		value = secret.File(e.filePath(name))
	}
	if value.IsSet() {
		e.values[name], e.secrets[name] = name, value
	}
}

func (e *environment) filePath(name string) string {
	return strings.TrimSpace(e.given[name+fileSuffix])
}

func (e *environment) origin(v *variable) Origin {
	switch {
	case e.values[v.name] == "":
		return Default
	case e.secrets[v.name].Path() != "":
		return File
	}
	return Environment
}

// parse sets the fields of target to the values and, where there is none, to
// their defaults. A field that cannot be set stays as it is. The error is for
// programmers: it names a field, not a variable.
func (e *environment) parse(target *Config, values map[string]string) error {
	return env.ParseWithOptions(target, env.Options{
		Prefix:      namePrefix,
		Environment: values, // never nil: env would read the process's own
		FuncMap: map[reflect.Type]env.ParserFunc{
			secretType:                  func(name string) (any, error) { return e.secrets[name], nil },
			reflect.TypeFor[[]string](): func(list string) (any, error) { return splitList(list), nil },
		},
	})
}

// blame adds a fault if the variable's value is one that env could not parse.
// Several fields have the same name, and env's errors tell no more than that; so
// the value is parsed again, alone.
func (e *environment) blame(v *variable, found *faults) {
	value, isSet := e.values[v.name]
	if isSet && e.parse(&Config{}, map[string]string{v.name: value}) != nil {
		found.add(v.name, quote(value)+" is not "+v.expected())
	}
}

// checkSecret adds a fault if a secret is given twice, or if its file cannot be
// read: it must be readable now already, though it is read again when needed.
func (e *environment) checkSecret(v *variable, found *faults) {
	value := e.secrets[v.name]
	switch {
	case !value.IsSet():
	case value.Path() != "":
		if _, err := value.Reveal(); err != nil {
			found.add(v.name+fileSuffix, err.Error())
		}
	case e.filePath(v.name) != "":
		found.add(v.name, "is set, and so is "+v.name+fileSuffix+"; set only one of them")
	}
}
