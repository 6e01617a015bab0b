"""Fills a running instance with real text in many languages, from Debian's fortune packages, through the public API."""

import subprocess

from . import apt, build
from .failure import Failure
from .instance import ROOT, Instance
from .parts import front_door
from .progress import running

PACKAGES = [
    "fortunes",
    "fortunes-bg",
    "fortunes-br",
    "fortunes-cs",
    "fortunes-de",
    "fortunes-eo",
    "fortunes-es",
    "fortunes-ga",
    "fortunes-it",
    "fortunes-pl",
    "fortunes-ru",
    "fortunes-zh",
]


def corpus() -> str:
    """The folder with the texts, one subfolder a language."""
    with running("obtaining sayings in many languages"):
        return str(apt.unpacked("fortunes", PACKAGES) / "usr/share/games/fortunes")


def seed(instance: Instance, messages: int) -> int:
    door = front_door(instance)
    if door.probe():
        raise Failure("nothing to fill", "the instance does not run", "./dev up")
    words = ["cargo", "run", "--quiet", "-p", "kith-bench", "--", "seed"]
    words += ["--api", door.url, "--corpus", corpus(), "--messages", str(messages)]
    return subprocess.run(words, cwd=ROOT, env=build.cargo_environment()).returncode
