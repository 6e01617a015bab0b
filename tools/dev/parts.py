"""Every part of an instance under its name, in the order in which they start."""

import json
from pathlib import Path

from . import build, fleet, ports, processes
from .engines import Engine, all_engines, describe
from .engines.caddy import Caddy
from .failure import Failure
from .instance import Instance, write


def remember_binary(instance: Instance, binary: Path) -> None:
    """So that `restart` and `start` use what `up` used, release or debug."""
    write(instance.folder() / "binary.json", json.dumps(str(binary)))


def remembered_binary(instance: Instance) -> Path | None:
    path = instance.folder() / "binary.json"
    binary = Path(json.loads(path.read_text())) if path.exists() else None
    return binary if binary and binary.exists() else None


def front_door(instance: Instance) -> Caddy:
    caddy = Caddy(instance, lambda: fleet.front_door_settings(instance))
    # The services name the public address, so it is chosen before they start.
    if not processes.running(instance, caddy.name):
        caddy.claim_ports()
    return caddy


def all_parts(instance: Instance) -> list[Engine]:
    binary = remembered_binary(instance)
    caddy = Caddy(instance, lambda: fleet.front_door_settings(instance))
    return [*all_engines(instance), *fleet.services(instance, binary), caddy]


def select(instance: Instance, name: str) -> list[Engine]:
    """The parts called `name`; a role's name stands for all of its processes."""
    parts = all_parts(instance)
    found = [part for part in parts if name in (part.name, getattr(part, "role", None))]
    if name == "web":
        found = [part for part in parts if isinstance(part, Caddy)]
    if not found:
        known = ", ".join(part.name for part in parts)
        raise Failure(f"there is no service '{name}'", "", f"choose one of: {known}")
    return found


def state(part: Engine) -> str:
    process = processes.find(part.instance, part.name)
    if process is None:
        return "stopped"
    if not process.alive():
        return f"dead (was pid {process.pid})"
    lacking = part.probe()
    return "running" if lacking is None else f"not ready: {lacking}"


def start(part: Engine) -> str:
    if isinstance(part, Caddy):
        part.set_script_hashes(build.script_hashes())
    return part.start()


def environment(instance: Instance) -> dict:
    """Everything that a test needs to know about a running instance."""
    services = {}
    port = ports.known(instance, "caddy")
    for part in all_parts(instance):
        process = processes.find(instance, part.name)
        services[part.name] = {
            "state": state(part),
            "pid": process.pid if process and process.alive() else None,
            "command": process.command if process else None,
            "address": part.address,
            "log": str(instance.log(part.name)),
            **({"ops_url": part.ops_url} if isinstance(part, fleet.Service) else {}),
        }
    return {
        "instance": instance.name,
        "data": str(instance.data),
        "public_url": f"http://127.0.0.1:{port}" if port else None,
        "services": services,
        "engines": describe(instance),
        "settings": fleet.operator_settings(instance),
    }
