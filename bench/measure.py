#!/usr/bin/env python3
"""Measures a release build on an instance of its own and prints the figures of docs/performance.md.

    bench/measure.py [--runs 3] [--built DIR] [SCENARIO…]

Builds `kith` and `kith-bench` with optimisation, starts engines, one api and one gateway by `./dev up`, runs each scenario
several times and prints the median run (by its first figure) as a Markdown row, with the command that made it.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTANCE = ["--instance", "measure"]


def dev(*words: str) -> str:
    done = subprocess.run(["./dev", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def target() -> Path:
    metadata = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    return Path(json.loads(metadata.stdout)["target_directory"])


class Fleet:
    """The instance under measurement and how to call the load generator against it."""

    def __init__(self, release: Path, folder: Path) -> None:
        self.bench = release / "kith-bench"
        dev("up", *INSTANCE, "--data", str(folder / "data"), "--no-web", "--binary", str(release / "kith"))
        # One gateway, so that the figures are those of one process.
        dev("stop", "gateway-2", *INSTANCE)
        self.env = json.loads(dev("env", *INSTANCE))
        self.people = folder / "people"

    def process(self, name: str) -> str:
        return f"{name}={self.env['services'][name]['pid']}"

    def fresh_people(self) -> None:
        # An access token lasts a quarter of an hour, so each scenario gets new ones.
        self.people.write_text(dev("kith", *INSTANCE, "admin", "load-users", "--count", "1300"))

    def call(self, scenario: str, options: list[str], processes: list[str]) -> dict:
        services = self.env["services"]
        nats = self.env["engines"]["nats"]
        words = [str(self.bench), scenario]
        if scenario != "floor":
            words += ["--api", f"http://{services['api']['address']}", "--gateway", services["gateway-1"]["address"]]
            words += ["--people", str(self.people)]
        if scenario in ("gateway", "floor"):
            words += ["--nats", nats["url"], "--nats-user", "ops", "--nats-password", nats["users"]["ops"]]
        for name in processes:
            words += ["--process", name if "=" in name else self.process(name)]
        done = subprocess.run([*words, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        return json.loads(done.stdout)

    def floor(self, options: list[str]) -> dict:
        nats = self.env["engines"]["nats"]
        listen = "127.0.0.1:7900"
        login = ["--nats", nats["url"], "--nats-user", "ops", "--nats-password", nats["users"]["ops"]]
        server = subprocess.Popen([str(self.bench), "floor-serve", "--listen", listen, *login], stdout=subprocess.PIPE, text=True)
        try:
            server.stdout.readline()
            return self.call("floor", ["--address", listen, *options], [f"floor={server.pid}", "nats"])
        finally:
            server.terminate()
            server.wait()


POST = ["api", "gateway-1", "nats", "postgres"]
GATEWAY = ["gateway-1", "nats"]
# Name, scenario, options, processes, and the figure that the median is taken of.
SCENARIOS = [
    ("one-to-one", "post", ["--rate", "20", "--seconds", "15"], POST, "p50_ms"),
    ("eight-to-200", "post", ["--senders", "8", "--readers", "200", "--seconds", "15"], POST, "deliveries_per_second"),
    ("eight-to-200-half", "post", ["--senders", "8", "--readers", "200", "--seconds", "15", "--rate", "half"], POST, "p99_ms"),
    ("quiet", "post", ["--rate", "50", "--seconds", "15"], POST, "p99_ms"),
    ("uninvolved-1000", "post", ["--rate", "50", "--seconds", "15", "--uninvolved", "1000"], POST, "p99_ms"),
    ("stalled", "post", ["--rate", "50", "--seconds", "15", "--readers", "10", "--stalled", "1"], POST, "p99_ms"),
    ("gateway-1000", "gateway", ["--readers", "1000", "--rate", "20", "--events", "400"], GATEWAY, "p50_ms"),
    ("gateway-5000", "gateway", ["--readers", "5000", "--rate", "20", "--events", "300"], GATEWAY, "p50_ms"),
    ("gateway-saturated", "gateway", ["--readers", "1000", "--events", "3000"], GATEWAY, "deliveries_per_second"),
    ("floor-1000", "floor", ["--readers", "1000", "--rate", "20", "--events", "400"], [], "p50_ms"),
    ("floor-5000", "floor", ["--readers", "5000", "--rate", "20", "--events", "300"], [], "p50_ms"),
    ("floor-saturated", "floor", ["--readers", "1000", "--events", "3000"], [], "deliveries_per_second"),
    ("presence-10000", "presence", ["--connections", "10000"], ["presence", "gateway-1"], "p99_ms"),
    ("idle-10000", "idle", ["--connections", "10000"], ["gateway-1"], "kilobytes_per_connection"),
]


def measure(fleet: Fleet, scenario: tuple, runs: int, results: dict) -> dict:
    name, kind, options, processes, key = scenario
    if "half" in options:
        posts = results["eight-to-200"]["posts_per_second"] / 2
        options = [str(posts) if word == "half" else word for word in options]
    reports = []
    for _ in range(runs):
        if kind == "floor":
            reports.append(fleet.floor(options))
        else:
            fleet.fresh_people()
            reports.append(fleet.call(kind, options, processes))
    median = statistics.median_low([report[key] for report in reports])
    report = next(report for report in reports if report[key] == median)
    report["runs"] = [report[key] for report in reports]
    report["command"] = f"kith-bench {kind} {' '.join(options)}"
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--built", type=Path, metavar="DIR", help="take kith and kith-bench from here instead of building them")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(row[0] for row in SCENARIOS))
    arguments = parser.parse_args()
    chosen = [row for row in SCENARIOS if not arguments.scenarios or row[0] in arguments.scenarios]
    if not arguments.built:
        subprocess.run(["cargo", "build", "--release", "-p", "kith", "-p", "kith-bench"], cwd=ROOT, check=True)
    results: dict[str, dict] = {}
    with tempfile.TemporaryDirectory(prefix="kith-measure-") as folder:
        try:
            fleet = Fleet(arguments.built or target() / "release", Path(folder))
            for row in chosen:
                results[row[0]] = measure(fleet, row, arguments.runs, results)
                print(json.dumps({row[0]: results[row[0]]}), flush=True)
        finally:
            dev("reset", "--yes", *INSTANCE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
