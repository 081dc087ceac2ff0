"""The fault catalogue: every trouble at every vendor, and the doctor names the right rung, fault and person each time.

A vendor joins by its entry in `every_provider.PROVIDERS`; a trouble by a line in a table below.
"""

import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from requests import adapters
from sqlalchemy import delete

from simulator.faults import FaultKind
from tests import cast
from tests.conftest import LOOPBACK, FixedClock
from tests.integrations.every_provider import PROVIDERS
from tests.integrations.providers import Running
from tests.integrations.tls_listener import NAME, tls_listener
from tests.integrations.vendor import free_port
from webapp.domain.fault import Actor
from webapp.domain.stream import Stream
from webapp.integrations import registry
from webapp.integrations.kit.contract import Credentials, Rung
from webapp.integrations.kit.http import Timeouts
from webapp.models import Model
from webapp.runtime import Runtime
from webapp.services.connection_check import try_out
from webapp.services.connection_verdict import Outcome, VerdictKind
from webapp.services.installation import open_runtime
from webapp.settings import Settings

OURS = [key for key, module in registry.PROVIDERS.items() if module.startswith("webapp.")]
QUICK = Timeouts(connect=0.5, read=1.5, total=2.5)
"""For those who are silent; all others are given the time that a person gives them."""
ADMIN, IT, VENDOR, NOBODY, US = Actor.ADMIN, Actor.IT, Actor.VENDOR, Actor.NOBODY, Actor.US


@dataclass(frozen=True)
class Found:
    """What the doctor must say. An empty rung is that of the closed kind of data."""

    rung: str
    code: str
    actor: Actor
    stops: bool = True


@dataclass(frozen=True)
class Trouble:
    """A fault of the pretend vendor; `elsewhere` is what a vendor with other ways makes of it. `unseen` names vendors
    whose answers may leave everything out: there it looks like no record, which a sync calls a suspicious zero."""

    name: str
    kind: FaultKind
    found: Found
    settings: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: Mapping[str, Found] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()

    def at(self, key: str) -> Found:
        return self.elsewhere.get(key, self.found)


