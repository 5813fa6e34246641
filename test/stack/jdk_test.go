package stack

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseJavaMajor(t *testing.T) {
	for _, c := range []struct {
		name, output string
		want         int
	}{
		{"openjdk 17", "openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)", 17},
		{"first release", `openjdk version "25" 2025-09-16`, 25},
		{"early access", `openjdk version "26-ea" 2026-03-17`, 26},
		{"old numbering", `java version "1.8.0_412"`, 8},
		{"options printed first", "Picked up JAVA_TOOL_OPTIONS: -Dx=y\nopenjdk version \"11.0.2\" 2019-01-15", 11},
		{"no java", "sh: java: not found", 0},
		{"number too large", `version "99999999999999999999"`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := parseJavaMajor(c.output); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestFindJavaPassesOverOtherVersions(t *testing.T) {
	old, fitting := fakeJava(t, "21.0.1"), fakeJava(t, "17.0.9")
	t.Setenv("JAVA17_HOME", old)
	t.Setenv("JAVA_HOME", fitting)
	got, err := findJava(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(fitting, "bin", "java"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// fakeJava makes a home whose java tells the given version.
func fakeJava(t *testing.T, version string) string {
	t.Helper()
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho 'openjdk version \"" + version + "\"' >&2\n"
	if err := os.WriteFile(filepath.Join(home, "bin", "java"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return home
}

func TestJavaCandidatesAskTheEnvironmentFirst(t *testing.T) {
	t.Setenv("PATH", "")
	env := map[string]string{"JAVA17_HOME": "/opt/seventeen", "JAVA_HOME": "/opt/any"}
	got := javaCandidates(
		func(name string) string { return env[name] },
		func(string) ([]string, error) { return []string{"/usr/lib/jvm/x/bin/java"}, nil })
	want := []string{"/opt/seventeen/bin/java", "/opt/any/bin/java", "/usr/lib/jvm/x/bin/java"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMissingToolsAreNamedWithTheirInstallation(t *testing.T) {
	t.Setenv("PATH", "")
	_, err := lookMaven()
	if err == nil || !strings.Contains(err.Error(), "apt-get install maven") {
		t.Errorf("error = %v", err)
	}
	if !strings.Contains(errNoJava.Error(), "apt-get install openjdk-17-jdk-headless") {
		t.Errorf("error = %v", errNoJava)
	}
}
