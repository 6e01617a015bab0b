"""Passwords and keys of one instance, made once, readable by their owner only."""

import secrets
from pathlib import Path

from .instance import Instance, write


def _file(instance: Instance, name: str) -> Path:
    folder = instance.folder("secrets")
    folder.chmod(0o700)
    return folder / name


def password(instance: Instance, name: str) -> str:
    """A random password. The leading letter keeps configuration parsers from reading a number."""
    path = _file(instance, name)
    if not path.exists():
        write(path, "p" + secrets.token_hex(20), 0o600)
    return path.read_text()


def key(instance: Instance, name: str) -> str:
    """32 random bytes in hex."""
    path = _file(instance, name)
    if not path.exists():
        write(path, secrets.token_hex(32), 0o600)
    return path.read_text()


def stored(instance: Instance, name: str, value: str) -> Path:
    """A file that holds `value`, for a service that reads secrets from files."""
    path = _file(instance, name)
    if not path.exists() or path.read_text() != value:
        write(path, value, 0o600)
    return path
