#!/bin/sh
# run-tests on small programs of every kind: what passes, what fails and how, and what the last line says.
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
program() { # name, body
    printf '#!/bin/sh\n%s\n' "$2" >"$room/$1.sh"
    chmod +x "$room/$1.sh"
}
run() { # names
    tests=
    for name; do tests="$tests $room/$name.sh"; done
    # shellcheck disable=SC2086 # a list
    sh "$BACKBENCH_SOURCE/scripts/run-tests" $tests >"$room/out" 2>&1
    status=$?
    last=$(tail -n 1 "$room/out")
}

program good 'echo 1..2; echo ok 1 - a; echo ok 2 - b'
program skips 'echo 1..2; echo ok 1 - a; echo "ok 2 - b # SKIP no IPv6 here"'
program none 'echo "1..0 # SKIP needs root"'
program cmocka 'echo 1..1; echo "# kernel too old"; echo "not ok 1 # SKIP uring"'
program todo 'echo 1..1; echo "not ok 1 - later # TODO known"'
program failing 'echo 1..2; echo ok 1 - a; echo "not ok 2 - the sky is blue"; echo "# it is grey"; exit 1'
program crash 'echo 1..2; echo ok 1 - a; kill -SEGV $$'
program code 'echo 1..1; echo ok 1 - a; exit 3'
program short 'echo 1..3; echo ok 1 - a'
program planless 'echo ok 1 - a'
program silent ':'
program slow '# run-tests: timeout 1
echo 1..1; sleep 20; echo ok 1 - a'
program plain '# run-tests: plain
echo 1..1; echo ok 1 - a'
program groups 'echo 1..1; echo ok 1 - a; echo 1..1; echo ok 1 - b'
# shellcheck disable=SC2016 # expanded there
program alone '# run-tests: alone
[ -d "$TMPDIR" ] && [ -d "$BACKBENCH_SOURCE" ] && [ -n "$BACKBENCH_BIN" ] && [ -n "$BACKBENCH_TOOLS" ] || exit 1
echo 1..1; echo ok 1 - a'
# shellcheck disable=SC2016 # expanded there
for name in one another third; do
    program $name '# run-tests: waits
touch "$here/$$"
tries=50
until [ "$(ls "$here" | wc -l)" -eq 3 ]; do
    [ $tries -gt 0 ] || exit 1
    tries=$((tries - 1))
    sleep 0.1
done
echo 1..1; echo ok 1 - a'
done
here=$room/here
export here
mkdir "$here"

while IFS='|' read -r names expected code text sentence; do
    # shellcheck disable=SC2086 # a list
    run $names
    [ "$last" = "$expected" ] && [ $status = "$code" ] && grep -qF "$text" "$room/out"
    check "$sentence" $?
done <<'EOF'
good|2 passed, 0 failed, 0 skipped|0|good|results are counted
good groups alone|5 passed, 0 failed, 0 skipped|0|groups|programs, groups and lonely tests add up
skips|1 passed, 0 failed, 1 skipped|0|no IPv6 here|a skip is shown with its reason
one another third|3 passed, 0 failed, 0 skipped|0|third|three that wait for each other run at a time
plain|1 passed, 0 failed, 0 skipped|0|plain|what is for plain builds runs in one
none|0 passed, 0 failed, 1 skipped|0|needs root|a program that skips everything
cmocka|0 passed, 0 failed, 1 skipped|0|uring (kernel too old)|a skip as cmocka prints it, with the remark before it
todo|1 passed, 0 failed, 0 skipped|0|todo|a known gap is no failure
failing|1 passed, 1 failed, 0 skipped|1|# it is grey|a failure is counted once and shown with its output
crash|1 passed, 2 failed, 0 skipped|1|signal 11|a crash fails
code|1 passed, 1 failed, 0 skipped|1|exit code 3|an exit code without a failed result fails
short|1 passed, 1 failed, 0 skipped|1|planned 3 results, printed 1|a broken plan fails
planless|1 passed, 1 failed, 0 skipped|1|no plan|results without a plan fail
silent|0 passed, 1 failed, 0 skipped|1|no result|silence fails
slow|0 passed, 2 failed, 0 skipped|1|time-out of 1 s|a time-out fails
missing|0 passed, 1 failed, 0 skipped|1|exit code 127|a test that is not there fails
EOF

