"""Long commands whose output becomes progress and a log."""

import os
import subprocess
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Callable

from .failure import Failure, tail
from .progress import Step


def clean_environment() -> dict[str, str]:
    """The caller's environment without settings of Kith: what an instance uses is decided here alone."""
    return {key: value for key, value in os.environ.items() if not key.startswith("KITH_")}


# Those that `follow` waits for now, in whichever thread.
_children: set[subprocess.Popen] = set()


def together(works: list[Callable[[], object]]) -> list:
    """Does all of them at once and returns what each returned. When one fails, or the launcher is interrupted, the commands of
    the others are ended too: a compiler that goes on in the background would only be in the way."""
    with ThreadPoolExecutor(max_workers=max(1, len(works))) as pool:
        futures = [pool.submit(work) for work in works]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        except BaseException:
            for child in list(_children):
                child.terminate()
            raise
    return [future.result() for future in futures]


def follow(
    step: Step, command: list[str], folder: Path, environment: dict[str, str], log: Path, what: str, remedy: str = ""
) -> str:
    """Runs `command`, shows its latest line as the step's detail, keeps everything in `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as record:
        record.write(f"$ {' '.join(command)}\n")
        try:
            child = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except FileNotFoundError as error:
            raise Failure(what, f"{command[0]} is not on PATH", remedy) from error
        _children.add(child)
        with child:
            try:
                for line in child.stdout:
                    record.write(line)
                    record.flush()
                    if line.strip():
                        step.detail = line.strip()
            except BaseException:
                # Interrupted: a compiler that goes on in the background would only be in the way.
                child.terminate()
                raise
            finally:
                _children.discard(child)
    step.detail = ""
    if child.returncode:
        output = log.read_text(errors="replace")
        raise Failure(
            what, f"`{' '.join(command[:4])}` ended with {child.returncode}", remedy or f"the whole log: {log}", tail(output, 25)
        )
    return log.read_text(errors="replace")
