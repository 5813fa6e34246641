package kafka

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
)

func TestAdviceNamesTheSettings(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("unable to dial: %w", kerr.SaslAuthenticationFailed), "INGEST_KAFKA_SASL_USERNAME"},
		{kerr.UnsupportedSaslMechanism, "INGEST_KAFKA_SASL_MECHANISM"},
		{fmt.Errorf("unable to dial: %w", &tls.CertificateVerificationError{Err: errors.New("unknown authority")}), "INGEST_KAFKA_TLS_CA_FILE"},
	} {
		if got := Advice(tc.err); !strings.Contains(got, tc.want) {
			t.Errorf("Advice(%v) = %q, want %s in it", tc.err, got, tc.want)
		}
	}
	if got := Advice(errors.New("connection refused")); got != "" {
		t.Errorf("Advice of an outage = %q", got)
	}
}
