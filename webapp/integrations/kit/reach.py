"""The first rungs of every connection test: does the name exist, does the server answer, is its certificate good."""

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from .contract import Rung
from .errors import N_, AddressWrong, CertificateRejected, ProviderError, ProviderUnavailable
from .guard import Address, resolve
from .http import ProviderClient

SKEW_WARNED = 120.0  # seconds; most signed or timed schemes allow five minutes

NAME = N_("Server name")
PORT = N_("Connection")
CLOCK = N_("Clock")


def reach(client: ProviderClient) -> Iterator[Rung]:
    """Name, then port (with TLS). The last rung is not ok when the ladder must stop there."""
    parts = urlsplit(client.base_url)
    host = parts.hostname or ""
    is_encrypted = parts.scheme == "https"
    port = parts.port or (443 if is_encrypted else 80)
    began = time.monotonic()
    try:
        addresses = resolve(host, port, client.policy, is_encrypted=is_encrypted)
    except ProviderError as error:
        yield broken("name", NAME, error, began)
        return
    yield Rung("name", NAME, True, _ms(began), detail=str(addresses[0]))
    began = time.monotonic()
    try:
        version = _knock(host, port, addresses, client.timeouts.connect, is_encrypted=is_encrypted)
    except ProviderError as error:
        yield broken("port", PORT, error, began)
        return
    yield Rung("port", PORT, True, _ms(began), detail=version)


def clock_rung(sent_at: datetime | None, now: datetime) -> Rung:
    """A clock that is off is a warning: it does not stop the ladder."""
    if sent_at is None:
        return Rung("clock", CLOCK, True, detail="")
    skew = (sent_at - now).total_seconds()
    return Rung("clock", CLOCK, abs(skew) < SKEW_WARNED, detail=f"{skew:+.0f} s", stops=False)


def broken(name: str, label: str, error: ProviderError, began: float, *, stops: bool = True) -> Rung:
    """A rung that broke; `began` is a monotonic time."""
    return Rung(name, label, False, _ms(began), detail=error.detail, fault=error.fault, stops=stops)


def _ms(began: float) -> int:
    return int((time.monotonic() - began) * 1000)


def _knock(
    host: str, port: int, addresses: tuple[Address, ...], timeout: float, *, is_encrypted: bool
) -> str:
    """Opens and closes a connection; returns the TLS version, or empty."""
    for address in addresses:
        try:
            with socket.create_connection((str(address), port), timeout) as plain:
                if not is_encrypted:
                    return ""
                with ssl.create_default_context().wrap_socket(plain, server_hostname=host) as wrapped:
                    return wrapped.version() or ""
        except ssl.SSLCertVerificationError as error:
            raise CertificateRejected(host, error.verify_message) from None
        except ssl.SSLError as error:
            raise CertificateRejected(host, error.reason or "TLS") from None
        except TimeoutError:
            failure: ProviderError = ProviderUnavailable("connect_timeout")
        except OSError:
            failure = AddressWrong(f"{host}:{port}", "closed")
    raise failure
