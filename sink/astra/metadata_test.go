package astra

import (
	"net"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the service answers, what is taken from it can be dialled: host ids and an
// address, and not more than there may be.
func TestAnyAnswer(t *testing.T) {
	texts := rapid.OneOf(rapid.Just(oneNode), rapid.Just(`"proxy.example:29042"`), rapid.Just(`["`+oneNode+`"]`), rapid.String(), rapid.Just("null"), rapid.Just("1"))
	rapid.Check(t, func(t *rapid.T) {
		answer := `{"contact_info": {"sni_proxy_address": ` + texts.Draw(t, "proxy") + `, "contact_points": ` + texts.Draw(t, "points") + `}}`
		if rapid.Bool().Draw(t, "cut") {
			answer = answer[:rapid.IntRange(0, len(answer)).Draw(t, "length")]
		}
		m, err := parseMetadata([]byte(answer))
		if err != nil {
			return
		}
		if _, port, err := net.SplitHostPort(m.proxy); err != nil || port == "" || len(m.ContactPoints) == 0 {
			t.Errorf("%q gives %+v", answer, m)
		}
		for _, point := range m.ContactPoints {
			if !hostID.MatchString(point) {
				t.Errorf("%q gives a node %q", answer, point)
			}
		}
	})
}
