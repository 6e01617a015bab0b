#!/usr/bin/env python3
"""Measures a release build on an instance of its own and prints the figures of docs/performance.md.

    bench/measure.py [--runs 3] [--built DIR] [SCENARIO…]

Builds `kith` and `kith-bench` with optimisation, starts engines, one api and one gateway by `./dev up`, runs each scenario
several times and prints the median run (by its first figure) as a Markdown row, with the command that made it.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTANCE = ["--instance", "measure"]
# One process of each role.
SIX = ["api", "gateway-1", "presence", "media", "search", "federation"]
# How long who has nothing to do is left alone before its memory counts.
REST_SECONDS = 20


def dev(*words: str) -> str:
    done = subprocess.run(["./dev", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def target() -> Path:
    metadata = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    return Path(json.loads(metadata.stdout)["target_directory"])


def resident_mb(pid: int) -> float:
    kilobytes = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return round(int(kilobytes[1]) / 1024, 1)


class Fleet:
    """The instance under measurement and how to call the load generator against it."""

    def __init__(self, release: Path, folder: Path) -> None:
        self.bench, self.kith = release / "kith-bench", release / "kith"
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
        if scenario == "objects":
            settings = {key.lower().removeprefix("kith_objects_"): value for key, value in self.env["settings"].items()}
            for name in ("endpoint", "region", "bucket", "access_key"):
                words += ["--" + name.replace("_", "-"), settings[name]]
            words += ["--secret-key", Path(settings["secret_key_file"]).read_text().strip()]
        elif scenario != "floor":
            words += ["--api", f"http://{services['api']['address']}", "--gateway", services["gateway-1"]["address"]]
            words += ["--people", str(self.people)]
        if scenario == "upload":
            words += ["--media", f"http://{services['media']['address']}"]
        if scenario in ("gateway", "floor"):
            words += ["--nats", nats["url"], "--nats-user", "ops", "--nats-password", nats["users"]["ops"]]
        for name in processes:
            words += ["--process", name if "=" in name else self.process(name)]
        done = subprocess.run([*words, *options], env=os.environ | {"RUST_BACKTRACE": "0"}, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{scenario} failed: {done.stderr[-2000:]}")
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


    def idle_memory(self) -> dict:
        """What the six processes take that nobody uses."""
        time.sleep(REST_SECONDS)
        each = {name: resident_mb(self.env["services"][name]["pid"]) for name in SIX}
        return {"rss_mb": round(sum(each.values()), 1), "each": each}

    def idle_memory_of_one(self) -> dict:
        """What one process takes that plays all six roles, and that nobody uses."""
        for name in SIX:
            dev("stop", name, *INSTANCE)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("KITH_")} | self.env["settings"]
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen([str(self.kith), "run", "--role", "all"], env=environment, stdout=log, stderr=log)
            try:
                self.wait_until_ready(environment["KITH_OPS_LISTEN"], process)
                time.sleep(REST_SECONDS)
                return {"rss_mb": resident_mb(process.pid)}
            finally:
                process.terminate()
                process.wait()
                for name in SIX:
                    dev("start", name, *INSTANCE)
                self.env = json.loads(dev("env", *INSTANCE))

    def wait_until_ready(self, ops: str, process: subprocess.Popen) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            try:
                urllib.request.urlopen(f"http://{ops}/health/ready", timeout=2)
                return
            except OSError:
                time.sleep(0.2)
        raise SystemExit("kith run --role all does not become ready")


POST = ["api", "gateway-1", "nats", "postgres"]
GATEWAY = ["gateway-1", "nats"]
# Name, scenario, options, processes, and the figure that the median is taken of.
SCENARIOS = [
    ("memory-six", "memory", [], SIX, "rss_mb"),
    ("memory-all", "memory-of-one", [], [], "rss_mb"),
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
    ("community-1000", "community", ["--rooms", "50", "--people-each", "20", "--sockets", "1000", "--rate", "50"], SIX, "p99_ms"),
    ("rooms-100x2", "community", ["--rooms", "100", "--people-each", "2", "--sockets", "200", "--rate", "50"], SIX, "p99_ms"),
    ("rooms-1000x20", "community", ["--rooms", "1000", "--people-each", "20", "--sockets", "1000", "--rate", "50"], SIX, "p99_ms"),
    ("upload-one", "upload", ["--files", "10", "--megabytes", "95", "--parallel", "1"], ["media"], "megabytes_per_second"),
    ("objects-one", "objects", ["--files", "10", "--megabytes", "95", "--parallel", "1"], [], "megabytes_per_second"),
    ("upload-50", "upload", ["--files", "50", "--megabytes", "95", "--parallel", "50"], ["media"], "megabytes_per_second"),
    ("objects-50", "objects", ["--files", "50", "--megabytes", "95", "--parallel", "50"], [], "megabytes_per_second"),
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
        elif kind == "memory":
            reports.append(fleet.idle_memory())
        elif kind == "memory-of-one":
            reports.append(fleet.idle_memory_of_one())
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
