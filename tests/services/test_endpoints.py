"""Endpoints: which addresses may be told, and what stays secret."""

import socket
from ipaddress import ip_network
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from tests.cast import IAN
from tests.conftest import FixedClock
from webapp.integrations.kit.guard import NetworkPolicy
from webapp.models import Endpoint, LogEntry, LogPayload
from webapp.runtime import Runtime
from webapp.services import endpoint_checks, endpoint_secrets, endpoints
from webapp.services.endpoints import EndpointInvalid, NoSuchEndpoint

GOOD = "http://127.0.0.1:8099/hooks"


def add(hub: Runtime, url: str = GOOD, **changed: object) -> endpoints.WithSecret:
    given = {"events": ["booking.created"], "actor": IAN.email, **changed}
    return endpoints.add(hub, url=url, **given)  # type: ignore[arg-type]  # one dictionary for many tests


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.7/",
        "https://192.168.1.1/hooks",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.7]/",
        "https://0x7f000001/",
        "http://203.0.113.9/",
        "https://203.0.113.9:22/",
        "https://localhost:3000/",
        "https://100.64.0.1/",
    ],
)
def test_every_address_that_is_not_allowed_gets_the_same_sentence(hub: Runtime, url: str) -> None:
    hub.outgoing_network = NetworkPolicy()
    with pytest.raises(EndpointInvalid) as told:
        add(hub, url)
    assert (told.value.field, told.value.message) == ("url", endpoint_checks.NOT_ALLOWED)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "a-name-of-this-machine"])
def test_the_hub_is_no_endpoint_of_its_own(hub: Runtime, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def getaddrinfo(name: str, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if name == "a-name-of-this-machine" else name, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    hub.own_ports = frozenset({8099})
    with pytest.raises(EndpointInvalid, match="not allowed"):
        add(hub, f"http://{host}:8099/hooks")
    assert add(hub, f"http://{host}:8098/hooks").endpoint.url.endswith(":8098/hooks")


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("url", {"url": "ftp://example.com"}),
        ("url", {"url": "example"}),
        ("url", {"url": "http://user:pass@127.0.0.1:8099/"}),
        ("url", {"url": "http://127.0.0.1:99999/"}),
        ("url", {"url": "http://127.0.0.1:8099/" + "x" * 600}),
        ("events", {"events": []}),
        ("events", {"events": ["booking.exploded"]}),
        ("events", {"events": ["webhook.test"]}),
        ("description", {"description": "x" * 121}),
    ],
)
def test_what_is_wrong_is_told_by_field(hub: Runtime, field: str, changed: dict[str, object]) -> None:
    with pytest.raises(EndpointInvalid) as told:
        add(hub, **changed)  # type: ignore[arg-type]
    assert told.value.field == field


def test_a_network_that_the_operator_opened_may_be_told_over_plain_http(hub: Runtime) -> None:
    hub.outgoing_network = NetworkPolicy(allowed_networks=(ip_network("10.20.0.0/24"),))
    assert add(hub, "http://10.20.0.5:8080/").endpoint.url == "http://10.20.0.5:8080/"
    with pytest.raises(EndpointInvalid):
        add(hub, "http://10.21.0.5:8080/")


def test_one_address_is_told_once(hub: Runtime) -> None:
    first = add(hub)
    with pytest.raises(EndpointInvalid, match="already"):
        add(hub)
    endpoints.remove(hub, first.endpoint.public_id, actor=IAN.email)
    assert add(hub).secret != first.secret
    with pytest.raises(NoSuchEndpoint):
        endpoints.disable(hub, first.endpoint.public_id, actor=IAN.email)


def test_a_secret_is_sealed_and_shown_only_on_request(hub: Runtime) -> None:
    made = add(hub, GOOD + "?token=of-the-receiver")
    text = made.secret.reveal()
    with hub.reading() as session:
        row = session.scalars(select(Endpoint)).one()
        lines = "\n".join(session.scalars(select(LogEntry.summary)))
    assert text.encode() not in row.secret
    assert text not in lines + repr(made)
    assert "of-the-receiver" not in lines
    assert endpoint_secrets.reveal_secret(hub, made.endpoint.public_id, actor=IAN.email).reveal() == text
    with hub.reading() as session:
        assert (
            session.scalars(select(LogEntry.action).order_by(LogEntry.id.desc())).first()
            == "endpoint.secret_shown"
        )


