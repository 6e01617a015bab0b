"""Builds the binary and the web client, each only when it is out of date."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

from . import cache
from .crates import cargo_environment
from .failure import Failure
from .instance import HOME, ROOT, write
from .progress import Step, running, say
from .subprocesses import clean_environment, follow
from .tools import version_of

NODE_MINIMUM = (20, 19)
LOGS = HOME / "logs"
WEB_BUILD = ROOT / "web/build"


def target_folder() -> Path:
    # Relative to the checkout, where cargo runs.
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target")


def binary(release: bool) -> Path:
    return target_folder() / ("release" if release else "debug") / "kith"


def build_binary(release: bool) -> Path:
    profile = "release" if release else "debug"
    with running(f"building kith ({profile})") as step:
        command = ["cargo", "build", "-p", "kith", *(["--release"] if release else [])]
        follow(step, command, ROOT, cargo_environment(), LOGS / "build.log", "kith does not build")
    return binary(release)


def node_environment() -> dict[str, str]:
    if not shutil.which("node") or not shutil.which("npm"):
        raise Failure("node is missing", "the web client is built with it", "install Node.js 20.19 or newer with npm")
    found = version_of(["node", "--version"])
    if found < NODE_MINIMUM:
        raise Failure("node is too old", f"it is {'.'.join(map(str, found))}", "install Node.js 20.19 or newer")
    return clean_environment()


def install_packages() -> None:
    """`npm ci`, if the lock file or the machine changed since the last one."""
    lock = ROOT / "package-lock.json"
    state = hashlib.sha256(lock.read_bytes() + platform.machine().encode()).hexdigest()
    stamp = HOME / "npm.stamp"
    if (ROOT / "node_modules").is_dir() and stamp.exists() and stamp.read_text() == state:
        return
    with running("installing the web client's packages") as step:
        stamp.unlink(missing_ok=True)
        command = ["npm", "ci", "--no-audit", "--no-fund"]
        follow(step, command, ROOT, node_environment(), LOGS / "npm.log", "npm cannot install the packages")
        write(stamp, state)


def has_web_client() -> bool:
    return (ROOT / "package-lock.json").exists() and (ROOT / "web/package.json").exists()


def sources_state() -> str:
    """Changes when any source of the web client or the SDK does."""
    listing = hashlib.sha256((ROOT / "package-lock.json").read_bytes())
    generated = {"node_modules", "build", "dist", ".svelte-kit", "coverage"}
    for part in ("web", "sdk/typescript"):
        for folder, folders, files in os.walk(ROOT / part):
            folders[:] = sorted(name for name in folders if name not in generated)
            for name in sorted(files):
                path = Path(folder) / name
                listing.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return listing.hexdigest()


def build_web() -> bool:
    """Builds sdk and web; False when the checkout has no web client."""
    if not has_web_client():
        say("! this checkout has no web client (web/package.json and package-lock.json); only the API is served")
        return False
    HOME.mkdir(exist_ok=True)
    with cache.locked(f"web-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"):
        install_packages()
        state, stamp = sources_state(), HOME / "web.stamp"
        if (WEB_BUILD / "200.html").exists() and stamp.exists() and stamp.read_text() == state:
            return True
        with running("building the web client") as step:
            build_workspaces(step, node_environment())
            write(stamp, state)
    return True


def remember_web_build() -> None:
    """What a check has just built need not be built again by `up`."""
    write(HOME / "web.stamp", sources_state())


def build_workspaces(step: Step, environment: dict[str, str]) -> None:
    """The SDK first: the web client imports what it builds."""
    for part in ("sdk/typescript", "web"):
        scripts = json.loads((ROOT / part / "package.json").read_text()).get("scripts", {})
        if "build" in scripts:
            follow(step, ["npm", "run", "build", "--workspace", part], ROOT, environment, LOGS / "web-build.log", f"{part} does not build")


def script_hashes() -> str:
    """The snippet for Caddy that names the inline scripts of the build."""
    if not WEB_BUILD.is_dir():
        return 'vars script_hashes ""\n'
    done = subprocess.run(
        ["node", str(ROOT / "caddy/csp.mjs"), str(WEB_BUILD)], capture_output=True, text=True, env=node_environment()
    )
    if done.returncode:
        raise Failure("the web client's scripts cannot be read", done.stderr.strip())
    return done.stdout