sh "$BACKBENCH_SOURCE/scripts/run-tests" -b build/san-address "$room/plain.sh" >"$room/out" 2>&1
grep -q 'it is for plain builds' "$room/out" && [ "$(tail -n 1 "$room/out")" = "0 passed, 0 failed, 1 skipped" ]
check "and is skipped, with the reason, in one with sanitizers" $?

# Those that fail the first time, beside a machine that stands still all the time, or never.
build=$(realpath --relative-to "$BACKBENCH_SOURCE" "$room")/build
watcher=$room/build/tests/harness/tests/standstill
mkdir -p "${watcher%/*}"
run_beside() { # what the watcher says, names
    printf '#!/bin/sh\necho %s\nexec sleep 30\n' "$1" >"$watcher"
    chmod +x "$watcher"
    shift
    rm -f "$room"/ran-*
    tests=
    for name; do tests="$tests $room/$name.sh"; done
    # shellcheck disable=SC2086 # a list
    sh "$BACKBENCH_SOURCE/scripts/run-tests" -b "$build" "$room/good.sh" $tests >"$room/out" 2>&1
    status=$?
    last=$(tail -n 1 "$room/out")
}
still='1 9999999999.5' steady='1 2'
# shellcheck disable=SC2016 # expanded there
once='ran=$ran-$(basename "$0"); echo 1..1; [ -e "$ran" ] && echo ok 1 - a && exit
touch "$ran"; echo "# it took 3 s"; echo "not ok 1 - in time"; sleep 0.3;'
for name in once twice thrice; do program $name "$once exit 1"; done
program once-alone "# run-tests: alone
$once exit 1"
program found "$once echo '==1==ERROR: LeakSanitizer: detected memory leaks'; exit 1"
# shellcheck disable=SC2016 # expanded there
program found-at-end 'ran=$ran-found-at-end; echo 1..1; echo ok 1 - a; [ -e "$ran" ] && exit; touch "$ran"; sleep 0.3; exit 99'
# shellcheck disable=SC2016 # expanded there
program ended "$once"' kill -SEGV $$'
ran=$room/ran
export ran
run_beside "$still" once-alone
[ $status = 0 ] && [ "$last" = "3 passed, 0 failed, 0 skipped" ] &&
    grep -qE 'once-alone.sh: 1 - in time; run 1; the machine stood still for [0-9.]+ s$' "$room/out" && ! grep -q 'run 2' "$room/out" &&
    grep -q '^standstills of the machine while tests ran: 1, of ' "$room/out"
check "what fails while the machine stands still is run again, and that is told" $?
run_beside "$steady" once-alone
[ $status = 1 ] && [ "$last" = "2 passed, 1 failed, 0 skipped" ] && ! grep -q 'run again' "$room/out"
check "what fails while it runs on is not" $?
run_beside "$still" failing
[ $status = 1 ] && [ "$last" = "3 passed, 1 failed, 0 skipped" ] && grep -qF '2 - the sky is blue; run 3; ' "$room/out"
check "what fails each time has failed" $?
run_beside "$steady" once twice
[ $status = 0 ] && [ "$last" = "4 passed, 0 failed, 0 skipped" ] && [ "$(grep -c '; run 1; others ran beside it$' "$room/out")" = 2 ] &&
    grep -q '^    # it took 3 s$' "$room/out"
check "what fails beside others is run again, alone, and what it said the first time is shown" $?
run_beside "$steady" failing
[ $status = 1 ] && [ "$last" = "3 passed, 1 failed, 0 skipped" ] && grep -qF '; run 1; others ran beside it' "$room/out"
check "what fails alone, too, has failed" $?
run_beside "$steady" once twice thrice
[ $status = 1 ] && [ "$last" = "4 passed, 1 failed, 0 skipped" ]
check "and of three the third" $?
excused=0
for name in ended found found-at-end; do
    run_beside "$steady" $name
    if [ $status = 0 ] || grep -q 'run again' "$room/out"; then excused=1; fi
done
check "no crash and nothing that a sanitizer found is laid to others" $excused
[ "$(pgrep -c -f "$watcher")" = 0 ]
check "nobody watches once it is over" $?
echo "1..$count"
