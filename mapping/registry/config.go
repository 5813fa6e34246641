package registry

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"ingest/config/secret"
	"ingest/retry"
)

// Config says how to reach the schema registry. Its variables begin with
// INGEST_SCHEMA_REGISTRY_.
type Config struct {
	URLs     []string      `env:"URLS" required:"true" example:"https://registry:8081" desc:"Base URLs of the schema registry, separated by commas; one that does not answer is left for the next. Not needed when the mapping file gives every schema itself."`
	Username string        `env:"USERNAME" desc:"User name for basic authentication; empty for none."`
	Password secret.Value  `env:"PASSWORD" desc:"Password for basic authentication, read again for every request."`
	TLS      secret.TLS    `envPrefix:"TLS_"`
	Timeout  time.Duration `env:"TIMEOUT" envDefault:"10s" desc:"How long one request may take before it is tried again; 100ms to 5m."`
}

const prefix = "INGEST_SCHEMA_REGISTRY_"

// Validate reports every setting that cannot work. It does not connect, and it
// never repeats a URL, which may hold a password where none belongs.
func (c Config) Validate() error {
	var errs []error
	for i, text := range c.URLs {
		if err := c.validateURL(text); err != nil {
			errs = append(errs, fmt.Errorf("%sURLS: URL %d %w", prefix, i+1, err))
		}
	}
	if c.Username != "" && !c.Password.IsSet() {
		errs = append(errs, errors.New(prefix+"PASSWORD: is not set; the user name needs one"))
	}
	if c.Username == "" && c.Password.IsSet() {
		errs = append(errs, errors.New(prefix+"USERNAME: is not set; the password needs one"))
	}
	if c.Timeout < 100*time.Millisecond || c.Timeout > 5*time.Minute {
		errs = append(errs, fmt.Errorf("%sTIMEOUT: %v is not between 100ms and 5m", prefix, c.Timeout))
	}
	errs = append(errs, c.TLS.Validate(prefix+"TLS_"))
	return errors.Join(errs...)
}

func (c Config) validateURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("is not a URL such as https://registry:8081")
	case u.User != nil:
		return errors.New("holds a user name; use " + prefix + "USERNAME and " + prefix + "PASSWORD")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("has a query or a fragment; give the base URL alone")
	case c.TLS.Enabled && u.Scheme != "https":
		return errors.New("begins with http:// while " + prefix + "TLS_ENABLED is true; use https://")
	}
	return nil
}

// Deps is what a Client needs from its process. Every field may be left out.
type Deps struct {
	Log   *slog.Logger
	Meter metric.Meter
	// Waiting is told why schemas cannot be had, and "" when they can again. It
	// may be called from any goroutine and must not block.
	Waiting func(reason string)
	Retry   retry.Config
}

func (d *Deps) complete() {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Meter == nil {
		d.Meter = noop.Meter{}
	}
	if d.Waiting == nil {
		d.Waiting = func(string) {}
	}
	d.Retry = d.Retry.OrDefault()
}
