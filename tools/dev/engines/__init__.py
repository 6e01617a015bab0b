"""The engines, in the order in which they start."""

from ..instance import Instance
from .engine import Engine
from .garage import ACCESS_KEY, BUCKET, Garage, SmallStore, chosen_store
from .livekit import LiveKit
from .nats import USERS, Nats
from .postgres import Postgres
from .redis import Redis


def all_engines(instance: Instance) -> list[Engine]:
    return [Postgres(instance), Nats(instance), Redis(instance), chosen_store(instance), LiveKit(instance)]


def describe(instance: Instance) -> dict:
    """Addresses and credentials of the running engines, for tests and scripts."""
    postgres, nats, redis = Postgres(instance), Nats(instance), Redis(instance)
    objects, livekit = chosen_store(instance), LiveKit(instance)
    return {
        "postgres": {"url": postgres.url, "superuser_url": postgres.superuser_url},
        "nats": {"url": nats.url, "users": {user: nats.password(user) for user in USERS}},
        "redis": {"url": redis.url},
        "objects": {"url": objects.url, "engine": objects.name},
        "livekit": {"url": livekit.url, "udp_port": livekit.udp_port, "tcp_port": livekit.tcp_port},
    }
