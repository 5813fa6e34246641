package status

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"strconv"
	"time"
)

//go:embed page.html style.css
var sources embed.FS

// page is the template of the page. It escapes whatever a name may hold.
var page = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"count": count, "seconds": seconds, "rate": rate, "stamp": stamp,
}).ParseFS(sources, "page.html", "style.css"))

// contentPolicy lets the browser use nothing but the page's own style: no script,
// no image, no frame, nothing from elsewhere.
var contentPolicy = "default-src 'none'; style-src '" + styleHash() + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func styleHash() string {
	style, err := sources.ReadFile("style.css")
	if err != nil {
		panic(err) // it is embedded
	}
	sum := sha256.Sum256(style)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// count writes a number with commas between the thousands.
func count(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// rate writes a number per second: exactly when it is small.
func rate(perSecond float64) string {
	if perSecond < 10 {
		return strconv.FormatFloat(perSecond, 'f', 1, 64)
	}
	return count(int64(perSecond + 0.5))
}

// seconds writes a duration as people say it, with two units at most.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case days > 0:
		return strconv.Itoa(days) + " d " + strconv.Itoa(hours) + " h"
	case hours > 0:
		return strconv.Itoa(hours) + " h " + strconv.Itoa(minutes) + " min"
	case minutes > 0:
		return strconv.Itoa(minutes) + " min " + strconv.Itoa(int(d.Seconds())%60) + " s"
	case s >= 10:
		return strconv.Itoa(int(d.Seconds())) + " s"
	}
	return strconv.FormatFloat(s, 'f', 2, 64) + " s"
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
