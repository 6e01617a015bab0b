"""The user that engines run as. Postgres refuses root, and the others need none of its rights."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .failure import Failure
from .instance import Instance
from .progress import say


@dataclass(frozen=True)
class Account:
    """An unprivileged user; `uid` None means the one who runs ./dev."""

    uid: int | None
    gid: int | None

    def switch(self) -> dict:
        """Arguments for `subprocess` that drop the rights."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if self.uid is not None:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        if self.uid is None:
            return True
        return subprocess.run(["test", "-x", str(folder)], cwd="/", **self.switch()).returncode == 0


def engine_account() -> Account:
    if os.geteuid() != 0:
        return Account(None, None)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise Failure(
        "no unprivileged user for the engines",
        "root started ./dev, and this machine has neither `postgres` nor `nobody`",
        "run ./dev as an ordinary user",
    )


def engine_folder(instance: Instance, engine: str) -> Path:
    """A private folder of `engine` that its user owns and can reach."""
    account = engine_account()
    home = instance.folder("engines")
    if not account.can_enter(home):
        home = _outside(instance)
    folder = home / engine
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    account.own(folder)
    return folder


def outside_folder(instance: Instance) -> Path:
    """Where engine data goes when a parent of the checkout is closed to others, such as root's home."""
    return Path("/var/tmp") / f"kith-{instance.token()}"


def _outside(instance: Instance) -> Path:
    folder = outside_folder(instance)
    if not folder.exists():
        say(f"! the engines' user cannot enter {instance.data}; engine data goes to {folder}")
    folder.mkdir(mode=0o711, exist_ok=True)
    found = folder.lstat()
    # The parent is writable by everyone: somebody else's folder under this name is not ours to use.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise Failure(f"{folder} belongs to somebody else", "", f"remove it, or move the checkout out of {Path.home()}")
    folder.chmod(0o711)
    return folder


def forget(instance: Instance) -> None:
    """Removes engine data that lies outside the instance's folder."""
    shutil.rmtree(outside_folder(instance), ignore_errors=True)
