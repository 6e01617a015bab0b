"""Engines that are built from source while everything else is used already."""

import os
import subprocess
import sys

from .instance import HOME, ROOT


def build() -> None:
    """At low priority, on one processor, and with nobody waiting; it goes on when this command has ended. A second one that
    wants the same finds the lock taken and waits for the first."""
    log = HOME / "logs" / "engines-build.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "a") as record:
        subprocess.Popen(
            ["nice", "-n", "15", sys.executable, str(ROOT / "dev"), "tools"],
            stdin=subprocess.DEVNULL,
            stdout=record,
            stderr=record,
            start_new_session=True,
            env={**os.environ, "CARGO_BUILD_JOBS": "1", "GOMAXPROCS": "1"},
        )
