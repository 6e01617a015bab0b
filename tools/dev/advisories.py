"""cargo-deny: licences, bans, sources, and the advisory database when it can be reached."""

import shutil
import subprocess
from pathlib import Path

from . import apt, build, cache
from .failure import Failure, tail
from .progress import say
from .runner import Run

VERSION = "0.20.2"
UNREACHABLE = ("failed to fetch advisory database", "failed to clone", "unable to fetch", "failed to open advisory")


def _binary(run: Run) -> Path:
    if found := shutil.which("cargo-deny"):
        return Path(found)
    name = f"{apt.release()}/cargo-deny-{VERSION}"
    return cache.entry(name, lambda folder: _install(run, folder)) / "bin/cargo-deny"


def _install(run: Run, folder: Path) -> None:
    run.step.detail = "building cargo-deny, once per machine"
    # Unoptimised: it builds in half the time, and it runs for seconds.
    command = ["cargo", "install", "cargo-deny", "--version", VERSION, "--locked", "--debug"]
    done = subprocess.run(
        ["nice", "-n", "10", *command, "--root", str(folder), "--target-dir", str(folder / "build")],
        cwd=cache.root(),
        env=build.cargo_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    shutil.rmtree(folder / "build", ignore_errors=True)
    if done.returncode:
        raise Failure("cargo-deny cannot be installed", "", "check the network, or install it yourself", tail(done.stdout))


def check(run: Run) -> None:
    binary = str(_binary(run))
    environment = build.cargo_environment()
    run.command([binary, "check", "licenses", "bans", "sources"], environment)
    before = len(run.lines)
    # A prompt for a password would wait for ever.
    code = run.attempt([binary, "check", "advisories"], {**environment, "GIT_TERMINAL_PROMPT": "0"})
    if not code:
        return
    output = "\n".join(run.lines[before:])
    if not any(sign in output for sign in UNREACHABLE):
        raise Failure("deny failed", "a dependency has a known vulnerability, see above", "update it, or argue the exception in deny.toml")
    reason = next((line.strip() for line in output.splitlines() if line.startswith("fatal:")), "no network")
    run.note(f"known vulnerabilities were NOT checked: the advisory database cannot be reached ({reason})")
    say("! the advisory database cannot be reached; licences, bans and sources were checked")
