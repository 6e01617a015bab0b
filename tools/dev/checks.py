"""The steps of `./dev check` and `./dev test`: what each runs and what it needs."""

import os
import sys
from dataclasses import dataclass
from typing import Callable

from . import advisories, browser, build, pip, tools
from .failure import Failure
from .fleet import clean_environment
from .runner import Run


WEB_SCRIPTS = {
    "sdk/typescript": ("generate:check", "build", "lint", "check", "test"),
    "web": ("lint", "check", "test", "build", "size"),
}


@dataclass(frozen=True)
class Check:
    """One named step. `after` names steps without whose success it says nothing."""

    name: str
    about: str
    action: Callable[[Run], None]
    after: tuple[str, ...] = ()


def _cargo(run: Run, *arguments: str) -> None:
    run.command(["cargo", *arguments], build.cargo_environment() | _cache_location())


def _cache_location() -> dict[str, str]:
    # Tests ask `./dev tools` for the engines and must find the same cache.
    return {key: os.environ[key] for key in ("KITH_CACHE",) if key in os.environ}


def launcher(run: Run) -> None:
    run.command([sys.executable, "-m", "unittest", "discover", "-s", "tools/dev/tests", "-t", "tools"], clean_environment())


def deploy(run: Run) -> None:
    yaml = str(pip.importable("PyYAML==6.*"))
    run.command([sys.executable, "deploy/check.py"], {**clean_environment(), "PYTHONPATH": yaml})


def formatting(run: Run) -> None:
    _cargo(run, "fmt", "--all", "--check")


def clippy(run: Run) -> None:
    _cargo(run, "clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings")


def deny(run: Run) -> None:
    advisories.check(run)


def compile_everything(run: Run) -> None:
    # The same selection as the tests: one set of features, so nothing is compiled a second time.
    _cargo(run, "build", "--workspace", "--all-targets", "--locked")


def test(run: Run) -> None:
    compile_everything(run)
    _cargo(run, "test", "--workspace", "--locked", "--no-fail-fast")


def engines(run: Run) -> None:
    """What tests start. Some of them are built from source, once per machine."""
    tools.describe()
    run.step.result = "all there"


def architecture(run: Run) -> None:
    _cargo(run, "test", "-p", "kith-architecture")


def unit(run: Run) -> None:
    _cargo(run, "test", "--workspace", "--lib", "--bins")


def web(run: Run) -> None:
    """Types from the API's document, lint, types, unit tests, build and size of the SDK and of the client that imports it."""
    if not build.has_web_client():
        raise Failure("there is no web client in this checkout", "web/package.json or package-lock.json is missing")
    # The SDK's types are compared with the document that the binary prints.
    compile_everything(run)
    build.install_packages()
    environment = {**build.node_environment(), "CI": "1", "KITH_BINARY": str(build.binary(release=False))}
    for part, scripts in WEB_SCRIPTS.items():
        for script in scripts:
            run.command(["npm", "run", script, "--workspace", part], environment)
    build.remember_web_build()


def browser_tests(run: Run) -> None:
    compile_everything(run)
    browser.test(run, _cache_location())


ALL = [
    Check("fmt", "every Rust file is formatted", formatting),
    Check("launcher", "./dev itself", launcher),
    Check("deploy", "compose, Dockerfile and their settings fit the code", deploy),
    Check("clippy", "lints, warnings are errors", clippy),
    Check("deny", "licences, sources and known vulnerabilities of dependencies", deny),
    Check("engines", "the engines that tests start", engines),
    Check("build", "everything that the tests start", compile_everything),
    Check("web", "lint, types, unit tests and build of SDK and web client", web, ("build",)),
    Check("browser", "two people in Chromium, against the fleet", browser_tests, ("engines", "build", "web")),
    Check("test", "architecture, unit, engine and fleet tests", test, ("engines", "build")),
]
QUICK = [
    ALL[0],
    ALL[1],
    ALL[3],
    Check("architecture", "who may depend on whom, file length, names", architecture),
    Check("unit", "tests without engines", unit),
]


def choose(names: list[str]) -> list[Check]:
    """The named steps in their usual order; all without names."""
    known = {check.name: check for check in [*ALL, *QUICK]}
    if unknown := [name for name in names if name not in known]:
        raise Failure(f"there is no step '{unknown[0]}'", "", "choose from: " + ", ".join(known))
    return [check for check in known.values() if check.name in names] if names else ALL
