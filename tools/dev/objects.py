"""Which object store an instance uses: Garage, or the small one until Garage is built."""

from . import tools
from .engines.garage import Garage, marker
from .instance import Instance
from .progress import say


def settle(instance: Instance, full: bool) -> bool:
    """Decides it before anything starts; True: Garage has to be built. Files stay where they are: only `--full` moves an
    instance to Garage."""
    small = marker(instance)
    if full:
        tools.garage()
        if small.exists():
            small.unlink()
            say("! from now on files are in Garage; those that were sent to the small store are not moved, and cannot be fetched any more")
        return False
    if small.exists():
        say("  files are in the small store; ./dev up --full waits for Garage and goes over to it, without the files that are there")
        return not tools.has_garage()
    began_with_garage = (Garage(instance).folder / "meta").exists()
    if tools.has_garage() or began_with_garage:
        tools.garage()
        return False
    small.touch()
    say("  Garage is built in the background (ten minutes and more); until ./dev up --full, files go to a small store")
    return True
