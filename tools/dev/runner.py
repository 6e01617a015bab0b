"""Runs checks one after the other, keeps their output, and sums up."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

from .failure import Failure, tail
from .instance import HOME, ROOT
from .progress import Step, duration, is_terminal, running, say

# A test that hangs must fail while its output can still be read, before whatever runs this gives up.
LIMIT_SECONDS = 40 * 60
# The lines with which test runners close (cargo, node, vitest, unittest, cargo-deny), and the tests that failed.
# A crate without tests of its own says nothing.
CLOSING = re.compile(
    r"^\s*(test result: (?!ok\. 0 passed)|test \S+ \.\.\. FAILED|. tests \d|. pass \d|. fail \d|# tests \d|# pass \d|# fail \d|Test Files |Tests  |Ran \d+ tests?|OK\b|FAILED\b"
    r"|\S+ ok(, \S+ ok)+|error: could not compile|svelte-check found)"
)
COLOURS = re.compile(r"\x1b(\[[0-9;]*m|\(B)")


@dataclass
class Run:
    """One check at work: its commands' output goes to its log, and to the screen where nobody watches a spinner."""

    name: str
    step: Step
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Something that the summary must not hide, for example a part that could not be checked."""
        self.notes.append(text)

    def command(self, command: list[str], environment: dict[str, str]) -> None:
        code = self.attempt(command, environment)
        if code:
            raise Failure(f"{self.name} failed", f"`{' '.join(command)}` ended with {code}")

    def attempt(self, command: list[str], environment: dict[str, str]) -> int:
        """Runs `command` in the checkout and returns its exit status."""
        self._take(f"$ {' '.join(command)}")
        try:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # A group of its own, so that the time limit ends what it started as well.
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise Failure(f"{self.name} cannot run", f"{command[0]} is not on PATH", f"install {command[0]}") from error
        limit = threading.Timer(LIMIT_SECONDS, self._expire, [child])
        limit.start()
        try:
            for line in child.stdout:
                self._take(line.rstrip("\n"))
            return child.wait()
        except BaseException:
            _end(child)
            raise
        finally:
            limit.cancel()

    def _expire(self, child: subprocess.Popen) -> None:
        self._take(f"not finished after {LIMIT_SECONDS // 60} minutes: ended")
        _end(child)

    def _take(self, line: str) -> None:
        self.lines.append(line)
        if line.strip():
            self.step.detail = COLOURS.sub("", line).strip()
        if not is_terminal():
            print(line, flush=True)

    def closing(self) -> list[str]:
        plain = [COLOURS.sub("", line) for line in self.lines]
        return [line for line in plain if CLOSING.match(line)] or [line for line in plain if line.strip()][-1:]


def _end(child: subprocess.Popen) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


@dataclass
class Result:
    name: str
    state: str
    seconds: float
    closing: list[str]
    notes: list[str]


def run_all(checks: list) -> int:
    """Runs every check, also after a failure; 0 if all passed."""
    results: list[Result] = []
    for check in checks:
        failed = {result.name for result in results if result.state != "passed"}
        if missing := [name for name in check.after if name in failed]:
            results.append(Result(check.name, "skipped", 0, [], [f"needs {', '.join(missing)}"]))
            continue
        results.append(_run(check))
    return _sum_up(results)


def _run(check) -> Result:
    started = time.monotonic()
    run = None
    try:
        with running(f"{check.name}: {check.about}") as step:
            run = Run(check.name, step)
            check.action(run)
        state = "passed"
    except Failure as failure:
        state = "failed"
        if is_terminal() and run:
            say(tail("\n".join(run.lines), 60))
        say(failure.render())
    log = HOME / "logs" / f"check-{check.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("\n".join(run.lines) + "\n")
    return Result(check.name, state, time.monotonic() - started, run.closing(), run.notes)


def _sum_up(results: list[Result]) -> int:
    say("")
    sys.stderr.flush()
    for result in results:
        mark = {"passed": "✓", "failed": "✗", "skipped": "-"}[result.state]
        print(f"{mark} {result.name:<12} {result.state:<8} {duration(result.seconds):>12}")
        for note in result.notes:
            print(f"    ! {note}")
    print()
    for result in results:
        for line in result.closing:
            print(f"{result.name}: {line.strip()}" if not line.startswith("test result") else line)
    passed = sum(result.state == "passed" for result in results)
    skipped = sum(result.state == "skipped" for result in results)
    failed = len(results) - passed - skipped
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 0 if passed == len(results) else 1
