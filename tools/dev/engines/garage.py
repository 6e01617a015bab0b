"""The object store: Garage, and a small stand-in until Garage is built."""

import socket
import urllib.error
import urllib.request
from pathlib import Path

from .. import credentials, ports, tools
from ..instance import Instance
from .engine import Engine

BUCKET = "kith"
# The id of a key in the form that Garage wants: GK and 24 digits.
ACCESS_KEY = "GK4b6974680000000000000000"


class Garage(Engine):
    """One node that makes its own layout, bucket and key at the first start."""

    name = "garage"
    region = "garage"

    def find_tool(self) -> tools.Tool:
        return tools.garage()

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def rpc_port(self) -> int:
        return ports.known(self.instance, f"{self.name}-rpc") or 0

    def claim_ports(self) -> None:
        super().claim_ports()
        ports.claim(self.instance, f"{self.name}-rpc")

    @property
    def secret_key(self) -> str:
        return credentials.key(self.instance, "objects-secret-key")

    def prepare(self) -> None:
        self.write(
            "garage.toml",
            f"""\
metadata_dir = "{self.folder}/meta"
data_dir = "{self.folder}/data"
db_engine = "lmdb"
replication_factor = 1
metadata_fsync = true
data_fsync = true
rpc_bind_addr = "127.0.0.1:{self.rpc_port}"
[s3_api]
s3_region = "{self.region}"
api_bind_addr = "{self.address}"
""",
        )

    def command(self) -> list[str]:
        return [
            *(str(self.tool.path), "--config", str(self.folder / "garage.toml")),
            *("server", "--single-node", "--default-bucket"),
        ]

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "GARAGE_RPC_SECRET": credentials.key(self.instance, "garage-rpc-secret"),
            "GARAGE_DEFAULT_BUCKET": BUCKET,
            "GARAGE_DEFAULT_ACCESS_KEY": ACCESS_KEY,
            "GARAGE_DEFAULT_SECRET_KEY": self.secret_key,
            "RUST_LOG": "garage=info,warn",
        }

    def probe(self) -> str | None:
        return refuses_strangers(self.url)


class SmallStore(Engine):
    """s3s-fs: the same protocol over a folder, with nothing of what makes an object store last. Built in some minutes."""

    name = "objects"
    region = "garage"

    def find_tool(self) -> tools.Tool:
        return tools.small_store()

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def secret_key(self) -> str:
        return credentials.key(self.instance, "objects-secret-key")

    def prepare(self) -> None:
        folder = self.folder / "data" / BUCKET
        folder.mkdir(parents=True, exist_ok=True)
        for path in (folder.parent, folder):
            self.account().own(path)

    def command(self) -> list[str]:
        # The key stands in its arguments, which others on this machine can see: it is for development only.
        return [
            *(str(self.tool.path), "--host", "127.0.0.1", "--port", str(self.port)),
            *("--access-key", ACCESS_KEY, "--secret-key", self.secret_key),
            str(self.folder / "data"),
        ]

    def probe(self) -> str | None:
        return refuses_strangers(self.url)


def refuses_strangers(url: str) -> str | None:
    """None when it answers somebody without a key, as it should: not with what they asked for."""
    try:
        urllib.request.urlopen(f"{url}/{BUCKET}", timeout=2)
    except urllib.error.HTTPError as error:
        return None if error.code in (400, 403) else f"it answers {error.code}"
    except (OSError, socket.timeout) as error:
        return str(error)
    return "it lets strangers in"


def chosen_store(instance: Instance) -> Garage | SmallStore:
    """The one that this instance's files are in: the small one if it began with that and was not moved since."""
    return SmallStore(instance) if marker(instance).exists() else Garage(instance)


def marker(instance: Instance) -> Path:
    return instance.folder() / "small-store"
