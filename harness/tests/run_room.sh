# What the shell tests share that give backbench's run command by hand: where things are, a folder of their own that is left
# and removed on every exit, and a process `run` that is killed then. Sourced by them after tap.sh, before they change
# their folder:
#   says CODE PATTERN NAME ARGUMENT...   a result: `backbench run ARGUMENT...`, which measures nothing, ends so and says it
# shellcheck shell=sh disable=SC2034 # they use what is set here
source=${BACKBENCH_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${BACKBENCH_BIN:-$source/build/bin}
tools=${BACKBENCH_TOOLS:-$source/build/tests/harness/tests}
backbench=$bin/backbench
top=$(mktemp -d)
run=
# shellcheck disable=SC2317 # called by the trap
leave() {
    [ -n "$run" ] && kill -9 "$run" 2>/dev/null
    rm -rf "$top"
}
trap leave EXIT
trap 'exit 130' INT TERM
cd "$top" || exit 1

show_evidence() { cat out err | tail -n 40; }
says() {
    code=$1 pattern=$2 name=$3
    shift 3
    "$backbench" run "$@" >out 2>err
    got=$?
    cat out err | grep -q -e "$pattern" && [ "$got" -eq "$code" ]
    result $? "$name"
}
if ! command -v wrk >/dev/null; then
    skip_all "no wrk: sh scripts/deps"
fi
