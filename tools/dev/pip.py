"""Python packages as a source of binaries, and of the one library that a check needs."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from . import apt, cache
from .failure import Failure, tail


def _command() -> tuple[list[str], dict[str, str]]:
    """How to call pip here. Debian's Python has none, but its wheel runs without being installed."""
    probe = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True)
    if probe.returncode == 0:
        return [sys.executable, "-m", "pip"], dict(os.environ)
    prefix = apt.unpacked("pip", ["python3-pip-whl"])
    wheels = sorted((prefix / "usr/share/python-wheels").glob("pip-*.whl"))
    if not wheels:
        raise Failure("cannot run pip", "Debian's python3-pip-whl holds no pip", "install python3-pip")
    return [sys.executable, "-m", "pip"], {**os.environ, "PYTHONPATH": str(wheels[-1])}


def _run(arguments: list[str], subject: str) -> None:
    command, environment = _command()
    done = subprocess.run(
        [*command, *arguments, "--disable-pip-version-check", "--no-input", "--quiet"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise Failure(
            f"cannot download {subject}",
            tail(done.stdout, 3),
            "check the network, then run the command again",
        )


def wheel(requirement: str, folder: Path) -> None:
    """Unpacks the wheel of `requirement` for this machine into `folder`."""
    downloads = folder / "downloads"
    downloads.mkdir()
    _run(
        ["download", "--no-deps", "--only-binary", ":all:", "--dest", str(downloads), requirement],
        requirement,
    )
    for archive in downloads.glob("*.whl"):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folder)
        archive.unlink()
    downloads.rmdir()


def importable(requirement: str) -> Path:
    """A folder for `sys.path` in which `requirement` is installed."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    name = f"python-{version}/{requirement.split('=')[0].lower()}"
    return cache.entry(
        name, lambda folder: _run(["install", "--no-deps", "--target", str(folder), requirement], requirement)
    )
