#!/bin/sh
# The documents that test_present writes, read by parsers that are not ours: HTML with balanced elements and unique
# ids, SVG as XML, no reference that would reach for a network, and figures that Markdown tables hold together.
# Prints TAP. BUILD names another build folder than build.
root=$(cd "$(dirname "$0")/../.." && pwd)
program=${BUILD:-$root/build}/tests/harness/tests/test_present
[ "${BUILD#/}" = "$BUILD" ] && [ -n "$BUILD" ] && program=$root/$BUILD/tests/harness/tests/test_present

if ! command -v python3 >/dev/null; then
	echo "1..0 # SKIP python3 is not installed: its parsers read the reports"
	exit 0
fi
[ -x "$program" ] || { echo "Bail out! $program is not built: make unit"; exit 1; }
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT INT TERM
"$program" "$folder" >"$folder/log" 2>&1 || { cat "$folder/log"; echo "Bail out! test_present failed"; exit 1; }
python3 "$root/harness/tests/parse_report.py" "$folder"
