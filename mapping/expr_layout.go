package mapping

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// layoutParts are the parts of a time's text that strftime has, as Go's package
// time writes them.
var layoutParts = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'e': "_2", 'j': "002", 'H': "15", 'I': "03", 'p': "PM", 'M': "04", 'S': "05",
	'L': "000", 'f': "000000", 'N': "000000000", 'b': "Jan", 'B': "January", 'a': "Mon", 'A': "Monday", 'z': "-0700",
}

var (
	errLayoutPart     = errors.New("a layout has %Y %y %m %d %e %j %H %I %p %M %S %L %f %N %b %B %a %A %z, and %% for a percent sign")
	errLayoutText     = errors.New("between its parts a layout has no letters and digits but T and Z")
	errLayoutFraction = errors.New("%L, %f and %N stand behind a point or a comma")
)

// layoutOf turns a layout of strftime into one of Go. What stands between its
// parts must be nothing that Go takes for a part.
func layoutOf(text string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '%' && i+1 < len(text) && text[i+1] == '%':
			i++
			b.WriteByte('%')
		case c == '%':
			i++
			if i == len(text) || layoutParts[text[i]] == "" {
				return "", errLayoutPart
			}
			if strings.IndexByte("LfN", text[i]) >= 0 && (i < 2 || text[i-2] != '.' && text[i-2] != ',') {
				return "", errLayoutFraction
			}
			b.WriteString(layoutParts[text[i]])
		case isNameByte(c, true) && c != 'T' && c != 'Z' && c != '_':
			return "", errLayoutText
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

func checkLayout(text string) error {
	_, err := layoutOf(text)
	return err
}

// formatTime writes a time in UTC.
func formatTime(b *budget, a []any) (any, error) {
	t, err := timeArg(a[0])
	if err != nil {
		return nil, err
	}
	text, err := textArg(a[1])
	if err != nil {
		return nil, err
	}
	layout, err := layoutOf(text)
	if err != nil {
		return nil, err
	}
	out := t.UTC().Format(layout)
	return out, b.take(len(out))
}

// parseTime takes a text without a zone for one in UTC.
func parseTime(_ *budget, a []any) (any, error) {
	t, err := textArgs(a)
	if err != nil {
		return nil, err
	}
	layout, err := layoutOf(t[1])
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(layout, t[0])
	if err != nil {
		return nil, fmt.Errorf("the text is no time in the layout %q", t[1])
	}
	return at.UTC(), nil
}

// toTime reads what a column of type timestamp reads, and a date as its start.
func toTime(_ *budget, a []any) (any, error) {
	text, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	if at, ok := instant([]byte(text)); ok {
		return at.UTC(), nil
	}
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return at, nil
	}
	return nil, errors.New("the text is no time such as 2026-01-31T13:30:00Z or 2026-01-31")
}
