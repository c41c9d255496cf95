# Counts user-space instructions and system calls per operation, which hardly depend on other load. Sourced by run.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # variables from and for run

# The difference of a long and a short run excludes startup and connecting. Sets short and long, in operations of the
# scenario, and per, the number of deliveries or connections per operation.
lengths() {
    local kind connections size
    IFS=: read -r kind connections _ size <<<"$1"
    case $kind in
        broadcast) short=100 long=600 per=$connections ;;
        # The load generator opens a fifth more connections as a warm-up.
        connect) short=100 long=400 per=1.2 ;;
        *) short=2000 long=10000 per=1 ;;
    esac
    if [ "${size:-0}" -ge 1024 ] && [ "$kind" != broadcast ]; then long=6000; fi
}

# instructions SERVER SCENARIO COUNT: prints the instructions of a run.
instructions() {
    local out=$scratch/callgrind.out
    [ -z "$keep" ] || out=$keep/callgrind.out.${1//[@\/]/_}.${2//:/_}.$3
    rm -f "$out"
    start "$1" valgrind --tool=callgrind --callgrind-out-file="$out" --quiet || return 1
    if ! drive "$1" "$2" --count "$3" >"$scratch/line"; then
        cat "$scratch/line" >&2
        stop
        return 1
    fi
    stop
    awk '/^(summary|totals):/ { n = $2 } END { print n + 0 }' "$out"
}

# system_calls SERVER SCENARIO COUNT: prints the system calls of a run, or nothing if they cannot be counted.
system_calls() {
    [ -n "$can_count_calls" ] || return 0
    local status=0
    start "$1" perf stat -x, -e raw_syscalls:sys_enter -o "$scratch/perf" || return 1
    drive "$1" "$2" --count "$3" >"$scratch/line" || status=$?
    # perf writes its counts when the server has ended.
    kill "$(tr -d " " <"/proc/$server_pid/task/$server_pid/children")"
    wait "$server_pid" || true
    server_pid=''
    [ $status -eq 0 ] || { cat "$scratch/line" >&2; return 1; }
    awk -F, '/sys_enter/ { print $1 + 0 }' "$scratch/perf"
}

# cost SERVER SCENARIO: sets per_operation and calls ("-" if they cannot be counted).
cost() {
    local short long per a b
    lengths "$2"
    a=$(instructions "$1" "$2" "$short") && b=$(instructions "$1" "$2" "$long") || return 1
    per_operation=$(awk -v d=$((b - a)) -v n=$((long - short)) -v per="$per" 'BEGIN { printf "%.0f", d / (n * per) }')
    # Longer runs, because batching varies at full speed.
    short=$((short * 4)) long=$((long * 4))
    a=$(system_calls "$1" "$2" "$short") && b=$(system_calls "$1" "$2" "$long") || return 1
    calls=-
    [ -z "$a" ] || calls=$(awk -v d=$((b - a)) -v n=$((long - short)) -v per="$per" 'BEGIN { printf "%.3f", d / (n * per) }')
}

need_valgrind() {
    type -P valgrind >/dev/null || {
        echo "tests/bench/run: valgrind is missing: install it (Debian: apt-get install valgrind)" >&2
        exit 3
    }
    can_count_calls=
    if perf stat -e raw_syscalls:sys_enter true >/dev/null 2>&1; then can_count_calls=yes; fi
    [ -n "$can_count_calls" ] || echo "tests/bench/run: no system calls are counted: that takes perf, as root" >&2
}

# count_all: prints a table of the selected servers and scenarios.
count_all() {
    local scenario server
    echo "| scenario | server | instructions | to socketioxide | system calls |"
    echo "|---|---|---:|---:|---:|"
    for scenario in $scenarios; do
        local theirs=
        for server in $servers; do
            serves "$server" "$scenario" || continue
            cost "$server" "$scenario" || { failed=1; continue; }
            [ "$server" != socketioxide ] || theirs=$per_operation
            echo "| $scenario | $server | $per_operation | $(ratio "$per_operation" "$theirs") | $calls |"
        done
    done
}

ratio() {
    if [ -n "$2" ]; then awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; else echo -; fi
}

# check: compares switchboard with the file `limits`.
check() {
    local scenario most_instructions most_calls verdict
    echo "| scenario | instructions | at most | system calls | at most |"
    echo "|---|---:|---:|---:|---:|"
    while read -r scenario most_instructions most_calls; do
        case $scenario in '' | '#'*) continue ;; esac
        # The server must not read the loop's input.
        cost switchboard "$scenario" </dev/null || { failed=1; continue; }
        verdict=''
        if [ "$per_operation" -gt "$most_instructions" ]; then verdict+=" <- too many instructions"; fi
        if [ "$calls" != - ] && awk "BEGIN { exit !($calls > $most_calls) }"; then verdict+=" <- too many system calls"; fi
        echo "| \`$scenario\` | $per_operation | $most_instructions | $calls | $most_calls |$verdict"
        [ -z "$verdict" ] || failed=1
    done <"$bench/limits"
}