def test_a_choice_of_events_can_be_changed(hub: Runtime) -> None:
    made = add(hub, events=["guest.checkin", "booking.created"])
    assert [str(kind) for kind in made.endpoint.events] == ["booking.created", "guest.checkin"]
    after = endpoints.change(hub, made.endpoint.public_id, actor=IAN.email, events=["ticket.created"])
    assert [str(kind) for kind in after.events] == ["ticket.created"]


def audited(hub: Runtime) -> list[tuple[str, str, Any]]:
    """(action, actor, what is kept beside it), in the order of writing."""
    with hub.reading() as session:
        rows = session.execute(
            select(LogEntry, LogPayload)
            .outerjoin(LogPayload, LogPayload.log_entry_id == LogEntry.id)
            .where(LogEntry.kind == "audit")
            .order_by(LogEntry.id)
        )
        return [
            (
                entry.action,
                entry.actor,
                msgspec.json.decode(hub.vault.open(kept.sealed)) if kept is not None else None,
            )
            for entry, kept in rows
        ]


def test_the_log_keeps_who_changed_an_endpoint_from_what_into_what(hub: Runtime) -> None:
    made = add(hub, includes_personal=True).endpoint.public_id
    endpoints.change(hub, made, actor="ada@aurora.example", includes_personal=False)
    endpoints.change(hub, made, actor="ada@aurora.example", includes_personal=False)  # already so: no line
    endpoints.disable(hub, made, actor=IAN.email)
    endpoints.enable(hub, made, actor=IAN.email)
    endpoints.remove(hub, made, actor=IAN.email)
    before = {
        "url": GOOD,
        "description": "",
        "events": ["booking.created"],
        "includes_personal": True,
        "authority": [],
    }
    assert audited(hub) == [
        ("endpoint.added", IAN.email, before),
        (
            "endpoint.changed",
            "ada@aurora.example",
            {"before": before, "after": {**before, "includes_personal": False}},
        ),
        ("endpoint.disabled", IAN.email, None),
        ("endpoint.enabled", IAN.email, None),
        ("endpoint.removed", IAN.email, None),
    ]


def test_the_log_keeps_another_description(hub: Runtime) -> None:
    made = add(hub, description="till").endpoint.public_id
    endpoints.change(hub, made, actor=IAN.email, description="the till in the bar")
    kept = audited(hub)[-1][2]
    assert [kept[when]["description"] for when in ("before", "after")] == ["till", "the till in the bar"]


def test_a_new_address_is_not_blamed_for_the_old_one(hub: Runtime, clock: FixedClock) -> None:
    made = add(hub).endpoint
    with hub.writing() as session:
        row = session.get_one(Endpoint, made.id)
        row.failing_since = row.told_failing_at = row.rests_until = clock.now
    same = endpoints.change(hub, made.public_id, actor=IAN.email, url=GOOD, description="till")
    assert (same.failing_since, same.rests_until, same.description) == (clock.now, clock.now, "till")
    moved = endpoints.change(hub, made.public_id, actor=IAN.email, url=f"{GOOD}/new")
    assert (moved.url, moved.failing_since, moved.rests_until) == (f"{GOOD}/new", None, None)
    with hub.reading() as session:
        assert session.get_one(Endpoint, made.id).told_failing_at is None


def test_there_is_room_for_so_many_endpoints(hub: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "MOST", 2)
    add(hub)
    second = add(hub, f"{GOOD}/2")
    with pytest.raises(EndpointInvalid, match="There are 2 endpoints"):
        add(hub, f"{GOOD}/3")
    endpoints.remove(hub, second.endpoint.public_id, actor=IAN.email)
    add(hub, f"{GOOD}/3")
