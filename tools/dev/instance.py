"""Where one instance keeps its things. The checkout's own lies in `.kith/`; tests start others beside it."""

import fcntl
import hashlib
import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .failure import Failure

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".kith"


@dataclass(frozen=True)
class Instance:
    """One set of engines and services with its own data and ports."""

    name: str
    data: Path

    def folder(self, *parts: str) -> Path:
        path = self.data.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def log(self, process: str) -> Path:
        return self.folder("logs") / f"{process}.log"

    def token(self) -> str:
        """Eight characters that tell this instance's folders outside `.kith` from any other's."""
        return hashlib.sha256(str(self.data).encode()).hexdigest()[:8]

    @contextmanager
    def locked(self):
        """One `./dev` at a time changes an instance."""
        with open(self.folder() / "lock", "w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Failure(
                    "another ./dev is at work on this instance",
                    f"{self.data / 'lock'} is held",
                    "wait for it to end, then run the command again",
                ) from error
            yield


def open_instance(name: str | None, data: str | None) -> Instance:
    """The instance `name`; a data folder given once is remembered for the commands that follow."""
    if name is None:
        if data is not None:
            raise Failure("--data needs --instance", "the default instance lives in .kith", "add --instance NAME")
        return Instance("default", HOME)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", name):
        raise Failure(f"'{name}' is no name for an instance", "", "use lower-case letters, digits and dashes")
    registry = HOME / "instances" / f"{name}.json"
    if data is None and registry.exists():
        data = json.loads(registry.read_text())["data"]
    folder = Path(data).absolute() if data else HOME / "instances" / name
    registry.parent.mkdir(parents=True, exist_ok=True)
    write(registry, json.dumps({"data": str(folder)}))
    return Instance(name, folder)


def registered() -> list[str]:
    """The instances beside the default one that this checkout knows."""
    return sorted(path.stem for path in (HOME / "instances").glob("*.json"))


def unregister(instance: Instance) -> None:
    (HOME / "instances" / f"{instance.name}.json").unlink(missing_ok=True)


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Replaces a file in one step, so that a reader or a crash never sees half of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    partial.replace(path)
