#!/bin/sh
# Servers that are not ours. What a catalog says of one that is not installed or whose server.ini is wrong, in a tree of
# its own; then nginx and h2o themselves, where they are installed.
# run-tests: timeout 300
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
: "${BACKBENCH_SOURCE:?is set by scripts/run-tests}" "${BACKBENCH_BIN:?}"
top=$(mktemp -d) || exit 1
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$top"' EXIT
cd "$top" || exit 1
: >out
: >err

# ---- a tree with a server that nobody has -----------------------------------------------------------------------
mkdir -p tree/build/bin tree/servers/external/ghost tree/servers/tests tree/harness/measure
ln -s "$BACKBENCH_SOURCE/workloads" "$BACKBENCH_SOURCE/report" tree/
ln -s "$BACKBENCH_SOURCE/harness/experiments" tree/harness/
ln -s "$BACKBENCH_SOURCE/harness/measure/wrk_wrapper.lua" tree/harness/measure/
ln -s "$BACKBENCH_SOURCE/servers/tests/conformance" tree/servers/tests/
(cd "$BACKBENCH_BIN" && cp backbench pace server-epoll server-thread "$top/tree/build/bin/")
cat >tree/servers/external/ghost/server.ini <<'END'
name = ghost
model = none
summary = is never here
language = none
needs = ghostd
install = sh scripts/deps ghost
END
cat >tree/servers/external/ghost/run <<'END'
#!/bin/sh
echo "ghostd is not installed; type: sh scripts/deps ghost" >&2
exit 77
END
chmod +x tree/servers/external/ghost/run
backbench=$top/tree/build/bin/backbench
run() {
    "$backbench" "$@" >out 2>err
    code=$?
}
said='ghostd is not installed; type: sh scripts/deps ghost'

run list
[ $code = 0 ] && grep -q "^  ghost  *$said" out
result $? "list names what is not installed, and how to get it"

run check --short ghost thread
[ $code = 0 ] && grep -q "^ghost .*skipped, cannot run here: $said" out && grep -q '; 1 cannot run here' out
result $? "check passes over it"
run check --short ghost
[ $code = 5 ] && grep -q '; 1 cannot run here' out
result $? "check of nothing else says by its exit that nothing was checked"

run run bench --dry-run --servers epoll,thread,ghost
[ $code = 0 ] && grep -q "  ghost is not measured: $said" err && grep -q '^ .* thread beside epoll' out && ! grep -q ghost out
result $? "a run plans no round for it, and says why"

run run quick --servers epoll,thread,ghost
[ $code = 0 ] && grep -q "ghost was not measured: $said" out
result $? "a run measures the rest, and the row says how to get it"

echo 'langauge = C' >>tree/servers/external/ghost/server.ini
run list
[ $code = 0 ] && grep -q 'server.ini:7: unknown key "langauge": did you mean "language"?' out
result $? "a misspelt key is named with its line, and the nearest word"
run run quick --dry-run --servers epoll,thread,ghost
grep -q 'ghost is not measured: .*server.ini:7' err
result $? "and keeps it from being measured"

# ---- nginx and h2o ------------------------------------------------------------------------------------------------
is_installed() { PATH=$PATH:/usr/sbin command -v "$1" >/dev/null; }

