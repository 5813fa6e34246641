package sink

import (
	"errors"
	"fmt"

	"ingest/config/secret"
	"ingest/sink/astra"
)

// AstraConfig is INGEST_CASSANDRA_ASTRA_*: a cluster that is reached through a
// secure connect bundle. With a bundle there is a token, or else a client id and its
// secret; without one there is nothing.
type AstraConfig struct {
	BundleFile   string       `env:"BUNDLE_FILE" desc:"Secure connect bundle of a managed cluster such as Astra, a zip file, instead of hosts, TLS and a user; read again for every connection."`
	ClientID     string       `env:"CLIENT_ID" desc:"Client id, which goes with a client secret instead of a token."`
	ClientSecret secret.Value `env:"CLIENT_SECRET" desc:"Client secret, read again for every connection."`
	Token        secret.Value `env:"TOKEN" desc:"Application token (AstraCS:…), read again for every connection."`
}

const astraPrefix = "INGEST_CASSANDRA_ASTRA_"

// tokenUser is the user name that stands for whoever a token was made for.
const tokenUser = "token"

// behindBundle reports whether a bundle says where the cluster is.
func (c CassandraConfig) behindBundle() bool { return c.Astra.BundleFile != "" }

// TakeKeyspace takes over the bundle's keyspace where none is set, and reports
// whether it did. A bundle that cannot be read is Validate's to report.
func (c *CassandraConfig) TakeKeyspace() bool {
	if !c.behindBundle() || c.Keyspace != "" {
		return false
	}
	if b, err := astra.ReadBundle(c.Astra.BundleFile); err == nil {
		c.Keyspace = b.Keyspace
	}
	return c.Keyspace != ""
}

// credentials gives the user name and what goes with it.
func (c CassandraConfig) credentials() (string, secret.Value) {
	switch {
	case c.Astra.Token.IsSet():
		return tokenUser, c.Astra.Token
	case c.Astra.ClientID != "":
		return c.Astra.ClientID, c.Astra.ClientSecret
	}
	return c.Username, c.Password
}

func (c CassandraConfig) validateAstra() error {
	if !c.behindBundle() {
		return c.Astra.validateWithoutBundle()
	}
	errs := []error{c.validateBesideBundle(), c.Astra.validateCredentials()}
	if _, err := astra.ReadBundle(c.Astra.BundleFile); err != nil {
		errs = append(errs, fmt.Errorf("%sBUNDLE_FILE: %w", astraPrefix, err))
	}
	return errors.Join(errs...)
}

// validateWithoutBundle refuses what would silently do nothing.
func (a AstraConfig) validateWithoutBundle() error {
	var errs []error
	for _, setting := range [...]struct {
		name string
		set  bool
	}{{"CLIENT_ID", a.ClientID != ""}, {"CLIENT_SECRET", a.ClientSecret.IsSet()}, {"TOKEN", a.Token.IsSet()}} {
		if setting.set {
			errs = append(errs, fmt.Errorf("%s%s: is set, but %sBUNDLE_FILE is not; it names the secure connect bundle", astraPrefix, setting.name, astraPrefix))
		}
	}
	return errors.Join(errs...)
}

// validateBesideBundle refuses settings that the bundle stands in for: they would
// leave it open which of the two counts.
func (c CassandraConfig) validateBesideBundle() error {
	const prefix = "INGEST_CASSANDRA_"
	const withToken = "which goes with " + astraPrefix + "TOKEN or " + astraPrefix + "CLIENT_ID"
	var errs []error
	for _, setting := range [...]struct {
		name, instead string
		set           bool
	}{
		{"HOSTS", "which tells the nodes", len(c.Hosts) > 0},
		{"TLS_ENABLED", "which has its own certificates", c.TLS.Enabled},
		{"USERNAME", withToken, c.Username != ""},
		{"PASSWORD", withToken, c.Password.IsSet()},
	} {
		if setting.set {
			errs = append(errs, fmt.Errorf("%s%s: is set, and so is %sBUNDLE_FILE, %s; set only one of them", prefix, setting.name, astraPrefix, setting.instead))
		}
	}
	return errors.Join(errs...)
}

func (a AstraConfig) validateCredentials() error {
	byID := a.ClientID != "" || a.ClientSecret.IsSet()
	switch {
	case a.Token.IsSet() && byID:
		return fmt.Errorf("%sTOKEN: is set, and so is a client id or secret; set only one of them", astraPrefix)
	case a.Token.IsSet():
		return nil
	case !byID:
		return fmt.Errorf("%sTOKEN: is not set; the bundle needs it, or else %sCLIENT_ID and %sCLIENT_SECRET", astraPrefix, astraPrefix, astraPrefix)
	case a.ClientID == "":
		return fmt.Errorf("%sCLIENT_ID: is not set; the client secret needs it", astraPrefix)
	case !a.ClientSecret.IsSet():
		return fmt.Errorf("%sCLIENT_SECRET: is not set; the client id needs it, or set %sCLIENT_SECRET_FILE", astraPrefix, astraPrefix)
	}
	return nil
}
