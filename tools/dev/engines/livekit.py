"""LiveKit: carries voice and video."""

import json
import urllib.error
import urllib.request

from .. import credentials, ports, tools
from .engine import Engine

KEY = "kith"


class LiveKit(Engine):
    name = "livekit"

    def find_tool(self) -> tools.Tool:
        return tools.livekit()

    def is_at_hand(self) -> bool:
        return tools.has_livekit()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def udp_port(self) -> int:
        return ports.known(self.instance, "livekit-udp") or 0

    @property
    def tcp_port(self) -> int:
        return ports.known(self.instance, "livekit-tcp") or 0

    @property
    def secret(self) -> str:
        return credentials.key(self.instance, "livekit-secret")

    @property
    def webhook(self) -> str:
        """Where the media service is told what happens in the rooms. It keeps its port, so it is chosen already now."""
        port = ports.known(self.instance, "media") or ports.claim(self.instance, "media")
        return f"http://127.0.0.1:{port}/livekit/webhook"

    def claim_ports(self) -> None:
        super().claim_ports()
        # Media needs a port of each kind. They are chosen as if both were TCP: nobody here serves UDP otherwise.
        ports.claim(self.instance, "livekit-udp")
        ports.claim(self.instance, "livekit-tcp")

    def _settings(self) -> dict:
        return {
            "port": self.port,
            "bind_addresses": ["127.0.0.1"],
            "rtc": {
                "tcp_port": self.tcp_port,
                "udp_port": self.udp_port,
                "use_external_ip": False,
                # Media stays on this machine, as everything else here does.
                "node_ip": "127.0.0.1",
                "enable_loopback_candidate": True,
                "interfaces": {"includes": ["lo"]},
            },
            # A room exists only once somebody was let in.
            "room": {"auto_create": False},
            "keys": {KEY: self.secret},
            "webhook": {"api_key": KEY, "urls": [self.webhook]},
            "logging": {"level": "info"},
        }

    def prepare(self) -> None:
        # YAML, of which JSON is a part.
        self.write("livekit.yaml", json.dumps(self._settings(), indent=2))

    def command(self) -> list[str]:
        return [str(self.tool.path), "--config", str(self.folder / "livekit.yaml")]

    def material(self) -> str:
        return super().material() + json.dumps(self._settings())

    def probe(self) -> str | None:
        try:
            urllib.request.urlopen(self.url, timeout=2)
        except urllib.error.HTTPError as error:
            # It says 406 while it thinks itself overloaded; it serves all the same.
            return None if error.code == 406 else f"it answers {error.code}"
        except OSError as error:
            return str(error)
        return None
