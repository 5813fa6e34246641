// Package config reads the environment into the settings of every package, and
// tells what they are: their effective values for people, without secrets, and
// the reference in docs/configuration.md. Each package owns its settings, their
// defaults, their descriptions (struct tags) and their validation.
package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"ingest/config/secret"
	"ingest/mapping/registry"
	"ingest/pipeline"
	"ingest/pipeline/deadletter"
	"ingest/pipeline/kafka"
	"ingest/sink"
	"ingest/telemetry"
)

// Config is everything that the environment sets. What the mapping file says
// wins over it.
type Config struct {
	MappingFile string            `env:"MAPPING_FILE" required:"true" example:"/etc/ingest/mapping.yaml" desc:"The mapping file: which topic fills which table."`
	Kafka       kafka.Config      `envPrefix:"KAFKA_" section:"Kafka"`
	Registry    registry.Config   `envPrefix:"SCHEMA_REGISTRY_" section:"Schema registry"`
	Sink        sink.Config       `section:"Cassandra"`
	Pipeline    pipeline.Config   `section:"Pipeline"`
	DeadLetter  deadletter.Config `envPrefix:"DEAD_LETTER_" section:"Dead letters"`
	Telemetry   telemetry.Config  `section:"Health, metrics and logs"`

	origins map[string]Origin // by variable name; absent: Default
}

// validators gives what each package says about its settings, by the component
// that a fault without a variable's name is reported under.
func (c *Config) validators() []component {
	return []component{
		{"INGEST_KAFKA_*", c.Kafka.Validate},
		{"INGEST_SCHEMA_REGISTRY_*", c.Registry.Validate},
		{"INGEST_CASSANDRA_*", c.Sink.Validate},
		{"INGEST_*", c.Pipeline.Validate},
		{"INGEST_DEAD_LETTER_*", c.DeadLetter.Validate},
		{"INGEST_*", c.Telemetry.Validate},
	}
}

type component struct {
	name     string
	validate func() error
}

// Load reads an environment (as os.Environ gives it) for the command that
// consumes: whatever is tagged as required must be set. All faults are reported
// at once, in an *Error.
func Load(environ []string) (*Config, error) {
	c := &Config{}
	var required []string
	for _, v := range c.variables() {
		if v.required {
			required = append(required, v.name)
		}
	}
	return c.load(environ, required)
}

// LoadFor reads an environment for a command that needs less: only the
// variables named must be set, possibly none. All that is set must be right.
// Along with an *Error it gives what could be read, for the command that shows
// the settings; nothing else may use it.
func LoadFor(environ []string, required ...string) (*Config, error) {
	return (&Config{}).load(environ, required)
}

func (c *Config) variables() []*variable {
	return variables(reflect.ValueOf(c).Elem(), namePrefix, "Mapping")
}

func (c *Config) load(environ []string, required []string) (*Config, error) {
	found := &faults{}
	env := ours(environ)
	known := c.variables()
	c.origins = map[string]Origin{}
	for _, v := range known {
		c.origins[v.name] = v.read(env, found)
		switch {
		case !v.field.IsZero():
		case slices.Contains(required, v.name):
			found.add(v.name, "is not set; for example "+v.name+"="+v.example)
		case v.required: // by the command that consumes, but not by this one
			found.silence(v.name)
		}
	}
	addUnknown(found, env, known)
	for _, part := range c.validators() {
		found.addAll(part.name, part.validate())
	}
	if len(found.list) > 0 {
		return c, &Error{found.list}
	}
	return c, nil
}

// ours gives the variables that are meant for us, without those that Kubernetes
// injects. Of a name that stands twice the first counts, as for os.Getenv.
func ours(environ []string) map[string]string {
	env := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, namePrefix) || isInjected(name, value) {
			continue
		}
		if _, twice := env[name]; !twice {
			env[name] = value
		}
	}
	return env
}

// read sets the variable from the environment or its default; an empty value
// counts as none.
func (v *variable) read(env map[string]string, found *faults) Origin {
	if v.isSecret() {
		return v.readSecret(env, found)
	}
	value, origin := strings.TrimSpace(env[v.name]), Environment
	if value == "" {
		value, origin = v.def, Default
	}
	if value == "" {
		return origin
	}
	if err := v.set(value); err != nil {
		found.add(v.name, err.Error())
	}
	return origin
}

// readSecret takes a secret from X, or from the file that X_FILE names. The file
// must be readable now already, though it is read again when it is needed.
func (v *variable) readSecret(env map[string]string, found *faults) Origin {
	value, path := env[v.name], strings.TrimSpace(env[v.name+fileSuffix])
	switch {
	case value != "" && path != "":
		found.add(v.name, "is set, and so is "+v.name+fileSuffix+"; set only one of them")
		return Environment
	case value != "":
		v.field.Set(reflect.ValueOf(secret.Literal(value)))
		return Environment
	case path != "":
		file := secret.File(path)
		if _, err := file.Reveal(); err != nil {
			found.add(v.name+fileSuffix, err.Error())
		}
		v.field.Set(reflect.ValueOf(file))
		return File
	}
	return Default
}

// addUnknown reports names that would silently do nothing.
func addUnknown(found *faults, env map[string]string, known []*variable) {
	var names []string
	for _, v := range known {
		names = append(names, v.names()...)
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if slices.Contains(names, name) {
			continue
		}
		if near := nearest(name, names); near != "" {
			found.add(name, "is no setting; did you mean "+near+"?")
		} else {
			found.add(name, "is no setting; docs/configuration.md lists them, and so does ingest config")
		}
	}
}
