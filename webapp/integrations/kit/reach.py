"""The first rungs of every connection test: does the name exist, does the server answer, is its certificate good; and
whether the two clocks agree."""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from webapp.domain.fault import Actor, Fault
from webapp.domain.stream import Stream
from webapp.domain.wording import Sentence

from .call_record import CallRecord
from .certificate import certificate_error, end_of, shake_hands
from .contract import Rung
from .errors import (
    N_,
    AddressRefused,
    AddressWrong,
    ContractBroken,
    NotFound,
    PermissionMissing,
    ProviderError,
    ProviderUnavailable,
)
from .guard import Address, is_here, resolve
from .http import ProviderClient

SKEW_WARNED = 60.0  # seconds
SKEW_BROKEN = 300.0  # most signed or timed schemes allow five minutes
CERTIFICATE_WARNED = timedelta(days=14)

NAME = N_("Server name")
PORT = N_("Connection")
CERTIFICATE = N_("Certificate")
CLOCK = N_("Clock")
NO_TIME = Sentence(N_("Not known: the provider does not tell its time."))

LABELS: Mapping[str, str] = {
    "login": N_("Login"),
    "property": N_("Property/Hotel ID"),
    "stream:guests": N_("Guest profiles"),
    "stream:bookings": N_("Bookings/Reservations"),
    "stream:check_ins": N_("Check-ins/Check-outs"),
    "stream:availability": N_("Room availability"),
    "stream:rates": N_("Rates and packages"),
}
"""Of the rungs that every PMS has."""

SET_THE_CLOCK = N_(
    "Let this machine take its time from the network (NTP). If this machine's clock is right, tell the provider "
    "that its own is not."
)
CLOCK_OFF = Fault(
    code="clock_off",
    message=N_("This machine and the provider differ by %(seconds)s seconds."),
    advice=SET_THE_CLOCK,
    actor=Actor.IT,
)
CLOCK_WRONG = Fault(
    code="clock_wrong",
    message=N_("This machine and the provider differ by %(seconds)s seconds: tokens and signatures fail."),
    advice=SET_THE_CLOCK,
    actor=Actor.IT,
)
CERTIFICATE_ENDS = Fault(
    code="certificate_ends",
    message=N_("The certificate of %(host)s ends on %(day)s."),
    advice=N_("Its owner must renew it before that day, or every sync fails."),
    actor=Actor.VENDOR,
)


def reach(client: ProviderClient) -> Iterator[Rung]:
    """Name, port and, with https, the certificate. The last rung is not ok when the ladder must stop there."""
    parts = urlsplit(client.base_url)
    host = parts.hostname or ""
    is_encrypted = parts.scheme == "https"
    port = parts.port or (443 if is_encrypted else 80)
    began = time.monotonic()
    try:
        addresses = resolve(host, port, client.policy, is_encrypted=is_encrypted)
        if port in client.own_ports and any(map(is_here, addresses)):
            raise AddressRefused(host, "own")
    except ProviderError as error:
        yield broken("name", NAME, error, began)
        return
    yield Rung("name", NAME, True, ms_since(began), detail=str(addresses[0]))
    began = time.monotonic()
    try:
        plain, address = _dial(host, port, addresses, client.timeouts.connect)
    except ProviderError as error:
        yield broken("port", PORT, error, began)
        return
    with plain:
        yield Rung("port", PORT, True, ms_since(began), detail=str(port))
        if is_encrypted:
            yield _certificate(plain, host, address, port, client)


def clock_rung(sent_at: datetime | None, now: datetime) -> Rung:
    """Over a minute is a warning, over five breaks the ladder; `sent_at` None: the provider does not tell its time."""
    if sent_at is None:
        return Rung("clock", CLOCK, True, notes=(NO_TIME,), is_known=False)
    skew = (sent_at - now).total_seconds()
    detail = f"{skew:+.0f} s"
    if abs(skew) <= SKEW_WARNED:
        return Rung("clock", CLOCK, True, detail=detail)
    stops = abs(skew) > SKEW_BROKEN
    base = CLOCK_WRONG if stops else CLOCK_OFF
    fault = Fault(base.code, base.message, base.advice, base.actor, {"seconds": f"{skew:+.0f}"})
    return Rung("clock", CLOCK, False, detail=detail, fault=fault, stops=stops)


