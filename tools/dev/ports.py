"""Free ports, chosen once and kept, so that addresses survive a restart and checkouts run side by side."""

import json
import random
import socket

from .failure import Failure
from .instance import Instance, write
from .progress import say

# Below the range from which the kernel serves outgoing connections, which come and go.
RANGE = range(20_000, 30_000)
PREFERRED = {"caddy": 8420}


def _load(instance: Instance) -> dict[str, int]:
    path = instance.folder() / "ports.json"
    return json.loads(path.read_text()) if path.exists() else {}


def is_free(port: int, hosts: tuple[str, ...]) -> bool:
    for host in hosts:
        with socket.socket() as probe:
            # As servers do: a port whose last connections are still fading is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def known(instance: Instance, name: str) -> int | None:
    """The port that `name` has, if it has one already."""
    return _load(instance).get(name)


def claim(instance: Instance, name: str, hosts: tuple[str, ...] = ("127.0.0.1",)) -> int:
    """A port that `name` can listen on now: its own, or a new one if a stranger has taken it."""
    chosen = _load(instance)
    current = chosen.get(name)
    if current and is_free(current, hosts):
        return current
    candidates = [PREFERRED[name]] if name in PREFERRED and instance.name == "default" else []
    candidates += random.sample(RANGE, 200)
    for port in candidates:
        if port not in chosen.values() and is_free(port, hosts):
            if current:
                say(f"! port {current} of {name} is taken by another program; {name} moves to {port}")
            chosen[name] = port
            write(instance.folder() / "ports.json", json.dumps(chosen, indent=2) + "\n")
            return port
    raise Failure(f"no free port for {name}", "200 tries between 20000 and 30000", "see what listens there: ss -ltnp")
