#!/bin/sh
# The documents that test_present, test_present_latency and test_present_consistency write, read by parsers that are not
# ours: HTML with balanced elements and unique ids, SVG as XML, no reference that would reach for a network, and figures
# that Markdown tables hold together.
# Prints TAP. BUILD names another build folder than build.
# run-tests: plain
root=$(cd "$(dirname "$0")/../.." && pwd)
tests=${BUILD:-$root/build}/tests/harness/tests
[ "${BUILD#/}" = "$BUILD" ] && [ -n "$BUILD" ] && tests=$root/$BUILD/tests/harness/tests

if ! command -v python3 >/dev/null; then
	echo "1..0 # SKIP python3 is not installed: its parsers read the reports"
	exit 0
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT INT TERM
for name in test_present test_present_latency test_present_consistency; do
	[ -x "$tests/$name" ] || { echo "Bail out! $tests/$name is not built: make unit"; exit 1; }
	"$tests/$name" "$folder" >"$folder/log" 2>&1 || { cat "$folder/log"; echo "Bail out! $name failed"; exit 1; }
done
python3 "$root/harness/tests/parse_report.py" "$folder"
