# The servers of the comparison: how each is built, started and stopped. Sourced by run.
# shellcheck shell=bash
# shellcheck disable=SC2154  # bench and scratch are run's

root=$(cd "$bench/../.." && pwd)
# The rivals are compiled apart from the repository's own workspace.
target=${CARGO_TARGET_DIR:-$root/target}
rivals=${CARGO_TARGET_DIR:+$CARGO_TARGET_DIR/bench}
rivals=${rivals:-$bench/target}
loadgen=$rivals/release/loadgen

# Servers that were added on the command line: name to command.
declare -A added=()

# With two cores, the server has one for itself and the client another: of those that may be used, which in a container
# need not begin with the first of the machine.
server_cpus=() client_cpus=() all_cpus=()
if [ "$(nproc)" -ge 2 ] && type -P taskset >/dev/null; then
    cpus=$(awk '/^Cpus_allowed_list:/ { print $2 }' /proc/self/status)
    server_cpus=(taskset -c "${SERVER_CPU:-${cpus%%[-,]*}}")
    client_cpus=(taskset -c "${CLIENT_CPU:-${cpus##*[-,]}}")
    all_cpus=(taskset -c "$cpus")
fi

# 10,000 connections are as many open files in the server, and in the client.
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"

# compile SERVER...: these, and the load generator.
compile() {
    local server
    rival loadgen
    for server in "$@"; do
        case ${server%@*} in
            switchboard) rival bench-switchboard ;;
            socketioxide) rival bench-socketioxide ;;
            raw | raw-epoll) rival bench-raw ;;
            node) npm_packages "$bench/servers/node" ;;
            *) [ -n "${added[$server]:-}" ] || die "there is no server \"$server\"; add it with -a $server=COMMAND" ;;
        esac
    done
}

# npm_packages FOLDER: installs its npm packages, unless they are there already.
npm_packages() {
    if [ ! "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]; then
        (cd "$1" && npm ci --no-audit --no-fund)
    fi
}

rival() {
    (cd "$bench" && cargo build --quiet --release --locked --target-dir "$rivals" -p "$1")
}

# Sets the arrays `command`, for a server's name, and `around`, what goes before it and any wrapper of it.
command_of() {
    around=("${server_cpus[@]}")
    case ${1%@*} in
        switchboard) command=("$rivals/release/bench-switchboard") ;;
        socketioxide) command=("$rivals/release/bench-socketioxide") ;;
        raw) command=("$rivals/release/bench-raw") ;;
        raw-epoll) command=("$rivals/release/bench-raw" epoll) ;;
        node) command=(node "$bench/servers/node/server.js") ;;
        *) read -ra command <<<"${added[$1]}" ;;
    esac
    # NAME@N: with N worker threads, on all cores.
    case $1 in *@*) around=("${all_cpus[@]}" env "TOKIO_WORKER_THREADS=${1#*@}") ;; esac
}

# Whether a server can serve a scenario.
serves() {
    case $1:${2%%:*} in
        raw-epoll:polling) return 1 ;;
        raw:rooms | raw-epoll:rooms | raw:churn | raw-epoll:churn) return 1 ;;
        socketioxide:echoraw | node:echoraw) return 1 ;;
        # Who bounds no queue, or drops what is beyond, never comes to the end of it.
        socketioxide:slow | node:slow | raw:slow | raw-epoll:slow) return 1 ;;
    esac
}

accepts() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

server_pid='' port=''

# start SERVER [WRAPPER...]: starts it, behind a wrapper, and waits until it accepts connections.
start() {
    local server=$1 command around try
    shift
    command_of "$server"
    for try in 1 2 3; do
        port=$((11000 + RANDOM % 9000))
        ! accepts $port || continue
        PORT=$port "${around[@]}" "$@" "${command[@]}" >>"$scratch/server.log" 2>&1 &
        server_pid=$!
        for _ in $(seq 400); do
            kill -0 $server_pid 2>/dev/null || break
            if accepts $port; then return 0; fi
            sleep 0.05
        done
        stop
    done
    tail -n 5 "$scratch/server.log" >&2
    echo "tests/bench/run: $server does not start (tried $try times)" >&2
    return 1
}

stop() {
    if [ -n "$server_pid" ]; then
        kill "$server_pid" 2>/dev/null || true
        wait "$server_pid" 2>/dev/null || true
    fi
    server_pid=''
}

# drive SERVER SCENARIO ARGUMENT...: runs the load generator against the server that was started.
drive() {
    local server=$1 kind connections window size
    IFS=: read -r kind connections window size <<<"$2"
    shift 2
    timeout 400 "${client_cpus[@]}" "$loadgen" "$kind" --port "$port" --pid "$server_pid" --name "$server" \
        --connections "$connections" --window "${window:-1}" --size "${size:-32}" "$@"
}
