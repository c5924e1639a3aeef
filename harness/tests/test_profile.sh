#!/bin/sh
# backbench profile as a person types it: what it refuses, what it does without its tools, and, where valgrind is, that
# a growth is named. Prints TAP.
#
# run-tests: waits
# run-tests: timeout 200
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
source=${BACKBENCH_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${BACKBENCH_BIN:-$source/build/bin}
backbench=$bin/backbench
top=$(mktemp -d)
stubborn=
trap '[ -z "$stubborn" ] || kill "$stubborn" 2>/dev/null; rm -rf "$top"' EXIT
cd "$top" || exit 1
mkdir tmp
TMPDIR=$top/tmp
export TMPDIR

profile() { # the exit code is in $code
    "$backbench" profile "$@" >out 2>err
    code=$?
}
refuses() { # refuses CODE PATTERN NAME ARGUMENT...: exit code, one sentence on stderr that matches, nothing on stdout
    wanted=$1 pattern=$2 name=$3
    shift 3
    profile "$@"
    [ "$code" -eq "$wanted" ] && [ ! -s out ] && [ "$(grep -c '^backbench:' err)" -eq 1 ] && grep -q -e "$pattern" err
    result $? "$name"
}

profile --help
[ "$code" -eq 0 ] && grep -q '^examples:' out
result $? "help ends with examples"
refuses 2 'did you mean "epoll"' "a misspelt server is told the nearest one" epol
refuses 2 'did you mean "plaintext"' "a misspelt workload is told the nearest one" epoll --workloads plaintxt
refuses 2 'proxy is not profiled: another server' "a workload that needs another server is refused" epoll --workloads proxy
refuses 2 'not an executable server' "a path without a server is refused" ./nobody
refuses 2 'one of them' "a budget cannot be compared and written at once" --budget a --write-budget b
refuses 2 'one of them' "there is one form of output" --json --markdown
refuses 2 'system calls' "a budget is no document" --write-budget a --rewrite b
refuses 2 'prints sentences' "a comparison has no other form" --budget a --json

if command -v valgrind >/dev/null && command -v strace >/dev/null; then
    refuses 2 'cannot rewrite ./nothing.md' "a document that is not there is refused before anything is counted" epoll --rewrite ./nothing.md
else
    skip "valgrind or strace is not installed"
fi

# A machine of chosen commands: everything but the two tools, then with one of them.
mkdir path
ln -s "$(command -v wrk)" path/wrk
bare() {
    PATH=$top/path "$backbench" profile "$@" >out 2>err
    code=$?
}
bare epoll --workloads plaintext
[ "$code" -eq 5 ] && [ ! -s out ] && grep -q 'neither valgrind nor strace.*scripts/deps profile' err
result $? "without both tools: exit 5, and what to type"
bare epoll --workloads plaintext --write-budget budget
[ "$code" -eq 5 ] && grep -q 'valgrind.*scripts/deps profile' err && [ ! -e budget ]
result $? "a budget needs valgrind"
if command -v strace >/dev/null; then
    ln -s "$(command -v strace)" path/strace
    bare epoll --rewrite doc.md
    [ "$code" -eq 5 ] && grep -q 'valgrind.*scripts/deps profile' err
    result $? "a document needs both tools"
    strace -o trace true 2>/dev/null
    if [ -s trace ]; then
        bare epoll --workloads plaintext
        [ "$code" -eq 0 ] && grep -q '^epoll plaintext: instructions n/a (valgrind is not installed.*2\.[0-4][0-9]* system calls' out &&
            grep -q 'recvfrom 1.00, sendto 1.00, epoll_wait 0\.[0-4]' out
        result $? "with strace alone: the calls of a request, and why there are no instructions"
    else
        skip "strace may not trace here"
    fi
else
    skip "strace is not installed"
    skip "strace is not installed"
fi

instructions() { # what a budget's file says of plaintext, all of it or a function
    awk -v name="$1" '!/^#/ && $2 == "plaintext" && $3 == name { print $4 }' budget
}
about() { # about COUNT OTHER: do they differ by no more than a budget allows, 2 %? A second more of a slow machine counts.
    [ $((100 * ($1 > $2 ? $1 - $2 : $2 - $1))) -le $((2 * $2)) ]
}
if ! command -v valgrind >/dev/null; then
    skip "valgrind is not installed: sh scripts/deps profile"
elif [ "${bin#*/san-}" != "$bin" ]; then
    skip "valgrind does not run what a sanitizer has compiled"
else
    # It is given half a minute to end, in which the others are counted.
    ln -s "${BACKBENCH_TOOLS:-$bin/../tests/harness/tests}/fake_server" fake_server-stubborn
    timeout 90 "$backbench" profile ./fake_server-stubborn --workloads plaintext --write-budget stubborn \
        >stubborn.out 2>stubborn.err &
    stubborn=$!

    profile epoll --workloads plaintext --write-budget budget
    total=$(instructions total)
    largest=$(sed '/^#/d; /^build/d; / total /d' budget | sort -rn -k4 | cut -d' ' -f3 | head -n 1)
    cost=$(instructions "$largest")
    [ "$code" -eq 0 ] && [ "${total:-0}" -gt 100 ] && [ "${total:-0}" -lt 5000 ] && [ "${cost:-0}" -gt 20 ] &&
        [ "$(sed '/^#/d; /^build/d' budget)" = "$(sed '/^#/d; /^build/d' budget | LC_ALL=C sort -k1,2 -s)" ]
    result $? "a budget is written: a total and the functions that make it ($total, of them $cost in $largest)"

    profile epoll --workloads plaintext,json --budget budget
    [ "$code" -eq 0 ] && grep -q "^epoll plaintext: .* budget $total (" out && grep -q '^epoll json: .*no budget yet' out &&
        grep -q '^1 within the budget.* 1 not in it' out
    result $? "the same build is within it, and what it does not hold is said"

    sed -i "s/ total $total\$/ total $((total * 90 / 100))/; s/ $largest $cost\$/ $largest $((cost - 20))/" budget
    profile epoll --workloads plaintext --budget budget
    [ "$code" -eq 1 ] && grep -q "^epoll plaintext: .* (+[0-9.]* %); grew: $largest $((cost - 20)) → [0-9]* (+\(1[5-9]\|2[0-5]\))" out
    result $? "a growth fails, and names the function"

    sed -i 's/^build .*/build another compiler/' budget
    profile epoll --workloads plaintext --budget budget
    [ "$code" -eq 0 ] && grep -q "grew: $largest " out && grep -q 'nothing is judged: .*another build' out
    result $? "a budget of another compiler is compared with, but fails nobody"
    profile epoll --workloads plaintext --write-budget budget
    [ "$code" -eq 2 ] && grep -q 'another build' err && grep -q '^build another compiler' budget
    result $? "and is not mixed with counts of this one"

    rm budget
    profile epoll --workloads plaintext,json --write-budget budget
    sed -i "s/ plaintext total .*/ plaintext total $((total * 2))/" budget
    profile epoll --workloads plaintext --budget budget
    [ "$code" -eq 0 ] && grep -q 'budget can be lowered' out && grep -q 'write-budget budget' out
    result $? "what has become cheaper is told to be written down"
    json=$(grep ' json ' budget)
    profile epoll --workloads plaintext --write-budget budget
    [ "$code" -eq 0 ] && about "$(instructions total)" "$total" && [ -n "$json" ] &&
        [ "$(grep ' json ' budget)" = "$json" ]
    result $? "a part is written, and the rest of the budget is kept"

    wait "$stubborn"
    code=$?
    stubborn=
    [ "$code" -ne 0 ] && [ ! -e stubborn ] && grep -q 'plaintext: .*did not end after SIGTERM' stubborn.err
    result $? "a server that serves on after SIGTERM is not waited for without end"

    echo 'epoll plaintext total' >budget
    refuses 2 'budget:1: ' "a budget that cannot be read is refused with its line" epoll --budget budget

    if [ -s trace ]; then
        printf 'before\n<!-- measured: epoll -->\nold\n<!-- end -->\nafter\n' >doc.md
        profile epoll --workloads plaintext --rewrite doc.md --json
        # shellcheck disable=SC2016 # a backquote of Markdown
        [ "$code" -eq 0 ] && grep -q '^| plaintext | [0-9]* | 2.0[0-9] | recvfrom 1.00.*| `[a-z_]*` [0-9]' doc.md &&
            grep -q '^Counted by valgrind-.*strace .*built by ' doc.md && ! grep -q '^old' doc.md &&
            grep -q '^before' doc.md && grep -q '^after' doc.md
        result $? "a document's table is written anew, and nothing else of it"
        grep -q '"per_request"' out && grep -q '"counted_by": "valgrind' out
        result $? "the counts are printed as JSON"
    else
        skip "strace may not trace here"
    fi
    [ -z "$(ls tmp)" ]
    result $? "nothing is left behind"
fi

done_testing
