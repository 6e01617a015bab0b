"""The per-user cache of downloaded tools, outside the tree and shared by every checkout."""

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Callable


def root() -> Path:
    """Where the cache is: KITH_CACHE, then the XDG folder, then the usual place."""
    if chosen := os.environ.get("KITH_CACHE"):
        return Path(chosen).expanduser().absolute()
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg).expanduser().absolute() / "kith"
    if os.geteuid() == 0:
        # Engines run as an unprivileged user, who may not look into root's home.
        return Path("/var/cache/kith")
    return Path.home() / ".cache" / "kith"


@contextmanager
def locked(name: str):
    """Two checkouts that want the same tool at once: the second one waits and finds it."""
    folder = root() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def entry(name: str, fill: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache, made by `fill` if it is not there.

    It appears by rename, so that an interrupted download leaves nothing that looks complete.
    """
    target = root() / name
    if target.is_dir():
        return target
    with locked(name.replace("/", "-")):
        if target.is_dir():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{target.name}.partial-"
        for abandoned in target.parent.glob(prefix + "*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        partial = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
        partial.chmod(0o755)
        try:
            fill(partial)
            partial.rename(target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return target


def forget(name: str) -> None:
    """Drops one entry, for example when a system upgrade left it without a library."""
    with locked(name.replace("/", "-")):
        shutil.rmtree(root() / name, ignore_errors=True)
