"""Signatures of inbound calls: HMAC families, compared in constant time, tolerant of garbage."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from webapp.domain.wording import N_
from webapp.vault import Secret

from .errors import SignatureRejected

_LONGEST_HEADER = 4096


@dataclass(frozen=True, slots=True)
class HmacScheme:
    """How a provider signs.

    signed     raw: the body; timestamp: `timestamp.body`; id_timestamp: `id.timestamp.body` (Standard Webhooks)
    prefix     text before each signature, e.g. `sha256=` or `v1,`
    key        how a secret becomes bytes: its text, or base64 after an optional `whsec_` (Standard Webhooks)
    tolerance  seconds a signed time may lie in the past or the future
    """

    header: str
    algorithm: Literal["sha256", "sha1"] = "sha256"  # sha1 for providers that offer nothing newer
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    signed: Literal["raw", "timestamp", "id_timestamp"] = "raw"
    timestamp_header: str = ""
    id_header: str = ""
    tolerance: float = 300.0
    key: Literal["text", "base64"] = "text"


STANDARD_WEBHOOKS = HmacScheme(
    "webhook-signature",
    encoding="base64",
    prefix="v1,",
    signed="id_timestamp",
    timestamp_header="webhook-timestamp",
    id_header="webhook-id",
    key="base64",
)
SVIX = replace(
    STANDARD_WEBHOOKS, header="svix-signature", timestamp_header="svix-timestamp", id_header="svix-id"
)


def verify_hmac(
    scheme: HmacScheme, headers: Mapping[str, str], body: bytes, secrets: Iterable[Secret], now: datetime
) -> None:
    """Raises SignatureRejected, and only that. Any of several signatures (separated by blanks or commas) by any of
    several secrets (old and new during a rotation) will do. Header names are compared without case."""
    named = {name.lower(): value for name, value in headers.items()}
    given = _ascii(named.get(scheme.header.lower(), ""), N_("the signature header holds something else"))
    if not given:
        raise SignatureRejected(N_("the signature header is missing"))
    content = _signed_content(scheme, named, body, now)
    wanted = [
        digest for secret in secrets if secret and (digest := _digest(secret, content, scheme)) is not None
    ]
    if not wanted:
        raise SignatureRejected(N_("no signing secret is stored here"))
    is_known = False
    for candidate in _candidates(given, scheme):
        for digest in wanted:
            # Not a short-circuiting any(): all comparisons are made, whichever fits.
            is_known |= hmac.compare_digest(candidate, digest)
    if not is_known:
        raise SignatureRejected(N_("the signature does not match"))


def verify_secret_header(headers: Mapping[str, str], name: str, secret: Secret) -> None:
    """For providers that send a fixed secret in a header instead of signing. Raises SignatureRejected."""
    given = {key.lower(): value for key, value in headers.items()}.get(name.lower(), "")
    if not given:
        raise SignatureRejected(N_("the secret header is missing"))
    if not _is_same(given, secret):
        raise SignatureRejected(N_("the secret header does not match"))


def verify_basic(headers: Mapping[str, str], username: str, secret: Secret) -> None:
    """For providers that log in with a user name and a password. Raises SignatureRejected."""
    given = {key.lower(): value for key, value in headers.items()}.get("authorization", "")
    kind, _, encoded = given.partition(" ")
    if kind.lower() != "basic" or not encoded:
        raise SignatureRejected(N_("the login is missing"))
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        raise SignatureRejected(N_("the login cannot be read")) from None
    # Both are compared, whichever is wrong.
    fits = [_is_same(user, Secret(username)), _is_same(password, secret)]
    if not (colon and all(fits)):
        raise SignatureRejected(N_("the login does not match"))


def _is_same(given: str, secret: Secret) -> bool:
    wanted = secret.reveal()
    is_equal = hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
    return bool(wanted) and is_equal


def _signed_content(scheme: HmacScheme, headers: Mapping[str, str], body: bytes, now: datetime) -> bytes:
    if scheme.signed == "raw":
        return body
    stamp = _ascii(
        headers.get(scheme.timestamp_header.lower(), ""), N_("the timestamp header holds something else")
    )
    try:
        sent_at = float(stamp)
    except ValueError:
        raise SignatureRejected(N_("the timestamp is missing or not a number")) from None
    if not abs(now.timestamp() - sent_at) <= scheme.tolerance:  # also refuses NaN
        raise SignatureRejected(N_("the timestamp is too old or too new"))
    parts = [stamp.encode(), body]
    if scheme.signed == "id_timestamp":
        identity = _ascii(headers.get(scheme.id_header.lower(), ""), N_("the id header holds something else"))
        if not identity:
            raise SignatureRejected(N_("the message id is missing"))
        parts.insert(0, identity.encode())
    return b".".join(parts)


def _digest(secret: Secret, content: bytes, scheme: HmacScheme) -> bytes | None:
    """None for a secret that is no base64 where it must be."""
    text = secret.reveal()
    try:
        key = text.encode() if scheme.key == "text" else _base64_key(text)
    except (ValueError, binascii.Error):
        return None
    return hmac.new(key, content, getattr(hashlib, scheme.algorithm)).digest()


def _base64_key(text: str) -> bytes:
    bare = text.removeprefix("whsec_")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)


def _candidates(given: str, scheme: HmacScheme) -> list[bytes]:
    """The digests a header names; what does not decode is no candidate."""
    found = []
    # A comma separates signatures, unless it is part of the prefix (`v1,`).
    texts = given.split() if "," in scheme.prefix else given.replace(",", " ").split()
    for text in texts:
        if not text.startswith(scheme.prefix):
            continue
        bare = text[len(scheme.prefix) :]
        try:
            found.append(
                bytes.fromhex(bare) if scheme.encoding == "hex" else base64.b64decode(bare, validate=True)
            )
        except (ValueError, binascii.Error):
            continue
    return found


def _ascii(text: str, complaint: str) -> str:
    stripped = text.strip()
    if len(stripped) > _LONGEST_HEADER or not stripped.isascii():
        raise SignatureRejected(complaint)
    return stripped
