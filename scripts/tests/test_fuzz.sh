#!/bin/sh
# scripts/fuzz on targets that are scripts: what is found fails, and the tree stays as it is.
# run-tests: plain
set -u
: "${BACKBENCH_SOURCE:?is set by scripts/run-tests}"
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT

count=0
check() { # name, status: 0 holds
    count=$((count + 1))
    if [ "$2" = 0 ]; then echo "ok $count - $1"; else
        echo "not ok $count - $1"
        sed 's/^/# /' "$room/out"
    fi
}
target() { # tree/name, body
    mkdir -p "$room/${1%/*}"
    printf '#!/bin/sh\n%s\n' "$2" >"$room/$1"
    chmod +x "$room/$1"
}
run() {
    sh "$BACKBENCH_SOURCE/scripts/fuzz" "$@" >"$room/out" 2>&1
    status=$?
    last=$(tail -n 1 "$room/out")
}

# libFuzzer writes new inputs into its first folder; the seeds are its last argument.
# shellcheck disable=SC2016 # expanded there
target servers/conn 'for seeds; do :; done
echo x >"$seeds/new" && echo "stat::number_of_executed_units: $(ls "$seeds" | wc -l)"; echo "$@" >&2'
cp -r "$room/servers" "$room/harness" && mv "$room/harness/conn" "$room/harness/answer"
target servers/broken 'echo "==1==ERROR: AddressSanitizer: heap-buffer-overflow"; exit 77'

seeds=$(find "$BACKBENCH_SOURCE/servers/tests/corpus/conn" -type f | wc -l)
run 1 2 "$room/servers/conn"
[ $status = 0 ] && [ "$last" = '1 passed, 0 failed, 0 skipped' ] && grep -q " $((seeds + 1)) inputs" "$room/out"
check "a target starts from its corpus" $?
[ "$(find "$BACKBENCH_SOURCE/servers/tests/corpus/conn" -type f | wc -l)" = "$seeds" ]
check "the corpus in the tree stays as it is" $?

seeds=$(find "$BACKBENCH_SOURCE/harness/tests/corpus/answer" -type f | wc -l)
run 1 2 "$room/harness/answer"
[ $status = 0 ] && [ "$seeds" -gt 0 ] && grep -q "^ok   harness/answer: $((seeds + 1)) inputs" "$room/out"
check "one of the harness starts from its own" $?

run 1 2 "$room/servers/broken" "$room/servers/conn"
[ $status = 1 ] && [ "$last" = '1 passed, 1 failed, 0 skipped' ] && grep -q heap-buffer-overflow "$room/out"
check "a finding fails and is shown" $?

run 1 2
[ $status = 2 ]
check "no target is an error" $?
echo "1..$count"
