"""Caddy: the front door. Its settings are in caddy/Caddyfile; here are the addresses of this instance."""

import json
import urllib.error
import urllib.request

from .. import account, tools
from ..instance import ROOT
from .engine import Engine

CONFIG = ROOT / "caddy/Caddyfile"
BUILD = ROOT / "web/build"


class Caddy(Engine):
    name = "caddy"

    def __init__(self, instance, settings):
        """`settings()` gives the upstreams as environment variables; their ports are known only once they run."""
        super().__init__(instance)
        self._settings = settings
        self._csp = ""

    def find_tool(self) -> tools.Tool:
        return tools.caddy()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def account(self) -> account.Account:
        # In a checkout that others cannot enter, only the one who runs ./dev can read the files to serve.
        user = account.engine_account()
        return user if user.can_enter(ROOT) else account.Account(None, None)

    def set_script_hashes(self, snippet: str) -> None:
        self._csp = snippet

    def prepare(self) -> None:
        self.write("Caddyfile", CONFIG.read_text())
        self.write("csp.caddy", self._csp)

    def environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            **super().environment(),
            # Certificates and autosaved settings stay in this instance.
            **{name: folder for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")},
            **self._site(),
        }

    def _site(self) -> dict[str, str]:
        return {
            "KITH_SITE_ADDRESS": f"http://:{self.port}",
            "KITH_SITE_BIND": "127.0.0.1",
            "KITH_SITE_ROOT": str(BUILD if BUILD.is_dir() else self.folder / "empty"),
            "KITH_SITE_CSP": str(self.folder / "csp.caddy"),
            **self._settings(),
        }

    def command(self) -> list[str]:
        return [
            str(self.tool.path),
            "run",
            *("--adapter", "caddyfile"),
            *("--config", str(self.folder / "Caddyfile")),
        ]

    def material(self) -> str:
        return super().material() + CONFIG.read_text() + self._csp + json.dumps(self._site())

    def probe(self) -> str | None:
        # Any answer of its own will do: whether the services behind it are ready is asked of them.
        try:
            urllib.request.urlopen(f"{self.url}/_app/immutable/none", timeout=2)
        except urllib.error.HTTPError:
            return None
        except OSError as error:
            return str(error)
        return None
