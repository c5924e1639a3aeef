# The process contract (docs/servers.md) around a server that does not know it; sourced by servers/external/NAME/run.
#
# The script sets
#   name      as its folder is called            program   what must be in PATH
#   graceful  the signal on which it finishes what it has begun and ends
#   orphaned  the signal that it gets should this shell be killed
# and defines
#   describe  prints "library NAME VERSION"
#   prepare   writes what the server reads into $room, for $address, $port, $workers and $max_connections
#   launch    execs $guard and the server in the foreground
# and ends with: contract "$@"
#
# This shell stays as the server's parent, because somebody must translate SIGTERM and take the folder away again.
# It costs nothing while requests are answered, and about 0.2 MiB.
# shellcheck shell=sh disable=SC2034,SC2154 # variables go both ways between this file and the script

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin # services are not in everybody's PATH

usage() {
    echo "usage: run [--address A] [--port N] [--workers N] [--max-connections N] | --describe" >&2
    exit 2
}

number() { # option, value, least, most
    case $2 in '' | *[!0-9]* | ??????*) ;; *) [ "$2" -ge "$3" ] && [ "$2" -le "$4" ] && return ;; esac
    echo "$1 $2: give a number from $3 to $4" >&2
    usage
}

read_options() {
    address=127.0.0.1 port=0 workers=1 max_connections=10000
    while [ $# -gt 0 ]; do
        [ "$1" = --describe ] && { describe; exit 0; }
        [ $# -ge 2 ] || usage
        case $1 in
        --address) address=$2 ;;
        --port) number "$1" "$2" 0 65535 && port=$2 ;;
        --workers) number "$1" "$2" 1 1024 && workers=$2 ;;
        --max-connections) number "$1" "$2" 1 99999 && max_connections=$2 ;;
        --upstream | --database) ;; # it has no route that would ask for them
        *) usage ;;
        esac
        shift 2
    done
    case $address in
    '' | *[!0-9a-fA-F.:]*) echo "--address $address: give a numeric address" >&2 && usage ;;
    *:*) host="[$address]" ;;
    *) host=$address ;;
    esac
}

# Folders of shells that were killed, and could not take them away, go first.
make_room() {
    rooms=${TMPDIR:-/tmp}/backbench-$name
    for old in "$rooms".*; do
        pid=${old#"$rooms".}
        [ -d "$old" ] && ! [ -d "/proc/${pid%%.*}" ] && rm -rf "$old"
    done
    room=$(mktemp -d "$rooms.$$.XXXXXX") || exit 1
    trap 'rm -rf "$room"' EXIT
}

# Is there a listener on this port? Then a connect succeeds: it is the kernel that completes it. Columns of
# proc(5), tcp: local address:port in hex, remote one, state; 0A is LISTEN.
is_listening() {
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q "$(printf '^ *[0-9]*: [0-9A-F]*:%04X [0-9A-F:]* 0A ' "$1")"
}

# A port below those that the kernel gives to clients, so that none of them takes it before the server does.
choose_port() {
    read -r first _ </proc/sys/net/ipv4/ip_local_port_range
    [ "$first" -ge 4096 ] || first=32768
    while
        port=$(($(od -An -N2 -tu2 /dev/urandom) % (first / 2) + first / 2))
        is_listening $port
    do :; done
}

# A process that has ended is a zombie until it is waited for.
is_alive() {
    read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
    case ${stat##*) } in [ZX]*) return 1 ;; esac
}

# SIGTERM has come: up to 1.8 s for what was begun, then by force. Exit 0 within 2 s.
stop() {
    trap '' TERM INT
    server=${server:-$!} # it may have come between the start and this name
    kill -s "$graceful" "$server" 2>/dev/null
    turns=85
    while is_alive "$server" && [ $turns -gt 0 ]; do
        sleep 0.02
        turns=$((turns - 1))
        # What is answered now has its files open already; and who interrupts a run does not wait for long.
        [ $turns -ne 75 ] || rm -rf "$room"
    done
    kill -s KILL "$server" 2>/dev/null
    exit 0
}

start() {
    prepare
    launch </dev/null >&2 &
    server=$!
    until is_listening "$port"; do
        is_alive "$server" || return 1
        sleep 0.01
    done
    is_alive "$server"
}

contract() {
    read_options "$@"
    command -v "$program" >/dev/null || {
        echo "$program is not installed; type: sh scripts/deps $name" >&2
        exit 77
    }
    # shellcheck disable=SC3045 # dash and busybox have -S and -H
    ulimit -S -n "$(ulimit -H -n)"
    guard=
    setpriv --pdeathsig "$orphaned" true 2>/dev/null && guard="setpriv --pdeathsig $orphaned"
    make_room
    trap 'stop' TERM INT
    asked=$port
    for attempt in 1 2 3; do
        [ "$asked" != 0 ] || choose_port
        start && break
        { [ "$asked" = 0 ] && [ $attempt -lt 3 ] && is_listening "$port"; } || { # else somebody was faster
            echo "$name ended before it listened on $address port $port" >&2
            exit 1
        }
    done
    echo "ready $port"
    wait "$server"
    echo "$name ended by itself with $?" >&2
    exit 1
}

# Octet i of a body is i mod 251, as in docs/http.md: writes so many of them into a file.
write_octets() { # how many, file
    for a in 0 1 2 3; do for b in 0 1 2 3 4 5 6 7; do for c in 0 1 2 3 4 5 6 7; do
        [ $a$b$c -le 372 ] && printf '%b' "\\0$a$b$c"
    done; done; done >"$room/period"
    while [ "$(wc -c <"$room/period")" -lt "$1" ]; do
        cat "$room/period" "$room/period" >"$room/periods" && mv "$room/periods" "$room/period"
    done
    head -c "$1" "$room/period" >"$2"
    rm "$room/period"
}
