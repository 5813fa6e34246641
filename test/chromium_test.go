//go:build stack

package test

import (
	"bytes"
	"context"
	"html"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// browser runs Chromium without a screen. Each run has a profile of its own, which
// is gone afterwards.
type browser struct {
	t    *testing.T
	path string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v; `make deps` installs it", err)
	}
	return &browser{t, path}
}

// run opens an address and gives what Chromium writes. What its console complains
// of fails the test.
func (b *browser) run(flags ...string) []byte {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 90*time.Second)
	defer cancel()
	home := b.t.TempDir()
	cmd := exec.CommandContext(ctx, b.path, append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--enable-logging=stderr",
		"--user-data-dir=" + filepath.Join(home, "profile")}, flags...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		b.t.Fatalf("Chromium: %v\n%s", err, said.String())
	}
	for line := range strings.Lines(said.String()) {
		if strings.Contains(line, "CONSOLE") {
			b.t.Errorf("the browser's console: %s", line)
		}
	}
	return out.Bytes()
}

// dom gives a page as the browser understands it.
func (b *browser) dom(url string) document {
	b.t.Helper()
	return document{b.t, string(b.run("--dump-dom", url))}
}

// screenshot fails the test when a page looks like an empty one. The image is an
// artifact of the test.
func (b *browser) screenshot(url string) {
	b.t.Helper()
	path := filepath.Join(b.t.ArtifactDir(), "screenshot.png")
	b.run("--hide-scrollbars", "--window-size=1200,1000", "--screenshot="+path, url)
	file, err := os.Open(path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		b.t.Fatal(err)
	}
	written, size := 0, picture.Bounds()
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			if picture.At(x, y) != picture.At(0, 0) {
				written++
			}
		}
	}
	if share := float64(written) / float64(size.Dx()*size.Dy()); share < 0.005 || share > 0.5 {
		b.t.Errorf("%.1f %% of the page is written on", 100*share)
	}
}

// document is the text of a page's DOM.
type document struct {
	t    *testing.T
	text string
}

var (
	tableRow  = regexp.MustCompile(`(?s)<tr>(.*?)</tr>`)
	tableCell = regexp.MustCompile(`(?s)<td[^>]*>(.*?)</td>`)
	tag       = regexp.MustCompile(`<[^>]*>`)
)

// part gives what an element with an id holds.
func (d document) part(element, id string) string {
	d.t.Helper()
	_, after, found := strings.Cut(d.text, "<"+element+` id="`+id+`"`)
	inner, _, ended := strings.Cut(after, "</"+element+">")
	if !found || !ended {
		d.t.Fatalf("the page has no %s:\n%s", id, d.text)
	}
	return inner
}

// rows gives the texts of the cells of each row of an element with an id.
func (d document) rows(element, id string) [][]string {
	d.t.Helper()
	var rows [][]string
	for _, row := range tableRow.FindAllStringSubmatch(d.part(element, id), -1) {
		var cells []string
		for _, cell := range tableCell.FindAllStringSubmatch(row[1], -1) {
			cells = append(cells, html.UnescapeString(tag.ReplaceAllString(cell[1], " ")))
		}
		if cells != nil {
			rows = append(rows, cells)
		}
	}
	return rows
}
