"""What is kept of a call: headers without secrets and the body, sealed; and the call as an adapter reads it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec

from webapp.integrations.kit.contract import Hit
from webapp.models import WebhookHit
from webapp.runtime import Runtime

# They prove who called and are of no use afterwards.
_SECRET = frozenset({"authorization", "proxy-authorization", "cookie"})
_SECRET_WORDS = ("token", "secret", "api-key", "apikey", "password", "signature", "credential")
# What a rejected call may leave behind: nothing that could be a guest's or a key.
_HARMLESS = frozenset({"content-type", "content-length", "user-agent"})
_LONGEST_HEADER = 500
_MOST_HEADERS = 60


class Parcel(msgspec.Struct, frozen=True):
    """The stored part of a call; header names are lower case."""

    headers: dict[str, str]
    body: bytes | None  # None: it was not kept


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Parcel)


def seal(runtime: Runtime, hit: Hit) -> bytes:
    return runtime.vault.seal(_encode(Parcel(_without_secrets(hit.headers), hit.body)))


def seal_rejected(runtime: Runtime, hit: Hit) -> bytes:
    """Names of all headers, values of the harmless ones, no body."""
    headers = {
        name: value if name in _HARMLESS else "" for name, value in _without_secrets(hit.headers).items()
    }
    return runtime.vault.seal(_encode(Parcel(headers, None)))


def open_parcel(runtime: Runtime, row: WebhookHit) -> Parcel:
    """Raises VaultError."""
    return _decoder.decode(runtime.vault.open(row.sealed))


def as_hit(parcel: Parcel, received_at: datetime) -> Hit:
    """For `parse`: without its query, which may hold a secret and is not kept."""
    return Hit(headers=parcel.headers, query={}, body=parcel.body or b"", received_at=received_at)


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def is_secret_header(name: str) -> bool:
    return name in _SECRET or any(word in name for word in _SECRET_WORDS)


def _without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    pairs = [(name.lower(), value) for name, value in headers.items()][:_MOST_HEADERS]
    return {
        name[:_LONGEST_HEADER]: "" if is_secret_header(name) else value[:_LONGEST_HEADER]
        for name, value in pairs
    }