FROM_THE_START = (
    Trouble("key unknown", FaultKind.UNAUTHORIZED, Found("login", "credentials_rejected", ADMIN)),
    Trouble("nothing there", FaultKind.NOT_FOUND, Found("login", "address_wrong", ADMIN)),
    Trouble(
        "too many calls",
        FaultKind.RATE_LIMITED,
        Found("login", "rate_limited", NOBODY),
        {"retry_after": 90},
        {
            "guesty": Found("login", "rate_limited", ADMIN)
        },  # its day's tokens are used up: somebody else uses them
    ),
    Trouble("outage", FaultKind.UNAVAILABLE, Found("login", "provider_unavailable", NOBODY)),
    Trouble("web page", FaultKind.HTML, Found("login", "answer_not_json", ADMIN)),
    Trouble("cut off", FaultKind.TRUNCATED, Found("login", "answer_truncated", NOBODY)),
    Trouble("broken JSON", FaultKind.GARBAGE_JSON, Found("login", "answer_truncated", NOBODY)),
    Trouble("dropped", FaultKind.DROP, Found("login", "provider_unavailable", NOBODY)),
    Trouble("redirect", FaultKind.REDIRECT, Found("login", "address_wrong", ADMIN)),
    Trouble("silence", FaultKind.HANG, Found("login", "provider_hung", NOBODY), {"seconds": 4.0}),
)
LATER = (
    Trouble("scope missing", FaultKind.FORBIDDEN, Found("", "permission_missing", ADMIN, stops=False)),
    Trouble("too many calls", FaultKind.RATE_LIMITED, Found("", "rate_limited", NOBODY), {"retry_after": 90}),
    Trouble("outage", FaultKind.UNAVAILABLE, Found("", "provider_unavailable", NOBODY)),
    Trouble("web page", FaultKind.HTML, Found("", "answer_not_json", ADMIN, stops=False)),
    Trouble("cut off", FaultKind.TRUNCATED, Found("", "answer_truncated", NOBODY)),
    Trouble("dropped", FaultKind.DROP, Found("", "provider_unavailable", NOBODY)),
    Trouble("redirect", FaultKind.REDIRECT, Found("", "address_wrong", ADMIN)),
    Trouble("silence", FaultKind.HANG, Found("", "provider_hung", NOBODY), {"seconds": 4.0}),
    Trouble("nothing there", FaultKind.NOT_FOUND, Found("", "not_found", ADMIN, stops=False)),
    Trouble(
        "another shape",
        FaultKind.WRONG_SHAPE,
        Found("", "contract_broken", US, stops=False),
        elsewhere={"custom_rest": Found("", "recipe_wrong", ADMIN, stops=False)},
        unseen=frozenset({"cloudbeds", "opera_cloud"}),
    ),
)
SKEWS = (
    ("a minute fast", 60, None),
    ("two minutes fast", 120, Found("clock", "clock_off", IT, stops=False)),
    ("two minutes slow", -120, Found("clock", "clock_off", IT, stops=False)),
    ("six minutes fast", 360, Found("clock", "clock_wrong", IT)),
    ("six minutes slow", -360, Found("clock", "clock_wrong", IT)),
)
ADDRESSES = (
    ("private", "https://10.1.2.3/api", Found("name", "address_refused", IT)),
    ("metadata", "http://169.254.169.254/latest", Found("name", "address_refused", IT)),
    ("plain http", "http://93.184.216.34/api", Found("name", "address_refused", IT)),
    ("no such name", "https://no-such-pms.invalid/api", Found("name", "address_wrong", ADMIN)),
)
CERTIFICATES: tuple[tuple[str, Mapping[str, Any], Found], ...] = (
    ("expired", {"days": (-30, -1)}, Found("certificate", "certificate_expired", VENDOR)),
    ("not yet valid", {"days": (2, 30)}, Found("certificate", "certificate_expired", VENDOR)),
    (
        "another name",
        {"name": "elsewhere.example.com"},
        Found("certificate", "certificate_wrong_host", ADMIN),
    ),
    ("self-made", {"is_self_made": True}, Found("certificate", "certificate_rejected", IT)),
    ("silent", {"is_silent": True}, Found("certificate", "provider_unavailable", NOBODY)),
)
COMBINATIONS = len(FROM_THE_START) + len(LATER) + len(SKEWS) + len(ADDRESSES) + len(CERTIFICATES) + 3
"""A vendor's: with a dead port, a wrong key and a wrong hotel id."""


# --- the stage ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Runtime, FixedClock]]:
    """One hub for all: a test leaves nothing in it but the ledger of scarce tokens."""
    clock = FixedClock()
    settings = Settings.from_env(LOOPBACK, data_dir=tmp_path_factory.mktemp("hospital"))
    hub = open_runtime(settings, clock=clock).runtime
    cast.set_the_stage(hub)
    yield hub, clock
    hub.close()


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.setattr(Timeouts, "of_a_check", lambda: QUICK)


@dataclass
class Case:
    """One vendor at work, and the doctor to call."""

    key: str
    running: Running
    hub: Runtime
    clock: FixedClock

    @property
    def closed(self) -> tuple[Stream, str]:
        return self.running.telling.closed

    def call_the_doctor(self, credentials: Credentials | None = None, **options: Any) -> Outcome:
        given = credentials or self.running.good
        streams = [self.closed[0].value, Stream.BOOKINGS.value]
        return try_out(self.hub, self.key, {**given.options, **options}, given.secrets, streams)


@pytest.fixture(params=OURS)
def case(request: pytest.FixtureRequest, hospital: tuple[Runtime, FixedClock]) -> Iterator[Case]:
    hub, clock = hospital
    with hub.writing() as session:
        for table in ("token_request", "shared_token", "token_client"):
            session.execute(delete(Model.metadata.tables[table]))
    with PROVIDERS[request.param]() as running:
        clock.now = running.world.clock.now() + timedelta(seconds=1)
        yield Case(request.param, running, hub, clock)


