package stack

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// javaMajor is the one version that all servers run on: Cassandra 4.1 and 5.0
// do not start on 21 or later, Kafka 4 brokers not on anything before 17.
const javaMajor = 17

// errNoJava says what to install.
var errNoJava = errors.New("no Java 17 is installed (Cassandra does not run on later ones). " +
	"Install it with `apt-get install openjdk-17-jdk-headless`, " +
	"or set JAVA17_HOME to the folder of a JDK 17")

var javaVersion = regexp.MustCompile(`version "(?:1\.)?(\d+)`)

// findJava returns the path of a Java 17 launcher.
func findJava(ctx context.Context) (string, error) {
	for _, java := range javaCandidates(os.Getenv, filepath.Glob) {
		if majorOf(ctx, java) == javaMajor {
			return java, nil
		}
	}
	return "", errNoJava
}

// javaCandidates lists launchers in the order in which they are asked.
func javaCandidates(getenv func(string) string, glob func(string) ([]string, error)) []string {
	var found []string
	for _, name := range []string{"JAVA17_HOME", "JAVA_HOME"} {
		if dir := getenv(name); dir != "" {
			found = append(found, filepath.Join(dir, "bin", "java"))
		}
	}
	if path, err := exec.LookPath("java"); err == nil {
		found = append(found, path)
	}
	// The pattern is constant and well-formed: Glob cannot fail on it.
	installed, _ := glob("/usr/lib/jvm/*/bin/java")
	return append(found, installed...)
}

// majorOf runs `java -version`; 0 means that it is no usable Java.
func majorOf(ctx context.Context, java string) int {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, java, "-version").CombinedOutput()
	if err != nil {
		return 0
	}
	return parseJavaMajor(string(out))
}

// parseJavaMajor reads what `java -version` prints; 1.8 is 8.
func parseJavaMajor(output string) int {
	match := javaVersion.FindStringSubmatch(output)
	if match == nil {
		return 0
	}
	major, err := strconv.Atoi(match[1])
	if err != nil {
		return 0
	}
	return major
}

// lookMaven returns the path of mvn.
func lookMaven() (string, error) {
	path, err := exec.LookPath("mvn")
	if err != nil {
		return "", errors.New("mvn was not found, it downloads the servers: " +
			"install it with `apt-get install maven`")
	}
	return path, nil
}
