"""Which object store an instance uses: Garage, or the small one until Garage is built."""

import shutil
import subprocess
from pathlib import Path

from . import fleet, tools
from .engines.garage import BUCKET, Garage, SmallStore, marker
from .failure import Failure, tail
from .instance import Instance
from .progress import running, say


def settle(instance: Instance, full: bool) -> bool:
    """Decides it before anything starts; True: Garage has to be built. Only `--full` moves an instance to Garage."""
    small = marker(instance)
    if full:
        tools.garage()
        if small.exists():
            small.rename(moving(instance))
        return False
    if small.exists():
        say("  files are in the small store; ./dev up --full waits for Garage and moves them there")
        return not tools.has_garage()
    began_with_garage = (Garage(instance).folder / "meta").exists()
    if tools.has_garage() or began_with_garage:
        tools.garage()
        return False
    small.touch()
    say("  Garage is built in the background (ten minutes and more); until ./dev up --full, files go to a small store")
    return True


def move(instance: Instance, binary: Path) -> None:
    """Brings into Garage what is in the small store, if that was decided; what was broken off is done again."""
    if not moving(instance).exists():
        return
    folder = SmallStore(instance).folder / "data" / BUCKET
    if folder.exists():
        with running("moving files from the small store to Garage") as step:
            done = subprocess.run(
                [str(binary), "admin", "import-files", str(folder)],
                env={**fleet.clean_environment(), **fleet.operator_settings(instance)},
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise Failure("the files cannot be moved", "", "they are still there; run ./dev up --full again", tail(done.stderr))
            step.result = tail(done.stdout, 1).strip()
        shutil.rmtree(folder.parent)
    moving(instance).unlink()


def moving(instance: Instance) -> Path:
    return instance.folder() / "small-store-moving"
