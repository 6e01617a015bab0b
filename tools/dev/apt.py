"""Debian packages unpacked into the cache: nothing is installed, no service starts."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from . import cache
from .failure import Failure, tail

# Needed only for compiling queries just in time, which a development database does without; it is 100 MB.
SKIPPED = ("libllvm", "libz3")


def available() -> bool:
    return all(shutil.which(tool) for tool in ("apt-get", "dpkg", "dpkg-deb"))


def release() -> str:
    """A folder name per distribution release and architecture: libraries of one do not fit another."""
    facts = {}
    for line in Path("/etc/os-release").read_text().splitlines():
        key, _, value = line.partition("=")
        facts[key] = value.strip('"')
    return f"{facts.get('ID', 'linux')}-{facts.get('VERSION_ID', 'rolling')}-{platform.machine()}"


def unpacked(tool: str, packages: list[str]) -> Path:
    """The root of a small file system with `packages` and the libraries that this machine lacks."""
    return cache.entry(f"{release()}/{tool}", lambda folder: _fill(folder, tool, packages))


def _fill(folder: Path, tool: str, packages: list[str]) -> None:
    if not available():
        raise Failure(
            f"cannot obtain {tool}",
            "it is not on PATH, and this is not a Debian-like system whose packages could be unpacked",
            f"install {tool} with your package manager and put it on PATH",
        )
    downloads = folder / "downloads"
    downloads.mkdir()
    # The machine's own package lists first; if they are empty or outdated, a private copy is fetched.
    error = _download(downloads, packages, [])
    if error:
        private = _private_lists(tool)
        error = _download(downloads, packages, private)
    if error:
        raise Failure(
            f"cannot download {tool} ({', '.join(packages)})",
            _errors(error),
            f"check the network and the package sources, or install {tool} yourself; then run the command again",
        )
    for package in sorted(downloads.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(package), str(folder)], folder)
    shutil.rmtree(downloads)
    # dpkg-deb gives the folder the package's own mode; the engines' user must be able to enter it.
    folder.chmod(0o755)


def _download(folder: Path, packages: list[str], options: list[str]) -> str:
    code, output = _apt([*options, "-s", "--no-install-recommends", "install", *packages], folder)
    if code:
        return output
    wanted = set(packages)
    for name in re.findall(r"^Inst (\S+)", output, re.MULTILINE):
        if name.startswith("lib") and not name.startswith(SKIPPED):
            wanted.add(name)
    code, output = _apt([*options, "download", *sorted(wanted)], folder)
    return output if code else ""


def _private_lists(tool: str) -> list[str]:
    base = cache.root() / release() / "apt"
    for part in ("lists/partial", "cache/archives/partial"):
        (base / part).mkdir(parents=True, exist_ok=True)
    options = ["-o", f"Dir::State::lists={base}/lists", "-o", f"Dir::Cache={base}/cache"]
    with cache.locked("apt-lists"):
        code, output = _apt([*options, "-o", "APT::Update::Error-Mode=any", "update"], base)
    if code:
        raise Failure(
            f"cannot obtain {tool}",
            "the package lists cannot be fetched: " + _errors(output),
            f"connect this machine to the network once, or install {tool} yourself and put it on PATH",
        )
    return options


def _errors(output: str) -> str:
    """apt's own words on what went wrong, without its chatter."""
    errors = [line.removeprefix("E: ") for line in output.splitlines() if line.startswith("E: ")]
    return "; ".join(errors[:2]) or tail(output, 2)


def _apt(arguments: list[str], folder: Path) -> tuple[int, str]:
    sandbox = ["-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else []
    # Plain C locale: the simulation's output is read above.
    done = subprocess.run(
        ["apt-get", "-q", "-o", "Acquire::Retries=3", *sandbox, *arguments],
        cwd=folder,
        env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Failure(f"`{command[0]}` failed", log=tail(done.stdout))


def library_path(prefix: Path) -> list[str]:
    """The folders of an unpacked tree that hold shared libraries."""
    triplet = f"{platform.machine()}-linux-gnu"
    found = [prefix / part / triplet for part in ("usr/lib", "lib")]
    return [str(folder) for folder in found if folder.is_dir()]


def missing_libraries(binary: Path, library_folders: list[str]) -> list[str]:
    """Shared libraries that `binary` would not find."""
    environment = {**os.environ, "LC_ALL": "C", "LD_LIBRARY_PATH": ":".join(library_folders)}
    done = subprocess.run(["ldd", str(binary)], env=environment, capture_output=True, text=True)
    return re.findall(r"^\s*(\S+) => not found", done.stdout, re.MULTILINE)
