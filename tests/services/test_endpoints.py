"""Endpoints: which addresses may be told, and what stays secret."""

import socket
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import select

from tests.cast import IAN
from webapp.integrations.kit.guard import NetworkPolicy
from webapp.models import Endpoint, LogEntry
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
