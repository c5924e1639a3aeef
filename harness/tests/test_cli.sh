#!/bin/sh
# The command as a person types it: exit codes, one-sentence refusals, a real quick run, Ctrl-C. Prints TAP.
# run-tests: timeout 240
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
source=${BACKBENCH_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${BACKBENCH_BIN:-$source/build/bin}
backbench=$bin/backbench
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT

show_evidence() { cat "$top/out" "$top/err" | head -n 40; }
# refuses CODE PATTERN NAME ARGUMENT...: exit code, exactly one line on stderr that matches, nothing on stdout
refuses() {
    code=$1 pattern=$2 name=$3
    shift 3
    (cd "$top" && "$backbench" "$@" >"$top/out" 2>"$top/err")
    got=$?
    grep -q -e "$pattern" "$top/err" && [ "$got" -eq "$code" ] && [ ! -s "$top/out" ] &&
        [ "$(grep -c '^backbench:' "$top/err")" -le 1 ]
    result $? "$name"
}
wait_for() { # wait_for PATTERN: until a file of this name is there, 10 s at most
    tries=0
    # shellcheck disable=SC2086,SC2116 # the pattern is to be expanded
    until [ -e "$(echo $1)" ] || [ $tries -eq 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}
accepts() { # accepts PATTERN NAME ARGUMENT...
    pattern=$1 name=$2
    shift 2
    (cd "$top" && "$backbench" "$@" >"$top/out" 2>"$top/err") && grep -q -e "$pattern" "$top/out"
    result $? "$name"
}

accepts '^usage: backbench COMMAND' "help lists the commands" --help
accepts '^backbench [0-9]' "the version is printed" --version
for command in run check profile report duel compare doctor list; do
    accepts 'examples:' "$command --help ends with examples" $command --help
done
"$backbench" run --help | awk 'length > 80 { exit 1 }'
result $? "run's options are told in 80 columns"
refuses 2 'did you mean "report"' "a misspelt command is told the nearest one" repot
refuses 2 'known are run, check, profile, report, duel, compare, doctor, list' "a word far from any command is told them all" xyzzyxyzzy
refuses 2 'did you mean "epoll".*a path needs a slash' "check tells the nearest server, too" check epol
refuses 2 'did you mean "quick"' "a misspelt experiment is told the nearest one" run quik
refuses 2 'did you mean "epoll"' "a misspelt server is told the nearest one" run quick --servers epol
refuses 2 '^backbench: --servers "": the list is empty' "a list of servers without one does not stand for all" \
    run quick --servers ""
refuses 2 '^backbench: --workloads ", ": the list is empty' "nor does one of workloads" run quick --workloads ", "
refuses 2 '^backbench: --require "": the list is empty; name one, or leave out --require$' "nor is nothing required" \
    run quick --require ""
refuses 2 '^backbench: --results "": it is empty; give one, or leave out --results$' "a folder without a name is none" run quick --results ""
if [ -e "$source/Makefile" ]; then
    line=$(MAKEFLAGS='' make -n -C "$source" consistency SERVERS= WORKLOADS="plaintext json" 2>/dev/null | grep ' run consistency')
    echo "$line" | grep -q " --servers '' --workloads 'plaintext,json'"
    result $? "make passes on what is empty where it was typed"
else
    skip "there is no Makefile here"
fi
refuses 2 'takes names; a path goes with --server /bin/sh$' "a path among names is told its own option" run quick --servers /bin/sh
refuses 2 'plaintext' "a misspelt workload is told the nearest one" run quick --workloads plaintxt
refuses 2 'name an experiment, as in backbench run bench' "run without an experiment says so" run
refuses 2 'give a time' "a budget without sense is refused" run quick --budget soon
refuses 2 'needs about [1-9].* s; give that' "a budget that cannot hold is told what would" run bench --budget 5s
refuses 2 'seed' "a seed without sense is refused" run quick --seed x
refuses 2 'workers' "zero workers are refused" run quick --workers 0
refuses 2 'blocks 5: give a number from 6 to 99' "fewer blocks than give an interval are refused" run quick --blocks 5
refuses 2 'blocks: nothing of this run has blocks' "blocks where nothing is paired are refused" run bench --blocks 11 --workloads pipeline
refuses 2 'blocks: nothing of this run has blocks' "blocks of searches alone are refused" run latency --blocks 8 --only rates
refuses 2 'CPU' "a CPU that is not there is refused" run quick --server-cpus 4000
refuses 2 'reference' "a reference that does not exist is refused" run quick --reference nobody
refuses 2 'executable' "a server of one's own that is not there is refused" run quick --server ./nobody
refuses 2 'executable' "a folder is no server" run quick --server /tmp
refuses 2 'nobody' "a required server that was not chosen is refused at once" run quick --require nobody
refuses 2 'in pairs' "a reference without anybody beside it is told to find one" run quick --servers epoll
refuses 2 'case' "a folder without cases is refused" check --cases /tmp epoll
refuses 5 'scripts/deps' "a missing generator is said with what to type" run quick --wrk nobody-has-this
refuses 4 'nowhere' "a result that is not there cannot be read" report nowhere
refuses 2 'give one result' "report wants one result" report

printf '[experiment]\nsummary = x\nreference = epoll\n[paired]\nworkloads = plaintext\nblocks = 1\nwindows = 2\n' >"$top/bad.ini"
refuses 2 'bad.ini:7.*window_s' "an unknown key is refused with its line and a suggestion" run ./bad.ini
for key in ceilings self_check; do
    printf '[experiment]\nsummary = x\n%s = plaintxt\n[paired]\nworkloads = plaintext\n' $key >"$top/bad.ini"
    refuses 2 "bad.ini:3.*$key.*plaintxt.*did you mean \"plaintext\"" "a misspelt workload in $key is refused" run ./bad.ini
done
for set in paired solo glance; do
    printf '[experiment]\nsummary = x\n[%s]\nworkloads = json jsn\n' $set >"$top/bad.ini"
    refuses 2 "bad.ini:4.*$set.*jsn.*did you mean \"json\"" "a misspelt workload in [$set] is refused" run ./bad.ini
done

accepts 'epoll' "list names the servers" list
accepts '"workloads"' "list prints JSON" list --json
(cd "$top" && "$backbench" run bench --dry-run --seed 7 >"$top/out" 2>"$top/err") &&
    grep -q 'beside epoll on plaintext' "$top/out" && [ ! -e "$top/results" ]
result $? "a dry run prints the rounds and writes nothing"
if [ "$(nproc)" -ge 2 ]; then
    refuses 2 'needs about [1-9].*; give that$' "of one server there are no fewer" run soak --servers epoll --budget 5s
    (cd "$top" && "$backbench" run soak --dry-run --servers epoll >"$top/out" 2>"$top/err") &&
        grep -q '^soak: 1 server, 1 workload, 1 round, about' "$top/err"
    result $? "one round is announced as one"
else
    skip "a load at a rate needs two CPUs"
fi
accepts ' epoll beside ceiling on pipeline' "standard pairs pipeline against a ceiling" run standard --dry-run \
    --reference ceiling --servers epoll,thread --workloads pipeline --blocks 11
[ "$(grep -c ' epoll beside ceiling on pipeline' "$top/out")" -eq 11 ]
result $? "in as many blocks as the command line says"
accepts '"rounds"' "a dry run prints JSON" run bench --dry-run --json
(cd "$top" && "$backbench" run bench --dry-run --seed 7 >"$top/out" 2>"$top/err")
"$backbench" run bench --dry-run --seed 7 >"$top/again" 2>/dev/null
cmp -s "$top/out" "$top/again"
result $? "the same seed plans the same rounds"

refuses 5 'cannot' "a results folder that cannot be written is said before the first round" run quick --servers epoll,thread --results /proc/results
touch "$top/file"
(cd "$top" && "$backbench" run quick --servers epoll,thread --results "$top/file" >"$top/out" 2>"$top/err")
[ $? -eq 5 ]
result $? "a results path that is a file is said before the first round"

mkdir "$top/a" "$top/b" "$top/c"
for folder in a b c; do ln "$bin/server-thread" "$top/$folder/own" 2>/dev/null || cp "$bin/server-thread" "$top/$folder/own"; done
accepts ' own-3 beside epoll' "servers of one's own with one name are told apart" run quick --dry-run --servers epoll \
    --server a/own --server b/own --server c/own
[ "$(grep -c ' own beside' "$top/out")" -eq "$(grep -c ' own-2 beside' "$top/out")" ] &&
    [ "$(grep -c ' own beside' "$top/out")" -eq "$(grep -c ' own-3 beside' "$top/out")" ]
result $? "each of them gets as many rounds"
# Who chose servers is told that they left out what the kernel's share is held against, and what to type.
tells_of_ceiling() { # tells_of_ceiling NAME LIST ARGUMENT...: an empty list, if nothing is to be told
    name=$1 list=$2
    shift 2
    (cd "$top" && "$backbench" run --dry-run "$@" >"$top/out" 2>"$top/err") &&
        [ "$(sed -n "s/^  note: the kernel's share .*--servers //p" "$top/err")" = "$list" ]
    result $? "$name"
}
tells_of_ceiling "chosen servers without a ceiling are told what to choose" thread,epoll,ceiling \
    consistency --servers epoll,thread
tells_of_ceiling "so is a server of one's own alone" ceiling consistency --servers none --server a/own
tells_of_ceiling "with a ceiling there is nothing to tell" "" consistency --servers epoll,ceiling
if [ "$(nproc)" -ge 2 ]; then
    tells_of_ceiling "nor where the kernel's share is not looked for" "" soak --server a/own
else
    skip "a load at a rate needs two CPUs"
fi
tells_of_ceiling "nor of a workload on which no ceiling is measured" "" bench --servers epoll,thread

accepts 'thread beside epoll' "a server may be named twice" run quick --dry-run --seed 1 --servers thread,thread,epoll,thread
cp "$top/out" "$top/twice"
accepts 'thread beside epoll' "and once" run quick --dry-run --seed 1 --servers thread,epoll
cmp -s "$top/out" "$top/twice"
result $? "and is measured once in either case"

# A real run, from another folder, and its report again.
(cd "$top" && "$backbench" run quick --servers epoll,thread --seed 3 >"$top/out" 2>"$top/err") && [ -s "$(echo "$top"/results/*/report.html)" ] && [ -s "$(echo "$top"/results/*/report.md)" ] &&
    [ -s "$(echo "$top"/results/*/result.json)" ]
result $? "quick measures two servers and writes its report"
accepts 'epoll' "report renders the stored result again" report "$top"/results/* --output "$top/again.d"
accepts '"rows"' "report prints JSON" report "$top"/results/* --output "$top/again.d" --json
(cd "$top" && "$backbench" report "$top"/results/* --output "$top/again.d" --export >"$top/out" 2>"$top/err") &&
    [ "$(wc -l <"$top/again.d/rounds.csv")" -eq "$(grep -c -e '"type":"header"' -e '"type":"round"' "$top"/results/*/rounds.jsonl)" ] &&
    grep -q 'again.d/rounds.csv' "$top/err" && grep -q 'no histograms: no round of one server alone' "$top/err"
result $? "and writes its rounds for other tools"
(cd "$top" && "$backbench" report "$source/results/golden" --output "$top/golden.d" --export >"$top/out" 2>"$top/err")
[ $? -eq 1 ] && # that run had a server that failed its check, and the export does not hide it
    grep -q 'Percentile' "$top/golden.d/histograms/proxy-epoll.hgrm" && grep -q 'golden.d/histograms/' "$top/err"
result $? "and response times of servers alone, where there are any"

# A result that one may read and not write beside: as nobody, because root may write everywhere.
as_nobody=
[ "$(id -u)" -ne 0 ] || as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
chmod 755 "$top"
cp -r "$source/results/golden" "$top/sealed" && chmod -R a+rX,a-w "$top/sealed"
# shellcheck disable=SC2086 # words of a command
if $as_nobody [ -r "$top/sealed/rounds.jsonl" ] && $as_nobody [ -x "$backbench" ]; then
    (cd "$top/sealed" && $as_nobody "$backbench" report . >"$top/out" 2>"$top/err")
    [ $? -eq 5 ] && grep -q 'into \. (Permission denied): backbench report --output DIR' "$top/err" && [ -s "$top/out" ]
    result $? "a report where nothing may be written is shown, and where it can be written is said"
else
    skip "the tests' files are not readable for another user than root"
fi
chmod -R u+w "$top/sealed"

rm -rf "$top/results"
(cd "$top" && exec "$backbench" run bench --servers epoll,thread >"$top/out" 2>"$top/err") &
run=$!
sleep 5
kill -INT $run
started=$(date +%s%N)
wait $run
code=$?
took_ms=$((($(date +%s%N) - started) / 1000000))
[ "$code" -eq 130 ] && [ "$took_ms" -le 5000 ] && grep -q 'kept in' "$top/err" && [ -s "$(echo "$top"/results/*/rounds.jsonl)" ]
result $? "Ctrl-C ends a run soon, exit 130, and keeps what was measured"
line=$(sed -n 's/.*to render them: backbench //p' "$top/err")
# shellcheck disable=SC2086 # two words
(cd "$top" && "$backbench" $line >"$top/out" 2>"$top/err")
code=$? # 3: not a round was whole
{ [ "$code" -eq 0 ] || [ "$code" -eq 3 ]; } && grep -q 'interrupted' "$top/out" &&
    grep -q 'interrupted' "$(echo "$top"/results/*/report.md)" && [ -s "$(echo "$top"/results/*/report.html)" ]
result $? "what was kept is rendered by the line that was printed, and says that it was interrupted"

# A server that is about to start when the signal comes.
# shellcheck disable=SC2016 # for the script that is written
printf '#!/bin/sh\n[ "$1" = --describe ] && exec "%s" "$@"\ntouch "%s/starts"\nsleep 4\n' "$bin/server-thread" "$top" >"$top/slow"
chmod +x "$top/slow"
(cd "$top" && exec "$backbench" run bench --servers epoll --server ./slow --results early >"$top/out" 2>"$top/err") &
run=$!
wait_for "$top/starts"
kill -INT $run
wait $run
code=$?
(cd "$top" && "$backbench" report early/* >"$top/out" 2>"$top/err.2")
[ $? -eq 3 ] && [ "$code" -eq 130 ] && ! grep -q 'not measured' "$top/err" && ! grep -q 'failed its check' "$top/out"
result $? "Ctrl-C during the check blames no server"

# A disk that fills up while a run measures: from one moment on no file of the run may grow.
if command -v prlimit >/dev/null; then
    mkfifo "$top/pipe"
    cat "$top/pipe" >"$top/err" & # a file of the run's own could not grow either
    reader=$!
    printf '[experiment]\nsummary = short rounds\nreference = epoll\n[paired]\nworkloads = plaintext\nblocks = 6\nwarmup_s = 0\nwindow_s = 1\n' >"$top/short.ini"
    (cd "$top" && exec "$backbench" run ./short.ini --servers epoll,thread --results full >"$top/out" 2>"$top/pipe") &
    run=$!
    wait_for "$top/full/*/running"
    tries=0
    until grep -qs '^{"type":"round"' "$top"/full/*/rounds.jsonl || [ $tries -eq 300 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    prlimit --pid $run --fsize=1
    wait $run
    code=$?
    wait $reader
    grep -Eq '^  [0-9]+ rounds? (is|are) kept; to go on, once there can be written: backbench run --resume full/' "$top/err"
    result $? "what was measured before is kept, and how to go on is said"
    [ $code -eq 5 ] && grep -q 'rounds.jsonl cannot be written' "$top/err" && [ ! -e "$(echo "$top"/full/*/running)" ]
    result $? "a record that cannot be written ends the run, exit 5, and nothing is left (a sanitizer would see it)"
else
    skip "prlimit is not installed: nothing else fills a disk here"
fi

done_testing