begin() { # address: starts $run there
    : >out
    "$run" --address "$1" --port 0 --workers 1 --max-connections 100 >out 2>err &
    server=$!
    turns=500
    until [ -s out ] || [ $turns = 0 ]; do
        sleep 0.01
        turns=$((turns - 1))
    done
    port=$(sed -n 's/^ready //p' out)
}
end() {
    began=$(date +%s%N)
    kill "$server"
    wait "$server"
    code=$?
    server=
    took_ms=$((($(date +%s%N) - began) / 1000000))
}
tree_of() { # pid: it and its descendants
    echo "$1"
    # shellcheck disable=SC2013 # they are words on one line
    for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do tree_of "$child"; done
}
all_gone() {
    for turn in 1 2 3 4 5 6 7 8 9 10; do
        left=
        for pid in $1; do
            grep -qs '^State:[[:space:]]*[A-WY]' "/proc/$pid/status" && left="$left $pid"
        done
        [ -z "$left" ] && return
        sleep 0.1
    done
    echo "left after $turn looks:$left" >>err
    return 1
}
ask() { # address, path, words of the answer's head, its body's sha256
    python3 - "$1" "$port" "$2" "$3" "$4" <<'END'
import hashlib, http.client, sys
address, port, path, words, digest = sys.argv[1:]
client = http.client.HTTPConnection(address, int(port), timeout=5)
for _ in range(3):  # on one connection
    client.request("GET", path)
    answer = client.getresponse()
    body, head = answer.read(), str(answer.headers)
    assert answer.status == 200 and words in head.lower() and "connection: close" not in head.lower(), head
    assert hashlib.sha256(body).hexdigest() == digest, len(body)
END
}
digest() { sha256sum | cut -d' ' -f1; }
hello=$(printf 'Hello, World!' | digest)
pattern=$(python3 -c 'import sys; sys.stdout.buffer.write(bytes(i % 251 for i in range(65536)))' | digest)

for name in nginx h2o; do
    run=$BACKBENCH_SOURCE/servers/external/$name/run
    if ! is_installed $name; then
        skip "$name is not installed: sh scripts/deps $name"
        continue
    fi
    TMPDIR=$top/$name
    export TMPDIR
    mkdir "$TMPDIR"

    "$run" --prot 1 >out 2>err
    [ $? = 2 ] && [ ! -s out ] && grep -q usage err
    result $? "$name: an unknown option is answered with the usage, exit 2"
    "$run" --workers none >out 2>err
    [ $? = 2 ] && [ ! -s out ] && grep -q 'number' err
    result $? "$name: a value that is none, exit 2"
    "$run" --describe >out 2>err
    grep -q "^library $name [0-9]" out
    result $? "$name: says its version"

    for address in 127.0.0.1 ::1; do
        begin "$address"
        ask "$address" /plaintext 'content-type: text/plain' "$hello" 2>>err &&
            ask "$address" /bytes/65536 'content-type: application/octet-stream' "$pattern" 2>>err
        result $? "$name: answers its routes on $address, on a connection that stays"
        tree=$(tree_of "$server")
        end
        [ $code = 0 ] && [ $took_ms -lt 2000 ] && all_gone "$tree" && [ "$(cat out)" = "ready $port" ] &&
            [ -z "$(ls "$TMPDIR")" ]
        result $? "$name: ends with 0 in time ($took_ms ms), and leaves no process and no file"
    done

    begin 127.0.0.1
    tree=$(tree_of "$server")
    kill -KILL "$server"
    wait "$server" 2>/dev/null
    server=
    if command -v setpriv >/dev/null; then
        all_gone "$tree"
        result $? "$name: does not outlive the shell that started it"
    fi
    begin 127.0.0.1
    set -- "$TMPDIR"/*
    end
    [ $# = 1 ]
    result $? "$name: a folder that was left behind is taken away by the next"

    "$BACKBENCH_BIN/backbench" check $name >out 2>err
    code=$?
    [ $code = 0 ] && grep -q "$name is not a model of this suite" out && grep -q ' 0 failed' out
    result $? "$name: check lists what it answers differently, and fails nothing"

    "$BACKBENCH_BIN/backbench" run quick --servers epoll,$name --json >out 2>err
    code=$?
    python3 - $name <<'END' 2>>err && [ $code = 0 ]
import json, sys
rows = {row["arm"]: row for row in json.load(open("out"))["tables"][0]["rows"]}
row = rows[sys.argv[1]]
assert row["external"] and row["cost_ratio"]["value"] > 0.3 and row["pss_bytes"]["median"] > 1 << 20, row
END
    result $? "$name: is a row beside epoll, with cost and memory"
done
done_testing