def must_say(case: Case, outcome: Outcome, found: Found) -> Rung:
    """The right rung, fault and person; nothing after a rung that stops; words for all of it; and no secret."""
    broken = [rung for rung in outcome.rungs if not rung.ok]
    assert broken, [rung.name for rung in outcome.rungs]
    rung = broken[0]
    assert rung.fault is not None
    name = found.rung or f"stream:{case.closed[0].value}"
    said = (rung.name, rung.fault.code, rung.fault.actor, rung.stops)
    assert said == (name, found.code, found.actor, found.stops)
    assert all(before.ok for before in outcome.rungs[: outcome.rungs.index(rung)])
    if found.stops:
        assert rung is outcome.rungs[-1]
        assert outcome.verdict.kind is VerdictKind.FAILED
        assert outcome.verdict.title
        assert outcome.verdict.advice
    else:
        assert outcome.verdict.kind is VerdictKind.PARTLY
    shown = repr(outcome)
    assert not [secret for secret in case.running.secrets if secret in shown]
    if outcome.letter is not None:
        assert found.code in outcome.letter.subject
        assert not [secret for secret in case.running.secrets if secret in outcome.letter.body]
    return rung


# --- the catalogue --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", FROM_THE_START, ids=lambda trouble: trouble.name)
def test_trouble_from_the_first_call_on(case: Case, trouble: Trouble, hurry: Callable[[], None]) -> None:
    if trouble.kind is FaultKind.HANG:
        hurry()
    case.running.fault(trouble.kind, **trouble.settings)
    must_say(case, case.call_the_doctor(), trouble.at(case.key))


@pytest.mark.parametrize("trouble", LATER, ids=lambda trouble: trouble.name)
def test_trouble_with_one_kind_of_data(case: Case, trouble: Trouble, hurry: Callable[[], None]) -> None:
    if trouble.kind is FaultKind.HANG:
        hurry()
    case.running.fault(trouble.kind, match=case.closed[1], **trouble.settings)
    outcome = case.call_the_doctor()
    if case.key in trouble.unseen:
        assert outcome.verdict.kind is VerdictKind.PROVEN
        return
    must_say(case, outcome, trouble.at(case.key))


@pytest.mark.parametrize(("seconds", "found"), [skew[1:] for skew in SKEWS], ids=[skew[0] for skew in SKEWS])
def test_clocks_that_differ(case: Case, seconds: int, found: Found | None) -> None:
    case.clock.advance(seconds=seconds - 1)
    outcome = case.call_the_doctor()
    if found is None:
        assert outcome.verdict.kind is VerdictKind.PROVEN
    else:
        must_say(case, outcome, found)


@pytest.mark.parametrize(
    ("address", "found"), [row[1:] for row in ADDRESSES], ids=[row[0] for row in ADDRESSES]
)
def test_addresses_that_are_not_called(
    case: Case, address: str, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any connection is made: none can be."""
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *rest: Any, **more: Any) -> Any:
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return real(host, *rest, **more)

    def connect(*_: Any) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)
    must_say(case, case.call_the_doctor(endpoint_url=address), found)


@pytest.mark.parametrize(
    ("made", "found"), [row[1:] for row in CERTIFICATES], ids=[row[0] for row in CERTIFICATES]
)
def test_certificates_that_are_not_good(
    case: Case,
    made: Mapping[str, Any],
    found: Found,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    hurry: Callable[[], None],
) -> None:
    if "is_silent" in made:
        hurry()

    def getaddrinfo(host: str, port: Any, *rest: Any, **more: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port)))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with tls_listener(tmp_path, **made) as listener:
        monkeypatch.setattr(adapters, "DEFAULT_CA_BUNDLE_PATH", str(listener.authority))
        outcome = case.call_the_doctor(endpoint_url=f"https://{NAME}:{listener.port}/api")
    must_say(case, outcome, found)


def test_a_dead_port(case: Case) -> None:
    outcome = case.call_the_doctor(endpoint_url=f"http://127.0.0.1:{free_port()}/api")
    must_say(case, outcome, Found("port", "address_wrong", ADMIN))


def test_a_wrong_key(case: Case) -> None:
    must_say(case, case.call_the_doctor(case.running.bad_key), Found("login", "credentials_rejected", ADMIN))


def test_a_wrong_hotel_id(case: Case) -> None:
    outcome = case.call_the_doctor(case.running.wrong_property)
    must_say(case, outcome, Found("property", "property_unknown", ADMIN))


def test_the_catalogue_is_whole() -> None:
    assert set(OURS) == set(PROVIDERS)
    assert COMBINATIONS == 37
    unseen = sum(len(trouble.unseen) for trouble in LATER)
    assert COMBINATIONS * len(OURS) - unseen >= 220
