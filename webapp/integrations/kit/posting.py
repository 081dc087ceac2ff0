"""Sends one signed call to an address that an admin named: guarded, timed, never redirected, its answer cut short.

Source of the wire format: Standard Webhooks, specification 1.0.0.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from webapp.vault import Secret

from .deadline import Deadline
from .errors import AddressRefused, AddressWrong, ProviderError
from .guard import NetworkPolicy
from .transport import transport_error

if TYPE_CHECKING:
    import requests

USER_AGENT = "AIHotelAssistant-Webhooks/1"
CONNECT, TOTAL = 5.0, 15.0
MOST_READ, MOST_KEPT = 64_000, 2_000
LONGEST_RETRY_AFTER = 24 * 3600.0
_CHUNK = 4_096
_SECRET_PREFIX = "whsec_"  # noqa: S105  # what all of them begin with


@dataclass(frozen=True, slots=True)
class Posted:
    """How a call went. `error` is empty for an answer: dns, connect, tls, timeout, blocked, broken otherwise.

    `answer` are the first bytes of the body; `retry_after` seconds, when the receiver asked for rest.
    """

    status: int | None
    ms: int
    error: str = ""
    answer: bytes = b""
    retry_after: float | None = None

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def key_of(secret: Secret) -> bytes:
    """The bytes that sign. Raises ValueError for what is no `whsec_` secret."""
    text = secret.reveal()
    if not text.startswith(_SECRET_PREFIX):
        raise ValueError("a signing secret begins with whsec_")
    try:
        return base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a signing secret is base64 after whsec_") from None


def new_secret(random: bytes) -> Secret:
    """`random`: 32 bytes."""
    return Secret(_SECRET_PREFIX + base64.b64encode(random).decode())


def signed_headers(event_id: str, at: datetime, body: bytes, secrets: Sequence[Secret]) -> dict[str, str]:
    """The three headers; one signature for each secret, the newest first."""
    moment = str(int(at.timestamp()))
    content = b"%b.%b.%b" % (event_id.encode(), moment.encode(), body)
    signatures = [hmac.digest(key_of(secret), content, hashlib.sha256) for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }


class Poster:
    """One keep-alive session for one endpoint; used by one thread at a time.

    `own_ports` are those that this hub listens on: on this machine they are never called. `authority` are certificates
    (PEM) that are trusted besides the public ones.
    """

    def __init__(
        self,
        policy: NetworkPolicy,
        *,
        clock: Callable[[], datetime],
        should_stop: Callable[[], bool],
        own_ports: frozenset[int] = frozenset(),
        authority: str = "",
    ) -> None:
        from .guarded_session import (
            guard_session,  # brings the HTTP library, which a hub at rest does without
        )

        self._session: requests.Session = guard_session(policy, own_ports, authority)
        self._session.headers.clear()
        self._clock = clock
        self._should_stop = should_stop

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._session.close()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """Raises nothing: every ending is a `Posted`."""
        import requests

        parts = urlsplit(url)
        began = time.monotonic()
        sent = {"Content-Type": "application/json", "User-Agent": USER_AGENT, **headers}
        with Deadline(TOTAL, self._should_stop) as deadline:
            try:
                response = self._session.post(
                    url, data=body, headers=sent, timeout=(CONNECT, TOTAL), allow_redirects=False, stream=True
                )
                with response:
                    answer = _beginning(response)
            except (requests.RequestException, ProviderError, OSError) as error:
                kind = "timeout" if deadline.cut_by else _kind(error, parts.hostname or "")
                return Posted(None, _ms(began), kind)
        if deadline.cut_by is not None:
            return Posted(None, _ms(began), "timeout")
        rest = _retry_after(response.headers.get("Retry-After", ""), self._clock())
        return Posted(response.status_code, _ms(began), answer=answer, retry_after=rest)


def is_allowed_port(port: int | None) -> bool:
    """443, 80, or one that an ordinary program may listen on."""
    return port is None or port in (80, 443) or port > 1023


def _beginning(response: "requests.Response") -> bytes:
    """What is kept. No more than `MOST_READ` is taken; a receiver that sends on is hung up on."""
    kept, size = b"", 0
    for chunk in response.iter_content(_CHUNK):
        size += len(chunk)
        kept += chunk[: max(MOST_KEPT - len(kept), 0)]
        if size >= MOST_READ:
            break
    return kept


def _kind(error: Exception, host: str) -> str:
    found = error if isinstance(error, ProviderError) else transport_error(error, host, TOTAL)
    if isinstance(found, AddressRefused):
        return "blocked"
    if isinstance(found, AddressWrong):
        return "dns" if found.kind == "unknown_host" else "connect"
    return {"certificate_rejected": "tls", "provider_hung": "timeout", "provider_unavailable": "connect"}.get(
        found.code, "broken"
    )


def _retry_after(text: str, now: datetime) -> float | None:
    """Seconds or an HTTP date, never more than a day; None for what is neither."""
    try:
        seconds = float(text) if text.strip().isdigit() else _until(text, now)
    except ValueError:
        return None
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _until(text: str, now: datetime) -> float | None:
    if not text.strip():
        return None
    at = parsedate_to_datetime(text)
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()


def _ms(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
