# Builds, starts and stops the compared servers. Sourced by run.
# shellcheck shell=bash
# shellcheck disable=SC2154  # bench and scratch are set by run

root=$(cd "$bench/../.." && pwd)
# The other servers are compiled separately from the repository's workspace.
target=${CARGO_TARGET_DIR:-$root/target}
rivals=${CARGO_TARGET_DIR:+$CARGO_TARGET_DIR/bench}
rivals=${rivals:-$bench/target}
loadgen=$rivals/release/loadgen

# Servers added on the command line: name to command.
declare -A added=()

# With at least two cores, the server and the load generator run on separate cores. In a container, the allowed cores
# need not start with the first core of the machine.
server_cpus=() client_cpus=() all_cpus=()
if [ "$(nproc)" -ge 2 ] && type -P taskset >/dev/null; then
    cpus=$(awk '/^Cpus_allowed_list:/ { print $2 }' /proc/self/status)
    server_cpus=(taskset -c "${SERVER_CPU:-${cpus%%[-,]*}}")
    client_cpus=(taskset -c "${CLIENT_CPU:-${cpus##*[-,]}}")
    all_cpus=(taskset -c "$cpus")
fi

# 10,000 connections need as many open files, in the server and in the load generator.
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"

# compile SERVER...: compiles these servers and the load generator.
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

# npm_packages FOLDER: installs the folder's npm packages, unless they are up to date.
npm_packages() {
    if [ ! "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]; then
        (cd "$1" && npm ci --no-audit --no-fund)
    fi
}

rival() {
    (cd "$bench" && cargo build --quiet --release --locked --target-dir "$rivals" -p "$1")
}

# command_of SERVER: sets the array `command` for a server, and `around`, the prefix of the command and its wrapper.
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
    # NAME@N runs with N worker threads on all cores.
    case $1 in *@*) around=("${all_cpus[@]}" env "TOKIO_WORKER_THREADS=${1#*@}") ;; esac
}

# serves SERVER SCENARIO: succeeds if the server supports the scenario.
serves() {
    case $1:${2%%:*} in
        raw-epoll:polling) return 1 ;;
        raw:rooms | raw-epoll:rooms | raw:churn | raw-epoll:churn) return 1 ;;
        socketioxide:echoraw | node:echoraw) return 1 ;;
        # The scenario never ends with a server that has unbounded queues, or that drops messages.
        socketioxide:slow | node:slow | raw:slow | raw-epoll:slow) return 1 ;;
    esac
}

accepts() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

server_pid='' port=''

# start SERVER [WRAPPER...]: starts a server, optionally under a wrapper, and waits until it accepts connections.
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

# drive SERVER SCENARIO ARGUMENT...: runs the load generator against the started server.
drive() {
    local server=$1 kind connections window size
    IFS=: read -r kind connections window size <<<"$2"
    shift 2
    timeout 400 "${client_cpus[@]}" "$loadgen" "$kind" --port "$port" --pid "$server_pid" --name "$server" \
        --connections "$connections" --window "${window:-1}" --size "${size:-32}" "$@"
}
