"""Kith's own processes: one of each role but two gateways, each by itself, as in production."""

import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from . import account, credentials, ports, processes
from .engines import ACCESS_KEY, BUCKET, Engine, LiveKit, Nats, Postgres, Redis, chosen_store
from .engines.livekit import KEY as LIVEKIT_KEY
from .failure import Failure, tail
from .instance import Instance
from .subprocesses import clean_environment

NAMESPACE = "kith"
# The front door's health check asks every gateway at the same port, as it does where each has a machine of its own:
# so here each has an address of its own.
GATEWAYS = {"gateway-1": "127.0.0.11", "gateway-2": "127.0.0.12"}


class Service(Engine):
    """A `kith run` process. Ports are shared by the processes of one role."""

    role = ""
    host = "127.0.0.1"
    ready_seconds = 60.0

    def __init__(self, instance: Instance, binary: Path | None):
        super().__init__(instance)
        self.binary = binary

    @property
    def port(self) -> int:
        return ports.known(self.instance, self.role) or 0

    @property
    def ops_port(self) -> int:
        return ports.known(self.instance, f"{self.role}-ops") or 0

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def ops_url(self) -> str:
        return f"http://{self.host}:{self.ops_port}"

    def account(self) -> account.Account:
        return account.Account(None, None)

    def claim_ports(self) -> None:
        ports.claim(self.instance, self.role, (self.host,))
        ports.claim(self.instance, f"{self.role}-ops", (self.host,))

    def settings(self) -> dict[str, str]:
        return {}

    def command(self) -> list[str]:
        if self.binary is None:
            raise Failure(f"{self.name} cannot be started", "kith is not built yet", "./dev up")
        return [str(self.binary), "run", "--role", self.role]

    def environment(self) -> dict[str, str]:
        return {**clean_environment(), **common_settings(self.instance), **self.settings()}

    def material(self) -> str:
        built = self.binary.stat() if self.binary else None
        version = (built.st_size, built.st_mtime_ns) if built else None
        return json.dumps([super().material(), version, common_settings(self.instance), self.settings()])

    def probe(self) -> str | None:
        try:
            urllib.request.urlopen(f"{self.ops_url}/health/ready", timeout=2)
        except urllib.error.HTTPError as error:
            return f"/health/ready answers {error.code}: {error.read(300).decode(errors='replace').strip()}"
        except OSError as error:
            return str(error)
        return None


class Api(Service):
    name = "api"
    role = "api"

    def settings(self) -> dict[str, str]:
        return {
            "KITH_API_LISTEN": self.address,
            # Everybody here comes from one address: the developer's.
            "KITH_API_REGISTRATIONS_PER_HOUR": "1000",
            "KITH_OPS_LISTEN": f"{self.host}:{self.ops_port}",
            **database_settings(self.instance),
            **nats_user(self.instance, "api"),
            "KITH_CACHE_URL_FILE": cache_url(self.instance),
        }


class Gateway(Service):
    role = "gateway"

    def __init__(self, instance: Instance, binary: Path | None, name: str):
        super().__init__(instance, binary)
        self.name = name
        self.host = GATEWAYS[name]

    def settings(self) -> dict[str, str]:
        return {
            "KITH_GATEWAY_LISTEN": self.address,
            "KITH_OPS_LISTEN": f"{self.host}:{self.ops_port}",
            **nats_user(self.instance, "gateway"),
        }

    def claim_ports(self) -> None:
        # One port at every gateway's address: while a neighbour runs on it, it cannot move.
        neighbours = [name for name in GATEWAYS if name != self.name and processes.running(self.instance, name)]
        for name in (self.role, f"{self.role}-ops"):
            if not neighbours:
                ports.claim(self.instance, name, tuple(GATEWAYS.values()))
                continue
            port = ports.known(self.instance, name) or 0
            if not ports.is_free(port, (self.host,)):
                raise Failure(
                    f"{self.name} cannot be started",
                    f"port {port} at {self.host} is taken by another program, and {neighbours[0]} runs on the same port",
                    f"see who has it: ss -ltnp 'sport = :{port}'; or choose new ports: ./dev stop gateway, then ./dev up",
                )


class Media(Service):
    name = "media"
    role = "media"

    def settings(self) -> dict[str, str]:
        return {
            "KITH_MEDIA_LISTEN": self.address,
            "KITH_OPS_LISTEN": f"{self.host}:{self.ops_port}",
            **database_settings(self.instance),
            **nats_user(self.instance, "media"),
            "KITH_CACHE_URL_FILE": cache_url(self.instance),
            **objects_settings(self.instance),
            **livekit_settings(self.instance),
        }


def objects_settings(instance: Instance) -> dict[str, str]:
    store = chosen_store(instance)
    return {
        "KITH_OBJECTS_ENDPOINT": store.url,
        "KITH_OBJECTS_REGION": store.region,
        "KITH_OBJECTS_BUCKET": BUCKET,
        "KITH_OBJECTS_ACCESS_KEY": ACCESS_KEY,
        "KITH_OBJECTS_SECRET_KEY_FILE": secret(instance, "objects-secret-key", store.secret_key),
    }


def livekit_settings(instance: Instance) -> dict[str, str]:
    livekit = LiveKit(instance)
    return {
        "KITH_LIVEKIT_URL": livekit.url,
        "KITH_LIVEKIT_API_KEY": LIVEKIT_KEY,
        "KITH_LIVEKIT_API_SECRET_FILE": secret(instance, "livekit-api-secret", livekit.secret),
        "KITH_LIVEKIT_UDP_PORT": str(livekit.udp_port),
        "KITH_LIVEKIT_TCP_PORT": str(livekit.tcp_port),
    }


