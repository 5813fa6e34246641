package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"ingest/telemetry"
)

func TestValidate(t *testing.T) {
	for name, test := range map[string]struct {
		config telemetry.Config
		want   []string
	}{
		"defaults":         {telemetry.Config{HTTPAddr: "127.0.0.1:8080", LogLevel: "info"}, nil},
		"every address":    {telemetry.Config{HTTPAddr: ":8080", LogLevel: "debug", LogFormat: "json"}, nil},
		"any port":         {telemetry.Config{HTTPAddr: "[::1]:0", LogLevel: "error", LogFormat: "text"}, nil},
		"no port":          {telemetry.Config{HTTPAddr: "8080", LogLevel: "warn"}, []string{`INGEST_HTTP_ADDR: "8080" is not host:port; for example 127.0.0.1:8080`}},
		"a port too far":   {telemetry.Config{HTTPAddr: ":65536", LogLevel: "warn"}, []string{`INGEST_HTTP_ADDR: ":65536" has no port`}},
		"profiles":         {telemetry.Config{HTTPAddr: ":0", LogLevel: "info", PprofAddr: "127.0.0.1:6060"}, nil},
		"profiles of v6":   {telemetry.Config{HTTPAddr: ":0", LogLevel: "info", PprofAddr: "[::1]:0"}, nil},
		"profiles by name": {telemetry.Config{HTTPAddr: ":0", LogLevel: "info", PprofAddr: "localhost:6060"}, nil},
		"profiles for all": {telemetry.Config{HTTPAddr: ":0", LogLevel: "info", PprofAddr: ":6060"}, []string{
			`INGEST_PPROF_ADDR: ":6060" is not an address of loopback, which alone may serve profiles; for example 127.0.0.1:6060`}},
		"profiles for others": {telemetry.Config{HTTPAddr: ":0", LogLevel: "info", PprofAddr: "10.0.0.1:6060"}, []string{`INGEST_PPROF_ADDR: "10.0.0.1:6060" is not an address of loopback`}},
		"profiles nowhere":    {telemetry.Config{HTTPAddr: ":0", LogLevel: "info", PprofAddr: "127.0.0.1"}, []string{`INGEST_PPROF_ADDR: "127.0.0.1" is not host:port`}},
		"all at once": {telemetry.Config{HTTPAddr: "x", LogLevel: "loud", LogFormat: "xml"}, []string{
			"INGEST_HTTP_ADDR: ", `INGEST_LOG_LEVEL: "loud" is not one of debug, info, warn, error`, `INGEST_LOG_FORMAT: "xml" is not one of json, text`}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			if err := test.config.Validate(); err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
		})
	}
}

func TestNewLogger(t *testing.T) {
	for level, want := range map[string]int{"debug": 4, "info": 3, "warn": 2, "error": 1} {
		var out bytes.Buffer
		log := telemetry.NewLogger(&out, telemetry.Config{LogLevel: level, LogFormat: "text"})
		log.Debug("m")
		log.Info("m")
		log.Warn("m")
		log.Error("m")
		if got := strings.Count(out.String(), "msg=m\n"); got != want {
			t.Errorf("%s: %d lines, want %d", level, got, want)
		}
	}
}

func TestLogIsJSONWhereNoTerminalIs(t *testing.T) {
	for _, format := range []string{"", "json"} {
		var out bytes.Buffer
		telemetry.NewLogger(&out, telemetry.Config{LogLevel: "info", LogFormat: format}).Info("hello", slog.Int("n", 1))
		var line struct {
			Msg string
			N   int
		}
		if err := json.Unmarshal(out.Bytes(), &line); err != nil || line.Msg != "hello" || line.N != 1 {
			t.Errorf("format %q: %s: %v", format, out.String(), err)
		}
	}
}
