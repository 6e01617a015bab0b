"""NATS with JetStream: the nervous system."""

import json

from .. import credentials, tools
from ..instance import ROOT
from .engine import Engine

USERS = ("api", "gateway", "presence", "media", "search", "federation", "ops")


class Nats(Engine):
    name = "nats"

    def find_tool(self) -> tools.Tool:
        return tools.nats()

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def password(self, user: str) -> str:
        return credentials.password(self.instance, f"nats-{user}")

    def prepare(self) -> None:
        # A copy: the engines' user need not be able to read the checkout.
        self.write("nats.conf", (ROOT / "deploy/nats.conf").read_text())
        # Before the roles had accounts of their own, the streams were in the server's global one.
        store = self.folder / "jetstream" / "jetstream"
        if (store / "$G").is_dir() and not (store / "KITH").exists():
            (store / "$G").rename(store / "KITH")

    def command(self) -> list[str]:
        return [
            str(self.tool.path),
            *("--config", str(self.folder / "nats.conf")),
            *("--addr", "127.0.0.1", "--port", str(self.port)),
            *("--jetstream", "--store_dir", str(self.folder / "jetstream")),
        ]

    def material(self) -> str:
        return super().material() + (ROOT / "deploy/nats.conf").read_text()

    def environment(self) -> dict[str, str]:
        passwords = {f"KITH_{user.upper()}_NATS_PASSWORD": self.password(user) for user in USERS}
        return {**super().environment(), **passwords}

    def probe(self) -> str | None:
        try:
            greeting = self.exchange(b"")
        except OSError as error:
            return str(error)
        # It greets only after JetStream has recovered its streams.
        if not greeting.startswith(b"INFO ") or b"\r\n" not in greeting:
            return "no greeting yet"
        return None if json.loads(greeting[5:].split(b"\r\n")[0]).get("jetstream") else "JetStream is off"
