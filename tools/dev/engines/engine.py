"""What ./dev knows about any engine."""

import hashlib
import json
import signal
import socket
from pathlib import Path

from .. import account, ports, processes
from ..instance import Instance
from ..tools import Tool


class Engine:
    """One engine of one instance. A subclass says how to prepare, start and probe it."""

    name = ""
    stop_signal = signal.SIGTERM
    ready_seconds = 60.0
    hosts = ("127.0.0.1",)

    def __init__(self, instance: Instance):
        self.instance = instance
        self._tool: Tool | None = None

    @property
    def port(self) -> int:
        return ports.known(self.instance, self.name) or 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def folder(self) -> Path:
        return account.engine_folder(self.instance, self.name)

    @property
    def tool(self) -> Tool:
        if self._tool is None:
            self._tool = self.find_tool()
        return self._tool

    def find_tool(self) -> Tool:
        raise NotImplementedError

    def prepare(self) -> None:
        """Everything that must exist before the process starts; called again at every start."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return self.tool.environment()

    def probe(self) -> str | None:
        """None when the engine answers as it should, else what is lacking."""
        raise NotImplementedError

    def start(self) -> bool:
        """Makes sure that it runs; False when it did already."""
        if process := processes.running(self.instance, self.name):
            processes.wait_ready(self.instance, process, self.probe, self.ready_seconds)
            return False
        ports.claim(self.instance, self.name, self.hosts)
        self.prepare()
        self.launch()
        return True

    def launch(self) -> None:
        process = processes.start(
            self.instance,
            self.name,
            self.command(),
            self.environment(),
            account.engine_account(),
            self.fingerprint(),
        )
        processes.wait_ready(self.instance, process, self.probe, self.ready_seconds)

    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(self.command()).encode()).hexdigest()

    def stop(self) -> bool:
        return processes.stop(self.instance, self.name, self.stop_signal)

    def write(self, name: str, text: str) -> Path:
        """A file in the engine's folder that only its user can read."""
        path = self.folder / name
        path.touch(mode=0o600)
        account.engine_account().own(path)
        path.write_text(text)
        return path

    def exchange(self, request: bytes, size: int = 4096) -> bytes:
        """Sends bytes to the engine's port and returns the first answer; raises OSError."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            if request:
                connection.sendall(request)
            return connection.recv(size)
