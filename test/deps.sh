#!/bin/sh
# Makes sure that what the local stack needs beside Go is there: a Java 17 (or 11),
# Maven, a Python 3 for the test that moves every pair of types, and Chromium for the one
# that looks at the status page. Installs them where that needs no question (root on
# Debian or Ubuntu, no terminal); says what to install everywhere else.
set -eu
cd "$(dirname "$0")/.."

# The libraries of that test, of set versions, in a folder of their own.
python_libraries() {
	wanted=test/typesoracle/requirements.txt
	cmp -s "$wanted" .local/python/installed && return 0
	mkdir -p .local
	python3 -m venv --clear .local/python
	CASS_DRIVER_NO_EXTENSIONS=1 .local/python/bin/python -m pip install -q --disable-pip-version-check --no-deps -r "$wanted"
	cp "$wanted" .local/python/installed
}

missing=""
command -v mvn >/dev/null 2>&1 || missing="maven"
java17() {
	for home in "${JAVA17_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*; do
		[ -x "$home/bin/java" ] || continue
		"$home/bin/java" -version 2>&1 | grep -Eq 'version "(17|11)\.' && return 0
	done
	command -v java >/dev/null 2>&1 && java -version 2>&1 | grep -Eq 'version "(17|11)\.'
}
java17 || missing="openjdk-17-jre-headless $missing"
python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || missing="python3-venv $missing"
command -v chromium >/dev/null 2>&1 || missing="chromium $missing"
if [ -z "$missing" ]; then
	python_libraries
	exit 0
fi

command="apt-get update && apt-get install -y --no-install-recommends $missing"
if [ "$(id -u)" = 0 ] && [ ! -t 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "installing what the local stack needs: $missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -q && apt-get install -yq --no-install-recommends $missing
	python_libraries
	exit 0
fi
echo "The local stack needs: $missing" >&2
echo "On Debian or Ubuntu:   sudo sh -c '$command'" >&2
exit 1
