package telemetry

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

// Names of the log formats.
const (
	FormatJSON = "json"
	FormatText = "text"
)

// Config says where health and metrics are served, and how to log.
type Config struct {
	HTTPAddr  string `env:"HTTP_ADDR" envDefault:"127.0.0.1:8080" desc:"Address of the status page, /metrics, /readyz, /livez and /startupz. The container image sets :8080; port 0 takes any free one."`
	PprofAddr string `env:"PPROF_ADDR" desc:"Address of Go's profiles, /debug/pprof. It must be of loopback, such as 127.0.0.1:6060; when empty, nothing serves them."`
	LogLevel  string `env:"LOG_LEVEL" envDefault:"info" desc:"Least level to log: debug, info, warn or error."`
	LogFormat string `env:"LOG_FORMAT" desc:"json or text; when empty, text on a terminal and json elsewhere."`
}

// Validate reports every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if err := validateAddress(c.HTTPAddr); err != nil {
		errs = append(errs, fmt.Errorf("INGEST_HTTP_ADDR: %w; for example 127.0.0.1:8080, or :8080 for every interface", err))
	}
	if c.PprofAddr != "" {
		if err := validateLoopback(c.PprofAddr); err != nil {
			errs = append(errs, fmt.Errorf("INGEST_PPROF_ADDR: %w; for example 127.0.0.1:6060", err))
		}
	}
	if _, ok := levels[c.LogLevel]; !ok {
		errs = append(errs, fmt.Errorf("INGEST_LOG_LEVEL: %q is not one of debug, info, warn, error", c.LogLevel))
	}
	switch c.LogFormat {
	case "", FormatJSON, FormatText:
	default:
		errs = append(errs, fmt.Errorf("INGEST_LOG_FORMAT: %q is not one of json, text", c.LogFormat))
	}
	return errors.Join(errs...)
}

func validateAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is not host:port", address)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has no port between 0 and 65535", address)
	}
	return nil
}

// validateLoopback wants an address that other machines cannot reach: profiles
// show the program's inside, and taking them slows it down.
func validateLoopback(address string) error {
	if err := validateAddress(address); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(address) // was split above
	if ip := net.ParseIP(host); host != "localhost" && !ip.IsLoopback() {
		return fmt.Errorf("%q is not an address of loopback, which alone may serve profiles", address)
	}
	return nil
}
