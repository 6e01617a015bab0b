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

    def is_at_hand(self) -> bool:
        """Whether it can start now. What has to be built from source first takes minutes: `./dev up` goes on without it."""
        return True

    def claim_ports(self) -> None:
        ports.claim(self.instance, self.name)

    def prepare(self) -> None:
        """Everything that must exist before the process starts; called again at every start."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return self.tool.environment()

    def probe(self) -> str | None:
        """None when the engine answers as it should, else what is lacking."""
        raise NotImplementedError

    def start(self) -> str:
        """Makes sure that it runs as it should now; says what that took."""
        process = processes.running(self.instance, self.name)
        if process and process.fingerprint == self.fingerprint():
            processes.wait_ready(self.instance, process, self.probe, self.ready_seconds)
            return "already running"
        if process:
            self.stop()
        self.claim_ports()
        self.prepare()
        self.launch()
        return "restarted, its settings changed" if process else "started"

    def launch(self) -> None:
        process = processes.start(
            self.instance, self.name, self.command(), self.environment(), self.account(), self.fingerprint()
        )
        processes.wait_ready(self.instance, process, self.probe, self.ready_seconds)

    def account(self) -> account.Account:
        return account.engine_account()

    def material(self) -> str:
        """Everything that a running process would have to be restarted for."""
        return json.dumps(self.command())

    def fingerprint(self) -> str:
        return hashlib.sha256(self.material().encode()).hexdigest()

    def stop(self) -> bool:
        return processes.stop(self.instance, self.name, self.stop_signal)

    def write(self, name: str, text: str) -> Path:
        """A file in the engine's folder that only its user can read."""
        path = self.folder / name
        path.touch(mode=0o600)
        self.account().own(path)
        path.write_text(text)
        return path

    def exchange(self, request: bytes, size: int = 4096) -> bytes:
        """Sends bytes to the engine's port and returns the first answer; raises OSError."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            if request:
                connection.sendall(request)
            return connection.recv(size)
