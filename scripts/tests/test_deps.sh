#!/bin/sh
# scripts/deps on machines made of a PATH with chosen commands only: wrk is missing, apt-get and sudo are fakes that
# write down what they were asked.
# run-tests: plain
set -u
: "${BACKBENCH_SOURCE:?is set by scripts/run-tests}"
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
bin=$room/bin
deps=$BACKBENCH_SOURCE/scripts/deps

count=0
check() { # name, status: 0 holds
    count=$((count + 1))
    if [ "$2" = 0 ]; then echo "ok $count - $1"; else
        echo "not ok $count - $1"
        sed 's/^/# /' "$room/said" "$room/asked" 2>/dev/null
    fi
}

fake() { # name, script
    rm -f "$bin/$1"
    printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
    chmod +x "$bin/$1"
}

# A machine with everything but wrk; the rest of the real one stands behind links.
machine() { # user id
    rm -rf "$bin" "$room/asked"
    mkdir "$bin"
    for command in sh cat cc make pkg-config gnuplot git python3 env; do
        ln -s "$(command -v "$command")" "$bin/$command"
    done
    fake id "echo $1"
    fake uname 'echo Linux'
}
apt() { # exit code of apt-cache show
    fake apt-cache "exit $1"
    fake apt-get "echo apt-get \"\$@\" >>'$room/asked'; case \$1 in install) : >'$bin/wrk' ;; esac; /bin/chmod +x '$bin/wrk' 2>/dev/null; :"
}
run() {
    PATH=$bin "$bin/sh" "$deps" "$@" >"$room/out" 2>"$room/said"
    status=$?
}
said() { grep -qF -- "$1" "$room/said"; }
asked() { [ "$(cat "$room/asked" 2>/dev/null)" = "$1" ]; }
install='apt-get install -qq -y --no-install-recommends wrk'

machine 0
: >"$bin/wrk" && chmod +x "$bin/wrk"
apt 0
elapsed_ms=1000000
for _ in 1 2 3 4 5; do # the best of them: others may want the CPU, too
    began=$(date +%s%N)
    run
    took_ms=$((($(date +%s%N) - began) / 1000000))
    [ $took_ms -lt $elapsed_ms ] && elapsed_ms=$took_ms
done
[ "$status" = 0 ] && [ ! -s "$room/said" ] && [ ! -s "$room/out" ] && asked ''
check "nothing is missing: silent, and nothing is installed" $?
[ $elapsed_ms -lt 300 ]
check "nothing is missing: below 0.3 s ($elapsed_ms ms)" $?

machine 0
apt 0
run
[ $status = 0 ] && asked "$install" && said 'wrk: the load generator'
check "root: installs what is missing, and says for what" $?

machine 0
apt 1
run
[ $status = 0 ] && asked "apt-get update -qq
$install"
check "fetches the package lists only if they do not know a package" $?

machine 0
apt 0
fake apt-get "echo apt-get \"\$@\" >>'$room/asked'; exit 100"
run
[ $status = 1 ] && said 'apt-get update && apt-get install -y --no-install-recommends wrk'
check "apt-get fails: the command to type, and exit 1" $?

machine 0
apt 0
fake apt-get ':'
run
[ $status = 1 ] && said 'still not found: wrk'
check "installed but not found: says so, and exit 1" $?

machine 1000
apt 0
run
[ $status = 1 ] && asked '' && said 'apt-get update && apt-get install -y --no-install-recommends wrk'
check "neither root nor sudo: the command to type, and exit 1" $?

machine 1000
apt 0
fake sudo "echo sudo >>'$room/asked'; case \$1 in -n) exit 0 ;; esac; exec \"\$@\""
run
[ $status = 0 ] && asked "sudo
sudo
$install" && said 'with sudo'
check "not root, with sudo: through sudo" $?

machine 0
run
[ $status = 1 ] && said 'dnf install wrk' && said 'apk add wrk' && said 'pacman -S --needed wrk'
check "no apt-get: the names for Fedora, Alpine and Arch, and exit 1" $?

