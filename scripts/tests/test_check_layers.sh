#!/bin/sh
# check-layers finds each kind of breach, and says nothing about a sound tree.
# run-tests: plain
set -u
: "${BACKBENCH_SOURCE:?is set by scripts/run-tests}"
tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree"' EXIT
for folder in servers/http servers/app servers/core servers/ceiling servers/tests harness/data harness/analyse harness/present \
    harness/measure harness/check harness/cmd harness/tests; do
    mkdir -p "$tree/$folder"
done

count=0
check() { # name, condition already evaluated: 0 holds
    count=$((count + 1))
    if [ "$2" = 0 ]; then echo "ok $count - $1"; else echo "not ok $count - $1"; fi
}

sound() {
    echo '#include "http/request.h"' >"$tree/servers/app/app.c"
    echo '#include "core/conn.h"' >"$tree/servers/epoll.c"
    echo '#include "local.h"' >"$tree/servers/tests/test_conn.c"
    printf '#include <math.h>\n#include "data/result.h"\n' >"$tree/harness/analyse/stats.c"
    echo '#include "ceiling/ceiling.h"' >"$tree/servers/ceiling.c"
    printf '#include "ceiling/ceiling.h"\n#include "core/server.h"\n' >"$tree/servers/ceiling/epoll.c"
    echo '#include "cmd/cmd.h"' >"$tree/harness/main.c"
}

# A breach: file | line | what must be reported
breaches() {
    cat <<'EOF'
servers/http/response.c|#include "app/app.h"|servers/http/response.c:1 includes "app/app.h"
servers/app/json.c|#include "core/conn.h"|servers/app/json.c:1 includes "core/conn.h"
servers/core/conn.c|#include "epoll.h"|servers/core/conn.c:1 includes "epoll.h"
servers/uring.c|#  include "data/result.h"|servers/uring.c:1 includes "data/result.h"
servers/tests/test_app.c|#include "data/strings.h"|servers/tests/test_app.c:1 includes "data/strings.h"
servers/epoll.c|#include "ceiling/ceiling.h"|servers/epoll.c:1 includes "ceiling/ceiling.h"
servers/ceiling/uring.c|#include "data/result.h"|servers/ceiling/uring.c:1 includes "data/result.h"
harness/data/journal.c|#include "measure/server.h"|harness/data/journal.c:1 includes "measure/server.h"
harness/analyse/flat.c|#include "measure/round.h"|harness/analyse/flat.c:1 includes "measure/round.h"
harness/present/text.c|#include "measure/round.h"|harness/present/text.c:1 includes "measure/round.h"
harness/measure/load.c|#include "present/text.h"|harness/measure/load.c:1 includes "present/text.h"
harness/check/check.c|#include "../servers/http/request.h"|harness/check/check.c:1 includes "../servers/http/request.h"
harness/cmd/run.c|#include "http/request.h"|harness/cmd/run.c:1 includes "http/request.h"
harness/tests/test_x.c|#include "core/conn.h"|harness/tests/test_x.c:1 includes "core/conn.h"
harness/analyse/clock.c|#include <unistd.h>|harness/analyse/clock.c:1:unistd.h
harness/extra/extra.c|int x;|harness/extra has no rule
EOF
}

sound
sh "$BACKBENCH_SOURCE/scripts/check-layers" "$tree" >"$tree/out"
check "a sound tree passes" $?
! grep -q '^not ok' "$tree/out"
check "and has no result that failed" $?

while IFS='|' read -r file line report; do
    mkdir -p "$tree/$(dirname "$file")"
    echo "$line" >"$tree/$file"
    sh "$BACKBENCH_SOURCE/scripts/check-layers" "$tree" >"$tree/out"
    status=$?
    rm "$tree/$file"
    rmdir "$tree/$(dirname "$file")" 2>/dev/null
    [ $status = 1 ] && grep -qF "# $report" "$tree/out"
    check "found: $file: $line" $?
done <<EOF
$(breaches)
EOF
echo "1..$count"
