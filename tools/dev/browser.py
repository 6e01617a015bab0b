"""The browser tests: they need a Chromium and the binary that the build step made."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from . import build, commands, tools
from .failure import Failure, tail
from .instance import ROOT, open_instance, registered
from .runner import Run


def test(run: Run, cache_location: dict[str, str]) -> None:
    scripts = json.loads((ROOT / "package.json").read_text()).get("scripts", {})
    if "test:browser" not in scripts:
        raise Failure("there are no browser tests", "package.json has no script test:browser")
    chromium = ensure_chromium(run)
    build.build_web()
    before = set(registered())
    try:
        run.command(
            ["npm", "run", "test:browser"],
            {
                **build.node_environment(),
                **cache_location,
                "CI": "1",
                "CHROMIUM": str(chromium),
                "KITH_BINARY": str(build.binary(release=False)),
            },
        )
    finally:
        # A test that crashed could not stop the fleet that it had started.
        for name in set(registered()) - before:
            commands.reset(open_instance(name, None), confirmed=True)


def ensure_chromium(run: Run) -> Path:
    """Chromium on PATH; as root on a Debian-like machine it is installed, for its libraries are many."""
    if found := tools.chromium():
        return found
    remedy = "install it: apt-get install chromium"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failure("chromium is missing", "the browser tests need one on PATH", remedy)
    run.step.detail = "installing chromium"
    packages = ["chromium", "fonts-noto-color-emoji", "fonts-dejavu-core"]
    install = ["apt-get", "-q", "-y", "--no-install-recommends", "install", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (install, ["apt-get", "-q", "update"], install):
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if found := tools.chromium():
            return found
    raise Failure("chromium cannot be installed", tail(done.stdout, 3), remedy)