machine 0
fake uname 'echo Darwin'
run
[ $status = 1 ] && said 'this is Darwin' && [ "$(wc -l <"$room/said")" = 1 ]
check "not Linux: one sentence, and exit 1" $?

# nginx has a service: its installation asks the policy whether it may start it.
nginx_machine() {
    machine 0
    for command in tee chmod rm; do ln -s "$(command -v "$command")" "$bin/$command"; done
    : >"$bin/wrk" && chmod +x "$bin/wrk"
    apt 0
    fake apt-get "echo apt-get \"\$@\" >>'$room/asked'; '$room/root/usr/sbin/policy-rc.d' nginx start; echo policy \$? >>'$room/asked'
        : >'$bin/nginx'; chmod +x '$bin/nginx'"
    fake update-rc.d "echo update-rc.d \"\$@\" >>'$room/asked'"
    rm -rf "$room/root"
    mkdir -p "$room/root/usr/sbin"
    DPKG_ROOT=$room/root
    export DPKG_ROOT
}
policy=$room/root/usr/sbin/policy-rc.d
nginx_machine
run nginx
[ $status = 0 ] && [ ! -e "$policy" ] && said 'not started' &&
    asked "apt-get install -qq -y --no-install-recommends nginx
policy 101
update-rc.d nginx disable"
check "a service is installed and not started" $?

nginx_machine
printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
run nginx
[ $status = 0 ] && [ -x "$policy" ] && said 'not started'
check "a policy that forbids is kept" $?

nginx_machine
printf '#!/bin/sh\nexit 0\n' >"$policy" && chmod +x "$policy"
run nginx
[ $status = 1 ] && [ -x "$policy" ] && asked '' && said 'allows nginx to be started'
check "a policy that allows: not installed" $?
unset DPKG_ROOT

# A tree of its own, with what npm shall fetch; npm is a fake that writes down where it was asked for what.
hdr_machine() { # what npm does
    machine 0
    for command in mkdir cp mv rm cmp; do ln -s "$(command -v "$command")" "$bin/$command"; done
    : >"$bin/wrk" && : >"$bin/node" && chmod +x "$bin/wrk" "$bin/node"
    fake npm "echo npm \"\$1\" \"\$2\" \"\$PWD\" >>'$room/asked'; $1"
    rm -rf "$room/tree"
    mkdir -p "$room/tree/scripts" "$room/tree/harness/tests/elsewhere"
    cp "$deps" "$room/tree/scripts/deps"
    echo 1 >"$room/tree/harness/tests/elsewhere/package.json"
    echo 1 >"$room/tree/harness/tests/elsewhere/package-lock.json"
}
run_hdr() {
    PATH=$bin "$bin/sh" "$room/tree/scripts/deps" hdr >"$room/out" 2>"$room/said"
    status=$?
}
there=$room/tree/build/elsewhere
hdr_machine 'mkdir node_modules'
run_hdr
[ $status = 0 ] && [ -d "$there/node_modules" ] && [ ! -e "$there.part" ] && said hdr-histogram-js &&
    asked "npm ci --ignore-scripts $there.part"
check "hdr: npm fetches what the lock file says, and runs no script of it" $?

rm "$room/asked"
run_hdr
[ $status = 0 ] && [ ! -s "$room/said" ] && asked ''
check "hdr: what is there is not fetched again" $?

echo 2 >"$room/tree/harness/tests/elsewhere/package-lock.json"
run_hdr
[ $status = 0 ] && [ -d "$there/node_modules" ] && [ -s "$room/asked" ] && [ "$(cat "$there/package-lock.json")" = 2 ]
check "hdr: another lock file is fetched for" $?

hdr_machine 'mkdir node_modules; echo no network; exit 1'
run_hdr
[ $status = 1 ] && [ ! -e "$there" ] && said build/elsewhere.log && grep -q 'no network' "$there.log"
check "hdr: npm fails: nothing half is left, what it said is named, and exit 1" $?

machine 0
run nonsense
[ $status = 2 ] && said "no group 'nonsense'"
check "an unknown group: exit 2" $?

echo "1..$count"
