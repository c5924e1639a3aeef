#!/bin/sh
# Do others read the histograms that we write, and we theirs? Asked of hdr-histogram-js, which shares no line with ours
# (its inflate and base64 are its own, too), on histograms of every shape. Prints TAP.
# Written: V2 text, .hgrm pages, a .hlog. Read: what it encodes after it has recorded the same values itself.
set -u
module=$BACKBENCH_SOURCE/build/elsewhere/node_modules

if ! command -v node >/dev/null || [ ! -e "$module/hdr-histogram-js/package.json" ]; then
    echo "1..0 # SKIP no second implementation of HdrHistogram: sh scripts/deps hdr installs one"
    exit 0
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

for form in histogram_v2 hgrm hlog; do
    "$BACKBENCH_TOOLS/test_$form" write "$work" || { echo "Bail out! test_$form could not write"; exit 1; }
done
NODE_PATH=$module node "$BACKBENCH_SOURCE/harness/tests/elsewhere/compare.js" "$work" >"$work/said" 2>&1
status=$?
cat "$work/said"
count=$(grep -c '^\(not \)\?ok ' "$work/said")
failed=$(grep -c '^not ok ' "$work/said")
[ "$status" = 0 ] || { echo "Bail out! compare.js ended with $status"; exit 1; }

sentence='what it encodes, we read to the same counts'
if "$BACKBENCH_TOOLS/test_histogram_v2" read "$work" >"$work/read"; then
    echo "ok $((count + 1)) - $sentence"
else
    echo "not ok $((count + 1)) - $sentence"
    sed 's/^/# /' "$work/read"
    failed=$((failed + 1))
fi
echo "1..$((count + 1))"
exit "$((failed > 0))"
