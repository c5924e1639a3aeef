#!/bin/sh
# Every model can be linked a second time, of the objects that it is linked of: what make would do, and does not.
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/../../harness/tests/tap.sh"
: "${BACKBENCH_SOURCE:?is set by scripts/run-tests}"
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
cd "$top" || exit 1
: >out && : >err

# objects FILE: those that make would link into it, in no order.
objects() {
    make -n V=1 -C "$BACKBENCH_SOURCE" BUILD="$top" "$top/bin/$1" 2>>err |
        sed -n "s|.* -o $top/bin/$1 ||p" | tr ' ' '\n' | sed -n 's|.*/obj/\(.*[.]o\)$|\1|p' | sort
}
for server in "$BACKBENCH_SOURCE"/servers/*.c; do
    name=server-$(basename "$server" .c)
    objects "$name" >once
    objects "relinked/$name" >again
    grep -q "^servers/$(basename "$server" .c).o" once && diff once again >out
    result $? "$name"
done
done_testing
