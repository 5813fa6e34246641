package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Kubernetes sets these in every pod for each service of the namespace (service
// links), here for those called ingest or ingest-something. See "Accessing the
// Service", environment variables, in the Kubernetes documentation.
var (
	injectedName  = regexp.MustCompile(`^INGEST_(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)
	injectedValue = regexp.MustCompile(`^(tcp|udp|sctp)://`)
)

// isInjected reports whether Kubernetes set the variable. <service>_PORT holds a
// URL there, which none of our settings of such a name does: so
// INGEST_CASSANDRA_PORT is ours unless a service is called ingest-cassandra.
func isInjected(name, value string) bool {
	if injectedName.MatchString(name) {
		return true
	}
	return strings.HasSuffix(name, "_PORT") && injectedValue.MatchString(value)
}

// addUnknown reports names that would silently do nothing.
func addUnknown(found *faults, given map[string]string, known []*variable) {
	var names []string
	for _, v := range known {
		names = append(names, v.names()...)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
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

// nearest gives the known name that an unknown one was probably meant to be,
// empty when there is none.
func nearest(unknown string, known []string) string {
	rest := strings.TrimPrefix(unknown, namePrefix)
	best, least := "", max(2, len(rest)/4)+1
	for _, name := range known {
		if d := distance(unknown, name); d < least {
			best, least = name, d
		}
	}
	if best != "" {
		return best
	}
	for _, name := range known { // a forgotten part: INGEST_BROKERS
		if rest != "" && strings.HasSuffix(name, "_"+rest) {
			return name
		}
	}
	return ""
}

// distance is the least number of letters to insert, delete, replace or swap
// with their neighbour that turns a into b (optimal string alignment).
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
