package kafka

import (
	"crypto/tls"
	"errors"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Advice says which settings an error of the client is about, for the message
// that a person reads; empty when it is about none.
func Advice(err error) string {
	switch {
	case errors.Is(err, kerr.SaslAuthenticationFailed), errors.Is(err, kerr.UnsupportedSaslMechanism), errors.Is(err, kerr.IllegalSaslState):
		return "check INGEST_KAFKA_SASL_MECHANISM, INGEST_KAFKA_SASL_USERNAME and the password"
	case isCertificate(err):
		return "check INGEST_KAFKA_TLS_CA_FILE and INGEST_KAFKA_TLS_SERVER_NAME"
	}
	return ""
}

func isCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
