package mapping

import "errors"

var errInet = errors.New("text is not an IPv4 or IPv6 address (inet: no zone, no prefix length)")

// encodeInet writes 4 or 16 bytes. An IPv4 address in IPv6 clothes
// (::ffff:1.2.3.4) becomes 4 bytes, as Java and the driver make it, so that one
// address is one key.
func encodeInet(dst, v []byte) ([]byte, error) {
	start := len(dst)
	if out, ok := appendIPv4(dst, v); ok {
		return out, nil
	}
	out, ok := appendIPv6(dst, v)
	if !ok {
		return dst, errInet
	}
	if ip := out[start:]; isMapped(ip) {
		return append(out[:start], ip[12:]...), nil
	}
	return out, nil
}

func isMapped(ip []byte) bool {
	for _, b := range ip[:10] {
		if b != 0 {
			return false
		}
	}
	return ip[10] == 0xff && ip[11] == 0xff
}

// appendIPv4 reads four decimal numbers without leading zeros.
func appendIPv4(dst, v []byte) ([]byte, bool) {
	parts, number, digits := 0, 0, 0
	for i := 0; i <= len(v); i++ {
		if i == len(v) || v[i] == '.' {
			if digits == 0 || parts == 4 {
				return dst, false
			}
			dst = append(dst, byte(number))
			parts, number, digits = parts+1, 0, 0
			continue
		}
		if v[i] < '0' || v[i] > '9' || digits == 1 && number == 0 {
			return dst, false
		}
		number, digits = number*10+int(v[i]-'0'), digits+1
		if number > 255 {
			return dst, false
		}
	}
	return dst, parts == 4
}

// appendIPv6 reads RFC 4291, section 2.2, without a zone.
func appendIPv6(dst, v []byte) ([]byte, bool) {
	var ip [16]byte
	n, gap, i := 0, -1, 0
	if len(v) >= 2 && v[0] == ':' && v[1] == ':' {
		gap, i = 0, 2
	}
	for i < len(v) {
		if n == 16 {
			return dst, false
		}
		group, digits := readGroup(v[i:])
		if digits > 0 && i+digits < len(v) && v[i+digits] == '.' {
			tail, ok := appendIPv4(ip[:n], v[i:])
			if !ok || n > 12 {
				return dst, false
			}
			n = len(tail)
			break
		}
		if digits == 0 || digits > 4 {
			return dst, false
		}
		ip[n], ip[n+1] = byte(group>>8), byte(group)
		n, i = n+2, i+digits
		if i == len(v) {
			break
		}
		if v[i] != ':' || i+1 == len(v) {
			return dst, false
		}
		i++
		if v[i] == ':' {
			if gap >= 0 {
				return dst, false
			}
			gap = n
			i++
		}
	}
	if gap < 0 {
		return append(dst, ip[:]...), n == 16
	}
	if n > 14 {
		return dst, false
	}
	dst = append(dst, ip[:gap]...)
	for range 16 - n {
		dst = append(dst, 0)
	}
	return append(dst, ip[gap:n]...), true
}

// readGroup reads hexadecimal digits, at most five so that too many show.
func readGroup(v []byte) (group, digits int) {
	for digits < len(v) && digits < 5 {
		d := hexDigit(v[digits])
		if d > 0xf {
			break
		}
		group, digits = group<<4|int(d), digits+1
	}
	return group, digits
}
