// Package config reads the environment into the settings of every package, and
// tells what they are: their effective values for people, without secrets, and
// the reference in docs/configuration.md. Each package owns its settings, their
// defaults, their descriptions (struct tags) and their validation.
package config

import (
	"slices"

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
// consumes: whatever is tagged as required must be set, but for what is waived. All
// faults are reported at once, in an *Error.
func Load(environ []string, waived ...string) (*Config, error) {
	c := &Config{}
	var required []string
	for _, v := range c.variables() {
		if v.required && !slices.Contains(waived, v.name) {
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

func (c *Config) load(environ []string, required []string) (*Config, error) {
	found := &faults{}
	known := c.variables()
	e := newEnvironment(environ, known)
	err := e.parse(c, e.values)
	c.origins = map[string]Origin{}
	for _, v := range known {
		c.origins[v.name] = e.origin(v)
		e.checkSecret(v, found)
		if err != nil {
			e.blame(v, found)
		}
		switch {
		case !v.field.IsZero(), e.values[v.or] != "":
		case slices.Contains(required, v.name):
			found.add(v.name, "is not set; for example "+v.name+"="+v.example+v.instead())
		case v.required: // by the command that consumes, but not by this one
			found.silence(v.name)
		}
	}
	if c.Sink.Cassandra.TakeKeyspace() {
		c.origins["INGEST_CASSANDRA_KEYSPACE"] = Bundle
	}
	addUnknown(found, e.given, known)
	for _, part := range c.validators() {
		found.addAll(part.name, part.validate())
	}
	if err != nil && len(found.list) == 0 { // a default that cannot be parsed
		found.add(namePrefix+"*", err.Error())
	}
	if len(found.list) > 0 {
		return c, &Error{found.list}
	}
	return c, nil
}
