"""What each command of `./dev` does."""

import json

from . import engines, tools
from .instance import Instance
from .progress import running


def start_engines(instance: Instance) -> None:
    for engine in engines.all_engines(instance):
        with running(f"starting {engine.name}") as step:
            step.result = "started" if engine.start() else "already running"


def stop_everything(instance: Instance) -> None:
    for engine in reversed(engines.all_engines(instance)):
        with running(f"stopping {engine.name}"):
            engine.stop()


def print_tools() -> None:
    print(json.dumps(tools.describe(), indent=2))
