"""What each command of `./dev` does."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from . import account, background, build, engines, fleet, objects, parts, processes, tools
from .failure import Failure
from .instance import HOME, Instance, unregister
from .progress import running, say
from .subprocesses import together


def up(instance: Instance, release: bool, binary: str | None, web: bool, full: bool) -> None:
    """Everything, in the order of what needs what."""
    if binary:
        built = Path(binary).absolute()
        if not built.exists():
            raise Failure(f"there is no {built}", "", "build it first, or leave --binary out")
    # What is missing shows before the long builds.
    if not binary:
        build.cargo_environment()
    if web and build.has_web_client():
        build.node_environment()
    lacking_store = objects.settle(instance, full)
    lacking = [] if full else [part.name for part in engines.all_engines(instance) if not part.is_at_hand()]
    at_hand = [part for part in [*engines.all_engines(instance), parts.front_door(instance)] if part.name not in lacking]
    # Each leaves processors idle for a part of its time: the compiler at large crates, npm at the network.
    works = [lambda: [part.tool for part in at_hand]]
    if not binary:
        works.append(lambda: build.build_binary(release))
    if web:
        works.append(build.build_web)
    results = together(works)
    if not binary:
        built = results[1]
    parts.remember_binary(instance, built)
    start_engines(instance, lacking)
    caddy = parts.front_door(instance)
    with running("migrating the database") as step:
        step.result = fleet.migrate(instance, built)
    objects.move(instance, built)
    for service in [*fleet.services(instance, built), caddy]:
        start_part(service)
    print_table(instance)
    if lacking:
        say(f"\n  {', '.join(lacking)}: built in the background for some minutes; then run ./dev up again, or now ./dev up --full to wait")
    if lacking or lacking_store:
        background.build()


def start_part(part: engines.Engine) -> None:
    with running(f"starting {part.name}") as step:
        step.result = parts.start(part)


def start_engines(instance: Instance, without: tuple[str, ...] | list[str] = ()) -> None:
    for engine in engines.all_engines(instance):
        if engine.name in without:
            # The services are told where it will be.
            engine.claim_ports()
            continue
        # Fetching has a step of its own.
        _ = engine.tool
        start_part(engine)


def print_engines(instance: Instance) -> None:
    start_engines(instance)
    print(json.dumps(engines.describe(instance), indent=2))


def print_tools() -> None:
    print(json.dumps(tools.describe(), indent=2))


def print_environment(instance: Instance) -> None:
    print(json.dumps(parts.environment(instance), indent=2))


def print_table(instance: Instance) -> None:
    everything = parts.all_parts(instance)
    rows = [("service", "state", "pid", "address")]
    lacking = []
    for part in everything:
        process = processes.running(instance, part.name)
        state, _, detail = parts.state(part).partition(": ")
        if detail:
            lacking.append(f"  {part.name}: {detail}")
        rows.append((part.name, state, str(process.pid) if process else "", part.address if process else ""))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    lines.insert(1, "  ".join("─" * width for width in widths))
    lines += ["", *lacking] if lacking else []
    suffix = "" if instance.name == "default" else f" --instance {instance.name}"
    if processes.running(instance, everything[-1].name):
        lines += ["", f"  open      {everything[-1].url}"]
    else:
        lines += [""]
    lines += [f"  logs      ./dev logs SERVICE{suffix}", f"  stop      ./dev down{suffix}"]
    print("\n" + "\n".join(lines))


def down(instance: Instance) -> None:
    stopped = 0
    for part in reversed(parts.all_parts(instance)):
        if processes.find(instance, part.name) is None:
            continue
        stopped += 1
        with running(f"stopping {part.name}") as step:
            step.result = "" if part.stop() else "it did not end in time and was killed"
    if not stopped:
        say("nothing is running")


def reset(instance: Instance, confirmed: bool) -> None:
    if not confirmed:
        if not sys.stdin.isatty():
            raise Failure("reset needs a yes", "nobody can be asked here", "./dev reset --yes")
        answer = input(f"Stop everything and delete all data of this instance ({instance.data})? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            raise Failure("nothing was deleted")
    down(instance)
    account.forget(instance)
    if instance.name != "default":
        shutil.rmtree(instance.data, ignore_errors=True)
        unregister(instance)
        say(f"forgotten: the instance {instance.name}")
        return
    for entry in instance.data.iterdir():
        # The ports stay, so that the address does; other instances are not this one's business.
        if entry.name in ("lock", "ports.json", "instances", "npm.stamp", "web.stamp"):
            continue
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    say("forgotten: database, streams, cache, passwords, logs")


def logs(instance: Instance, name: str, follow: bool, lines: int) -> None:
    extra = ("migrate", "build", "npm", "web-build")
    names = [name] if name in extra else [part.name for part in parts.select(instance, name)]
    files = [(HOME / "logs" if one in extra[1:] else instance.data / "logs") / f"{one}.log" for one in names]
    existing = [str(file) for file in files if file.exists()]
    if not existing:
        raise Failure(f"there is no log of {name} yet", "", "./dev up")
    command = ["tail", "-n", str(lines), *(["-F"] if follow else []), *existing]
    sys.stdout.flush()
    os.execvp(command[0], command)


def restart(instance: Instance, name: str) -> None:
    for part in parts.select(instance, name):
        with running(f"restarting {part.name}") as step:
            part.stop()
            parts.start(part)
            step.result = "running"


def start(instance: Instance, name: str) -> None:
    for part in parts.select(instance, name):
        start_part(part)


def stop(instance: Instance, name: str) -> None:
    for part in parts.select(instance, name):
        with running(f"stopping {part.name}"):
            part.stop()


def kill(instance: Instance, name: str) -> None:
    """kill -9, for seeing what the others make of it."""
    for part in parts.select(instance, name):
        process = processes.running(instance, part.name)
        if process is None:
            raise Failure(f"{part.name} is not running", "", f"./dev start {part.name}")
        processes.send(process, signal.SIGKILL)
        if not processes.wait_gone(process, 10):
            raise Failure(f"{part.name} (pid {process.pid}) does not die")
        say(f"killed {part.name} (pid {process.pid})")


def kith(instance: Instance, arguments: list[str]) -> int:
    """Runs `kith …` with this instance's settings."""
    binary = parts.remembered_binary(instance)
    if binary is None:
        raise Failure("kith is not built yet", "", "./dev up")
    environment = {**fleet.clean_environment(), **fleet.operator_settings(instance)}
    return subprocess.run([str(binary), *arguments], env=environment).returncode
