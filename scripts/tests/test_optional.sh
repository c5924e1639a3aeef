#!/bin/sh
# Where an optional library is missing, the build leaves out what needs it, says so in one line, and makes the rest.
# make only prints what it would do; pkg-config is a fake that does not know the library.
# run-tests: plain
set -u
: "${BACKBENCH_SOURCE:?is set by scripts/run-tests}"
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
unset MAKEFLAGS MAKELEVEL MFLAGS
real=$(command -v pkg-config) || exit 1

count=0
check() { # name, status: 0 holds
    count=$((count + 1))
    if [ "$2" = 0 ]; then echo "ok $count - $1"; else
        echo "not ok $count - $1"
        grep -nE 'left out|LINK|\*\*\*' "$room/said" | cut -c 1-150 | sed 's/^/# /'
    fi
}

plan() { # library that is missing, goals
    # shellcheck disable=SC2016 # for the fake
    printf '#!/bin/sh\ncase "$*" in *"%s"*) exit 1 ;; esac\nexec %s "$@"\n' "$1" "$real" >"$room/pkg-config"
    chmod +x "$room/pkg-config"
    shift
    PATH=$room:$PATH make -n -C "$BACKBENCH_SOURCE" BUILD="$room/build" "$@" >"$room/said" 2>&1
}
makes() { grep -q -- "-o $room/build/$1 " "$room/said"; }

while IFS='|' read -r server library version flag; do
    if ! "$real" --exists "$library >= $version"; then
        count=$((count + 1))
        echo "ok $count - # SKIP $library is missing here, too"
        continue
    fi
    plan "no library" all tests
    makes "bin/server-$server" && grep -q -- "$flag\$" "$room/said" && ! grep -q "is left out" "$room/said"
    check "$library is there: server-$server is made, without a remark" $?
    plan "$library" all tests
    status=$?
    [ $status = 0 ] && makes bin/server-epoll && ! makes "bin/server-$server"
    check "$library is missing: server-$server is not made, the others are" $?
    [ "$(grep -c "server-$server is left out: it needs $library >= $version; sh scripts/deps installs it" "$room/said")" = 1 ]
    check "$library is missing: one line says so" $?
    ! grep -q -- "$flag\$" "$room/said"
    check "$library is missing: nothing is linked with it, no test either" $?
done <<'EOT'
uring|liburing|2.2|-luring
uv|libuv|1.42|-luv
EOT

echo "1..$count"
