"""PostgreSQL: the truth."""

import shutil
import signal
import struct
import subprocess
import time
from pathlib import Path

from .. import account, credentials, processes, tools
from ..failure import Failure, tail
from .engine import Engine

ROLE = "kith"
DATABASE = "kith"

# For a small machine. Durability stays on: what is acknowledged must survive kill -9 here as well.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "password_encryption": "scram-sha-256",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


class Postgres(Engine):
    name = "postgres"
    # SIGINT is its "fast" shutdown: sessions are ended, the data is clean. SIGTERM would wait for clients.
    stop_signal = signal.SIGINT

    def find_tool(self) -> tools.Tool:
        return tools.postgres()

    @property
    def url(self) -> str:
        password = credentials.password(self.instance, "postgres")
        return f"postgres://{ROLE}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def superuser_url(self) -> str:
        password = credentials.password(self.instance, "postgres-superuser")
        return f"postgres://postgres:{password}@127.0.0.1:{self.port}/postgres"

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    def prepare(self) -> None:
        if self.cluster.exists():
            return
        # Made aside and renamed, so that an interrupted first start leaves no half-made cluster.
        partial = self.folder / "cluster.partial"
        shutil.rmtree(partial, ignore_errors=True)
        superuser = self.write("superuser", credentials.password(self.instance, "postgres-superuser"))
        self._run(
            "initdb",
            "--username=postgres",
            f"--pwfile={superuser}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
            f"--pgdata={partial}",
        )
        superuser.unlink()
        password = credentials.password(self.instance, "postgres")
        # Single-user mode runs one statement per line and needs neither a client nor a port.
        self._run(
            "postgres",
            "--single",
            "-D",
            str(partial),
            "postgres",
            statements=f"CREATE ROLE {ROLE} LOGIN PASSWORD '{password}'\nCREATE DATABASE {DATABASE} OWNER {ROLE}\n",
        )
        (partial / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        partial.rename(self.cluster)

    def _run(self, program: str, *arguments: str, statements: str = "") -> None:
        done = subprocess.run(
            [str(self.tool.path.with_name(program)), *arguments],
            cwd="/",
            env=self.environment(),
            input=statements,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **account.engine_account().switch(),
        )
        # Single-user mode reports a failed statement in words only.
        if done.returncode or "ERROR:" in done.stdout or "FATAL:" in done.stdout:
            raise Failure("postgres cannot make its data folder", f"{program} failed", log=tail(done.stdout))

    def command(self) -> list[str]:
        command = [str(self.tool.path), "-D", str(self.cluster), "-p", str(self.port)]
        for key, value in SETTINGS.items():
            command += ["-c", f"{key}={value}"]
        return command

    def launch(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                return super().launch()
            except Failure as failure:
                # After kill -9 of the server its workers need a moment to notice and let go of the shared memory.
                orphans = "shared memory block" in failure.log or "lock file" in failure.log
                if not orphans or time.monotonic() > deadline:
                    raise
                time.sleep(processes.POLL_SECONDS)

    def probe(self) -> str | None:
        parameters = f"user\0{ROLE}\0database\0{DATABASE}\0\0".encode()
        request = struct.pack("!II", len(parameters) + 8, 196608) + parameters
        try:
            answer = self.exchange(request)
        except OSError as error:
            return str(error)
        # "R" asks for the password: the server is past its recovery and takes sessions.
        return None if answer[:1] == b"R" else "still starting"
