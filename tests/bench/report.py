#!/usr/bin/env python3
"""Prints tables from the JSON lines of runs: medians over the rounds, and medians of the ratios within a round.

report.py FILE...       all tables
report.py -s FILE...    only the summary, as in the book
"""

import json
import statistics
import sys

RIVALS = ["socketioxide", "node", "raw"]
FLOW = ["echo", "echoraw", "binary", "polling", "broadcast", "rooms", "churn", "connect"]
WHAT = {"broadcast": "deliveries", "rooms": "deliveries", "churn": "deliveries", "connect": "connections"}


class Runs:
    def __init__(self, files):
        self.rows = [json.loads(line) for name in files for line in open(name) if line.strip()]
        self.keys = list(dict.fromkeys(row["key"] for row in self.rows))
        self.servers = list(dict.fromkeys(row["server"] for row in self.rows))

    def of(self, kinds):
        return [key for key in self.keys if key.split(":")[0] in kinds]

    def values(self, key, server, field):
        rows = (row for row in self.rows if row["key"] == key and row["server"] == server and row["ok"])
        return [row[field] for row in rows if field in row]

    def median(self, key, server, field):
        values = self.values(key, server, field)
        return statistics.median(values) if values else None

    def ratio(self, key, server, field, base):
        """Returns the median, over the rounds, of the ratio within a round. Only runs of a round are comparable."""
        ratios = []
        for number in {row["round"] for row in self.rows}:
            pair = {
                row["server"]: row[field]
                for row in self.rows
                if row["key"] == key and row["round"] == number and row["ok"] and row.get(field)
            }
            if server in pair and base in pair:
                ratios.append(pair[server] / pair[base])
        return statistics.median(ratios) if ratios else None

    def failures(self):
        return [row for row in self.rows if not row["ok"]]


def show(number):
    if number is None:
        return "–"
    if abs(number) >= 1_000_000:
        return f"{number / 1_000_000:.2f} M"
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.2f}"


def table(title, head, rows):
    if rows:
        print(f"\n### {title}\n")
        print("| " + " | ".join(head) + " |")
        print("|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|")
        for row in rows:
            print("| " + " | ".join(cell if isinstance(cell, str) else show(cell) for cell in row) + " |")


def summary(runs):
    """Prints the server CPU time per operation of Switchboard and of each other server."""
    rivals = [rival for rival in RIVALS if rival in runs.servers]
    rows = []
    for key in runs.of(FLOW):
        us = {server: runs.median(key, server, "server_us") for server in ["switchboard", *rivals]}
        if us["switchboard"]:
            ratios = [runs.ratio(key, "switchboard", "server_us", rival) for rival in rivals]
            rows.append([f"`{key}`", *us.values(), *ratios])
    for key in runs.of(["idle"]):
        kib = {server: runs.median(key, server, "rss_each_kib") for server in ["switchboard", *rivals]}
        if kib["switchboard"]:
            ratios = [runs.ratio(key, "switchboard", "rss_each_kib", rival) for rival in rivals]
            rows.append([f"`{key}`, KiB a connection", *kib.values(), *ratios])
    head = ["scenario", "switchboard", *rivals, *(f"to {rival}" for rival in rivals)]
    table("Server CPU time an operation, µs", head, rows)


def flow(runs):
    for kind in FLOW:
        rows = []
        for key in runs.of([kind]):
            for server in runs.servers:
                if not runs.values(key, server, "rate"):
                    continue
                median = lambda field: runs.median(key, server, field)
                rows.append(
                    [f"`{key}`", server, median("rate"), median("server_us")]
                    + [median("p50_us"), median("p99_us"), median("p999_us"), runs.ratio(key, server, "p99_us", "raw")]
                    + [median("server_cpu"), median("server_kernel"), median("client_cpu"), show(median("reordered") or None)]
                )
        head = ["scenario", "server", f"{WHAT.get(kind, 'acks')}/s", "server µs each", "p50 µs", "p99 µs", "p99.9 µs"]
        head += ["p99 to raw", "server CPU", "of it kernel", "client CPU", "reordered"]
        table(kind, head, rows)


def plain(runs, kind, title, columns):
    """Prints a table with one column per field."""
    rows = [
        [f"`{key}`", server, *(runs.median(key, server, field) for field in columns.values())]
        for key in runs.of([kind])
        for server in runs.servers
        if runs.values(key, server, next(iter(columns.values())))
    ]
    table(title, ["scenario", "server", *columns], rows)


def threads(runs):
    rows = []
    for key in runs.of(FLOW):
        for server in runs.servers:
            name, _, count = server.partition("@")
            if count and count != "1":
                rows.append(
                    [f"`{key}`", server, runs.median(key, server, "server_us"), runs.median(key, server, "rate")]
                    + [runs.ratio(key, server, "server_us", f"{name}@1"), runs.ratio(key, server, "rate", f"{name}@1")]
                )
    table("worker threads", ["scenario", "server", "server µs each", "rate", "cost to one", "rate to one"], rows)


def main():
    arguments = sys.argv[1:]
    short = arguments[:1] == ["-s"]
    runs = Runs(arguments[1:] if short else arguments)
    summary(runs)
    if short:
        return
    flow(runs)
    join = {"alone p50 µs": "joins_join_p50_us", "alone p99 µs": "joins_join_p99_us"}
    join |= {"spoken to, p50 µs": "join_p50_us", "p99 µs": "join_p99_us", "message p99 µs": "p99_us"}
    join |= {"deliveries/s, no joins": "alone_rate", "with joins": "rate"}
    plain(runs, "churn", "churn: joins and leaves", join)
    idle = {"RSS before, KiB": "rss_before_kib", "RSS each, KiB": "rss_each_kib", "PSS each": "pss_each_kib"}
    plain(runs, "idle", "idle", idle | {"RSS each at the end": "rss_end_each_kib", "server CPU": "server_cpu"})
    waves = {"first wave": "rss_wave1_each_kib", "second wave": "rss_wave2_each_kib", "peak": "rss_peak_each_kib"}
    plain(runs, "storm", "storm: RSS of the process, KiB a connection", waves)
    rest = {"idle": "rss_idle_each_kib", "peak": "rss_peak_each_kib"}
    rest |= {"after a burst": "rss_rest1_each_kib", "after another": "rss_rest2_each_kib"}
    plain(runs, "burst", "burst: RSS of the process, KiB a connection", rest)
    slow = {"not closed": "left", "messages": "messages", "first closed after": "first_closed_after"}
    slow |= {"peak KiB each": "peak_each_kib", "KiB each, after": "after_each_kib", "p99 µs alone": "alone_p99_us"}
    slow |= {"beside": "p99_us", "deliveries/s alone": "alone_rate", "beside slow ones": "rate"}
    plain(runs, "slow", "slow: readers that do not read", slow)
    threads(runs)
    stolen = [row["stolen"] for row in runs.rows if "stolen" in row]
    if stolen:
        print(f"\n{len(runs.rows)} runs, of which {len(runs.failures())} failed; cores stolen by the host: at most {max(stolen):.2f}.")
    for row in runs.failures():
        print(f"- {row['key']}, {row['server']}: {row.get('error', '?')}")


if __name__ == "__main__":
    main()