def clock_before_login(
    rungs: Iterable[Rung], calls: Sequence[CallRecord], now: Callable[[], datetime]
) -> Iterator[Rung]:
    """The same rungs, the clock ahead of the login: its time comes with the login's answer, and a clock that is wrong
    explains why a login is refused. No call is made for it: some logins are scarce. `calls` grows meanwhile."""
    login: Rung | None = None
    for rung in rungs:
        if rung.name != "login":
            ahead = (rung, login) if rung.name == "clock" else (login, rung)
            yield from (one for one in ahead if one is not None)
            login = None
        elif rung.ok:
            login = rung
        else:
            sent_at = next((call.sent_at for call in reversed(calls) if call.sent_at), None)
            clock = clock_rung(sent_at, now())
            if sent_at is not None:
                yield clock
            if clock.ok or not clock.stops:
                yield rung
    if login is not None:
        yield login


def broken(name: str, label: str, error: ProviderError, began: float, *, stops: bool = True) -> Rung:
    """A rung that broke; `began` is a monotonic time."""
    return Rung(name, label, False, ms_since(began), detail=error.detail, fault=error.fault, stops=stops)


def broken_stream(stream: Stream, error: ProviderError, began: float, *passing: type[ProviderError]) -> Rung:
    """One kind of data that is not allowed, not there or not understood leaves the others usable, and so does an error
    of the vendor's own that is `passing`; every other one stops the ladder."""
    name = f"stream:{stream.value}"
    stops = not isinstance(error, (PermissionMissing, NotFound, ContractBroken, *passing))
    return broken(name, LABELS[name], error, began, stops=stops)


def of_address(client: ProviderClient, error: ProviderError) -> ProviderError:
    """Nothing at the very first place we ask: the endpoint URL is not that of the vendor's API."""
    if isinstance(error, NotFound):
        return AddressWrong(client.host, "not_found", error.detail)
    return error


def ms_since(began: float) -> int:
    """Since a monotonic time."""
    return int((time.monotonic() - began) * 1000)


def _dial(
    host: str, port: int, addresses: tuple[Address, ...], timeout: float
) -> tuple[socket.socket, Address]:
    """An open socket to the first address that answers."""
    for address in addresses:
        try:
            return socket.create_connection((str(address), port), timeout), address
        except TimeoutError:
            failure: ProviderError = ProviderUnavailable("connect_timeout")
        except OSError:
            failure = AddressWrong(f"{host}:{port}", "closed")
    raise failure


def _certificate(
    plain: socket.socket, host: str, address: Address, port: int, client: ProviderClient
) -> Rung:
    """Good until when; soon over is a warning."""
    began = time.monotonic()
    try:
        found = shake_hands(plain, host)
    except ssl.SSLError as error:
        ends_at = (
            end_of(host, str(address), port, client.timeouts.connect)
            if isinstance(error, ssl.SSLCertVerificationError)
            else None
        )
        return broken("certificate", CERTIFICATE, certificate_error(host, error, ends_at), began)
    except TimeoutError:
        return broken("certificate", CERTIFICATE, ProviderUnavailable("connect_timeout"), began)
    except OSError as error:
        reset = ProviderUnavailable("reset", type(error).__name__)
        return broken("certificate", CERTIFICATE, reset, began)
    day = found.ends_at.date().isoformat() if found.ends_at else ""
    if found.ends_at is not None and found.ends_at - client.clock() < CERTIFICATE_WARNED:
        base = CERTIFICATE_ENDS
        fault = Fault(base.code, base.message, base.advice, base.actor, {"host": host, "day": day})
        return Rung(
            "certificate",
            CERTIFICATE,
            False,
            ms_since(began),
            detail=f"{found.version} {day}",
            fault=fault,
            stops=False,
        )
    return Rung("certificate", CERTIFICATE, True, ms_since(began), detail=f"{found.version} {day}".strip())
