"""Which object store an instance uses: Garage, or the small one until Garage is built."""

import os
import subprocess
import sys

from . import tools
from .engines.garage import Garage, marker
from .instance import HOME, ROOT, Instance
from .progress import say


def settle(instance: Instance, full: bool) -> None:
    """Decides it before anything starts. Files stay where they are: only `--full` moves an instance to Garage."""
    small = marker(instance)
    if full:
        tools.garage()
        if small.exists():
            small.unlink()
            say("! from now on files are in Garage; those that were sent to the small store are not moved, and cannot be fetched any more")
        return
    if small.exists():
        if not tools.has_garage():
            build_in_background()
        say("  files are in the small store; ./dev up --full waits for Garage and goes over to it, without the files that are there")
        return
    began_with_garage = (Garage(instance).folder / "meta").exists()
    if tools.has_garage() or began_with_garage:
        tools.garage()
        return
    small.touch()
    build_in_background()
    say("  Garage is built in the background (ten minutes and more); until ./dev up --full, files go to a small store")


def build_in_background() -> None:
    """At low priority, on one processor, and with nobody waiting: a second one that wants the same finds the lock taken and
    waits for the first."""
    log = HOME / "logs" / "engines-build.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "a") as record:
        subprocess.Popen(
            ["nice", "-n", "15", sys.executable, str(ROOT / "dev"), "tools"],
            stdin=subprocess.DEVNULL,
            stdout=record,
            stderr=record,
            start_new_session=True,
            env={**os.environ, "CARGO_BUILD_JOBS": "1"},
        )