class Presence(Service):
    name = "presence"
    role = "presence"

    def settings(self) -> dict[str, str]:
        return {
            "KITH_OPS_LISTEN": f"{self.host}:{self.ops_port}",
            **nats_user(self.instance, "presence"),
            "KITH_CACHE_URL_FILE": cache_url(self.instance),
        }

    @property
    def port(self) -> int:
        # Nobody outside talks to it; it has no port but the one for operators.
        return self.ops_port

    def claim_ports(self) -> None:
        ports.claim(self.instance, f"{self.role}-ops", (self.host,))


def cache_url(instance: Instance) -> str:
    return secret(instance, "cache-url", Redis(instance).url)


class Search(Service):
    name = "search"
    role = "search"

    @property
    def port(self) -> int:
        # It is asked over NATS only; operators look at it here.
        return self.ops_port

    def claim_ports(self) -> None:
        ports.claim(self.instance, f"{self.role}-ops", (self.host,))

    def settings(self) -> dict[str, str]:
        return {
            "KITH_OPS_LISTEN": f"{self.host}:{self.ops_port}",
            **database_settings(self.instance),
            **nats_user(self.instance, "search"),
        }


class Federation(Service):
    name = "federation"
    role = "federation"

    def settings(self) -> dict[str, str]:
        return {
            "KITH_FEDERATION_LISTEN": self.address,
            "KITH_OPS_LISTEN": f"{self.host}:{self.ops_port}",
            **federation_settings(self.instance),
            **database_settings(self.instance),
            **nats_user(self.instance, "federation"),
            "KITH_CACHE_URL_FILE": secret(self.instance, "cache-url", Redis(self.instance).url),
        }


def secret(instance: Instance, name: str, value: str) -> str:
    return str(credentials.stored(instance, name, value))


def nats_user(instance: Instance, role: str) -> dict[str, str]:
    prefix = f"KITH_{role.upper()}_NATS"
    return {
        f"{prefix}_USER": role,
        f"{prefix}_PASSWORD_FILE": secret(instance, f"nats-{role}", Nats(instance).password(role)),
    }


def database_settings(instance: Instance) -> dict[str, str]:
    return {"KITH_POSTGRES_URL_FILE": secret(instance, "postgres-url", Postgres(instance).url)}


def federation_settings(instance: Instance) -> dict[str, str]:
    # The service makes the file.
    return {"KITH_FEDERATION_KEY_PATH": str(instance.folder("secrets") / "federation-keys")}


def common_settings(instance: Instance) -> dict[str, str]:
    """What every process of the instance reads."""
    key = credentials.key(instance, "session-key")
    return {
        "KITH_INSTANCE_NAME": "localhost" if instance.name == "default" else f"{instance.name}.localhost",
        "KITH_INSTANCE_PUBLIC_URL": f"http://127.0.0.1:{ports.known(instance, 'caddy')}",
        "KITH_INSTANCE_NAMESPACE": NAMESPACE,
        "KITH_NATS_URL": Nats(instance).url,
        "KITH_NATS_REPLICAS": "1",
        "KITH_SECURITY_SESSION_KEY_FILE": secret(instance, "session-key", key),
        # Caddy, on this machine.
        "KITH_HTTP_TRUSTED_PROXIES": "127.0.0.0/8",
        "KITH_TELEMETRY_LOG": "info",
    }


def operator_settings(instance: Instance) -> dict[str, str]:
    """For `kith migrate`, `doctor` and `admin`, which see every engine."""
    return {
        **common_settings(instance),
        **Api(instance, None).settings(),
        **nats_user(instance, "gateway"),
        **nats_user(instance, "presence"),
        **nats_user(instance, "media"),
        **objects_settings(instance),
        **livekit_settings(instance),
        **nats_user(instance, "search"),
        **nats_user(instance, "federation"),
        **federation_settings(instance),
    }


def services(instance: Instance, binary: Path | None) -> list[Service]:
    gateways = (Gateway(instance, binary, name) for name in GATEWAYS)
    return [Api(instance, binary), Presence(instance, binary), *gateways, Media(instance, binary), Search(instance, binary), Federation(instance, binary)]


def front_door_settings(instance: Instance) -> dict[str, str]:
    """Where Caddy finds the services."""
    gateways = [Gateway(instance, None, name) for name in GATEWAYS]
    return {
        "KITH_API_UPSTREAMS": Api(instance, None).address,
        "KITH_API_OPS_PORT": str(Api(instance, None).ops_port),
        "KITH_GATEWAY_UPSTREAMS": " ".join(gateway.address for gateway in gateways),
        "KITH_GATEWAY_OPS_PORT": str(gateways[0].ops_port),
        "KITH_MEDIA_UPSTREAMS": Media(instance, None).address,
        "KITH_MEDIA_OPS_PORT": str(Media(instance, None).ops_port),
        "KITH_FEDERATION_UPSTREAMS": Federation(instance, None).address,
        "KITH_LIVEKIT_UPSTREAMS": LiveKit(instance).address,
    }


def migrate(instance: Instance, binary: Path) -> str:
    """Brings the database to the binary's version; returns the last line of its report."""
    log = instance.log("migrate")
    done = subprocess.run(
        [str(binary), "migrate", "up"],
        cwd=instance.data,
        env={**clean_environment(), **operator_settings(instance)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log.write_text(done.stdout)
    if done.returncode:
        raise Failure(
            "the database cannot be migrated",
            f"`kith migrate up` ended with {done.returncode}",
            "if a migration was changed after it ran here, ./dev reset starts over; the whole log: ./dev logs migrate",
            tail(done.stdout),
        )
    return tail(done.stdout, 1).strip()


