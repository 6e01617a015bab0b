"""Processes that outlive the command that started them: start, look, signal, stop."""

import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Callable

from .account import Account
from .failure import Failure, tail
from .instance import Instance, write

LOG_LIMIT = 16 * 1024 * 1024
POLL_SECONDS = 0.05


@dataclass
class Process:
    """A started process. The start time tells it from a stranger that got its number later."""

    name: str
    pid: int
    started: int
    command: list[str]
    log_offset: int
    # Of everything that it was started with; when that changes, a running process is out of date.
    fingerprint: str

    def alive(self) -> bool:
        return _start_time(self.pid) == self.started


def _start_time(pid: int) -> int | None:
    """When the process started, in clock ticks since boot; None when it is gone or a zombie."""
    try:
        # The second field is the program's name in brackets and may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def _record(instance: Instance, name: str) -> Path:
    return instance.folder("run") / f"{name}.json"


def find(instance: Instance, name: str) -> Process | None:
    """The process started last under this name, running or not."""
    path = _record(instance, name)
    return Process(**json.loads(path.read_text())) if path.exists() else None


def running(instance: Instance, name: str) -> Process | None:
    process = find(instance, name)
    return process if process and process.alive() else None


def names(instance: Instance) -> list[str]:
    return sorted(path.stem for path in instance.folder("run").glob("*.json"))


def start(
    instance: Instance,
    name: str,
    command: list[str],
    environment: dict[str, str],
    account: Account | None = None,
    fingerprint: str = "",
) -> Process:
    log = instance.log(name)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    with open(log, "ab") as output:
        offset = output.tell()
        try:
            child = subprocess.Popen(
                command,
                cwd="/" if account else instance.data,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C in this terminal is not meant for it.
                start_new_session=True,
                **(account.switch() if account else {}),
            )
        except OSError as error:
            raise Failure(f"{name} cannot be started", str(error)) from error
    # It outlives this command on purpose; Python would warn that nobody waited for it.
    child.returncode = 0
    process = Process(name, child.pid, _start_time(child.pid) or 0, command, offset, fingerprint)
    write(_record(instance, name), json.dumps(asdict(process)))
    return process


def log_since_start(instance: Instance, process: Process) -> str:
    try:
        with open(instance.log(process.name), "rb") as handle:
            handle.seek(process.log_offset)
            return handle.read().decode(errors="replace")
    except OSError:
        return ""


def wait_ready(instance: Instance, process: Process, probe: Callable[[], str | None], seconds: float) -> None:
    """Polls `probe`, which returns None when ready and else what is lacking, while the process lives."""
    deadline = time.monotonic() + seconds
    while True:
        alive = process.alive()
        lacking = probe() if alive else f"it ended by itself (pid {process.pid})"
        if lacking is None:
            return
        if not alive or time.monotonic() > deadline:
            why = lacking if not alive else f"not ready after {seconds:.0f} s: {lacking}"
            raise Failure(
                f"{process.name} did not start",
                why,
                f"the whole log: ./dev logs {process.name}",
                tail(log_since_start(instance, process)),
            )
        time.sleep(POLL_SECONDS)


def send(process: Process, number: signal.Signals) -> None:
    if process.alive():
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            pass


def wait_gone(process: Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while process.alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def stop(instance: Instance, name: str, number: signal.Signals = signal.SIGTERM, seconds: float = 30) -> bool:
    """Asks the process to end, insists after `seconds`, and forgets it. False if it had to be killed."""
    process = find(instance, name)
    if process is None:
        return True
    send(process, number)
    gentle = wait_gone(process, seconds)
    if not gentle:
        send(process, signal.SIGKILL)
        wait_gone(process, 10)
    _record(instance, name).unlink(missing_ok=True)
    return gentle
