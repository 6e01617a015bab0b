"""cargo, and the engines that it builds: those which are published as source only, once, into the cache."""

import os
import shutil
from pathlib import Path

from . import apt, cache
from .failure import Failure
from .instance import HOME, write
from .progress import Step
from .subprocesses import clean_environment, follow


def entry_name(name: str, version: str) -> str:
    return f"{apt.release()}/{name}-{version}"


def is_installed(name: str, version: str) -> bool:
    return (cache.root() / entry_name(name, version)).is_dir()


def installed(step: Step, name: str, version: str, features: list[str], jobs: int | None = None) -> Path:
    """The program `name`, built with its own lock file if the cache does not have it yet.

    `jobs` bounds how many processors that takes: what builds in the background leaves the others free.
    """
    prefix = cache.entry(entry_name(name, version), lambda folder: _build(step, folder, name, version, features, jobs))
    return prefix / "bin" / name


def _build(step: Step, folder: Path, name: str, version: str, features: list[str], jobs: int | None) -> None:
    command = [
        *("nice", "-n", "15", "cargo", "install", name, "--version", f"={version}", "--locked"),
        *("--no-default-features", "--features", ",".join(features)),
        *("--root", str(folder), "--target-dir", str(folder / "build")),
        *(["--jobs", str(jobs)] if jobs else []),
    ]
    # In the cache and not in the checkout, whose settings for cargo are for its own crates.
    follow(step, command, cache.root(), cargo_environment(), HOME / "logs" / f"{name}-build.log", f"{name} does not build")
    shutil.rmtree(folder / "build", ignore_errors=True)


def cargo_environment() -> dict[str, str]:
    """For every call of cargo, so that no two of them differ and build things twice."""
    environment = {**clean_environment(), "SQLX_OFFLINE": "true"}
    environment.pop("DATABASE_URL", None)
    if not shutil.which("cargo"):
        home = Path(environment.get("CARGO_HOME", Path.home() / ".cargo"))
        if not (home / "bin/cargo").exists():
            raise Failure("cargo is missing", "Kith is written in Rust", "install Rust 1.95 or newer with rustup")
        environment["PATH"] = f"{home / 'bin'}:{environment['PATH']}"
    if not shutil.which("cc"):
        raise Failure("a C compiler is missing", "Rust links with it", "install one, for example: apt-get install gcc libc6-dev")
    if not shutil.which("ld.mold"):
        environment["PATH"] = f"{_linker()}:{environment['PATH']}"
    return environment


def _linker() -> Path:
    """A folder with mold, for which tools/cc looks on PATH and here."""
    prefix = apt.unpacked("mold", ["mold"])
    folder = cache.root() / apt.release() / "linker"
    folder.mkdir(exist_ok=True)
    # The compiler finds it by name on PATH, and it has libraries of its own.
    libraries = ":".join(apt.library_path(prefix))
    write(
        folder / "ld.mold",
        f'#!/bin/sh\nexport LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"\nexec "{prefix}/usr/bin/mold" "$@"\n',
        0o755,
    )
    return folder
