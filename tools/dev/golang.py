"""Go programs that are published as source only: built once, into the cache."""

import hashlib
import shutil
from pathlib import Path

from . import apt, cache
from .failure import Failure
from .instance import HOME
from .progress import Step
from .subprocesses import clean_environment, follow


def entry_name(name: str, version: str) -> str:
    return f"{apt.release()}/{name}-{version}"


def is_installed(name: str, version: str) -> bool:
    return (cache.root() / entry_name(name, version)).is_dir()


def installed(step: Step, name: str, package: str, version: str) -> Path:
    """The program of `package`, called `name`, built if the cache does not have it yet."""
    prefix = cache.entry(entry_name(name, version), lambda folder: _build(step, folder, name, package, version))
    return prefix / "bin" / name


def built(step: Step, name: str, source: Path) -> Path:
    """The program whose source is the folder `source`, built anew when that has changed."""
    prefix = cache.entry(_entry_of(name, source), lambda folder: _build_folder(step, folder, name, source))
    return prefix / name


def is_built(name: str, source: Path) -> bool:
    return (cache.root() / _entry_of(name, source)).is_dir()


def _entry_of(name: str, source: Path) -> str:
    state = hashlib.sha256()
    for file in sorted(source.iterdir()):
        state.update(file.name.encode() + b"\0" + file.read_bytes())
    return entry_name(name, state.hexdigest()[:12])


def _build_folder(step: Step, folder: Path, name: str, source: Path) -> None:
    _require_go(name)
    command = ["nice", "-n", "15", "go", "build", "-o", str(folder / name), "."]
    follow(step, command, source, clean_environment(), HOME / "logs" / f"{name}-build.log", f"{name} does not build")


def _require_go(name: str) -> None:
    if not shutil.which("go"):
        raise Failure(f"cannot obtain {name}", "it is built with Go, which is not on PATH", "install Go 1.25 or newer")


def _build(step: Step, folder: Path, name: str, package: str, version: str) -> None:
    _require_go(name)
    environment = {**clean_environment(), "GOBIN": str(folder / "bin")}
    command = ["nice", "-n", "15", "go", "install", f"{package}@v{version}"]
    follow(step, command, cache.root(), environment, HOME / "logs" / f"{name}-build.log", f"{name} does not build")
    # Go calls a program as the folder of its source.
    (folder / "bin" / package.rpartition("/")[2]).rename(folder / "bin" / name)
