"""The cache: a Redis server stands in for Dragonfly, which speaks the same protocol."""

from .. import credentials, tools
from .engine import Engine


class Redis(Engine):
    name = "redis"

    def find_tool(self) -> tools.Tool:
        return tools.redis()

    @property
    def url(self) -> str:
        return f"redis://:{credentials.password(self.instance, 'redis')}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        # By file: arguments are visible to every user of the machine.
        self.write("redis.conf", f"requirepass {credentials.password(self.instance, 'redis')}\n")

    def command(self) -> list[str]:
        # Nothing is saved: a cache that survives a restart hides code that trusts it.
        return [
            str(self.tool.path),
            str(self.folder / "redis.conf"),
            *("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)),
            *("--save", "", "--appendonly", "no", "--daemonize", "no"),
            *("--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"),
        ]

    def probe(self) -> str | None:
        password = credentials.password(self.instance, "redis")
        try:
            answer = self.exchange(f"AUTH {password}\r\nPING\r\n".encode())
        except OSError as error:
            return str(error)
        return None if answer.startswith(b"+OK") else answer.decode(errors="replace").strip()
