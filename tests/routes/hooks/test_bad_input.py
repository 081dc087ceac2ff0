"""Bad calls to every provider that takes calls: answered as agreed, counted or kept, and no wrong state."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.integrations.providers import RECIPE
from webapp.integrations import registry
from webapp.integrations.kit.manifest import Field
from webapp.models import Booking, Connection, ConnectionRole, WebhookHit, WebhookStray
from webapp.routes.hooks.pms import LARGEST_BODY
from webapp.runtime import Runtime
from webapp.services import hit_addresses, hit_applying
from webapp.services.adapters import seal_secrets
from webapp.vault import Secret

SHARED = "/api/integrations/pms/webhook"
SECRET = "a-secret-of-the-form-1234567890"
CALLED = [key for key in registry.PROVIDERS if registry.manifest(key).webhook is not None]
NONSENSE = {
    "empty": b"",
    "not JSON": b"{",
    "another shape": b'[1, "two", null]',
    "not text": b"\xff\xfe\x00\x9f",
    "deep": b"[" * 5_000 + b"]" * 5_000,
    "a number": b"1e999",
    "XML": b"<xml/>",
}


class Called:
    """A connection of a provider, filled in as the form would be, and its address."""

    def __init__(self, hub: Runtime, key: str) -> None:
        self.hub, self.key = hub, key
        manifest = registry.manifest(key)
        now = hub.clock()
        options = {one.name: _typed(one) for one in manifest.fields if not one.is_secret}
        secrets = {one.name: Secret(SECRET) for one in manifest.fields if one.is_secret}
        with hub.writing() as session:
            row = Connection(
                public_id=hub.new_id("cn"),
                provider=key,
                name=key,
                role=ConnectionRole.PRIMARY,
                options=options | ({"recipe": RECIPE.read_text()} if key == "custom_rest" else {}),
                credentials=seal_secrets(hub, secrets),
                streams=["bookings", "guests"],
                created_at=now,
                changed_at=now,
            )
            session.add(row)
            session.flush()
            self.id = row.id
            self.token = hit_addresses.add(hub, session, row).token

    @property
    def path(self) -> str:
        return f"{SHARED}/{self.token}"

    def hits(self) -> list[WebhookHit]:
        with self.hub.reading() as session:
            return list(session.scalars(select(WebhookHit).order_by(WebhookHit.id)))

    def bookings(self) -> int:
        with self.hub.reading() as session:
            return session.scalar(select(func.count(Booking.id))) or 0


def _typed(field: Field) -> str:
    """What an admin might enter."""
    if field.name == "endpoint_url":
        return "https://pms.example.com"
    return field.default or (field.choices[0].value if field.choices else "H1")


@pytest.fixture(params=CALLED)
def called(request: pytest.FixtureRequest, hub: Runtime) -> Called:
    return Called(hub, request.param)


@pytest.fixture
def vendor(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client(use_cookies=False) as client:
        yield client


def test_there_are_providers_to_try() -> None:
    assert {"cloudbeds", "mews", "custom_rest"} <= set(CALLED)


def test_ten_mebibytes_are_refused_and_leave_nothing(called: Called, vendor: FlaskClient) -> None:
    for path in (called.path, SHARED):
        answer = vendor.post(path, data=b"x" * (10 * 1024 * 1024))
        assert answer.status_code == 413
        assert answer.content_type == "application/problem+json"
    assert called.hits() == []
    assert len(b"x" * (10 * 1024 * 1024)) > LARGEST_BODY


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_kept_or_refused_and_changes_no_booking(
    called: Called, vendor: FlaskClient, name: str
) -> None:
    answer = vendor.post(called.path, data=NONSENSE[name], content_type="application/json")
    assert answer.status_code in (200, 401)
    (hit,) = called.hits()
    assert (hit.state == "rejected") == (answer.status_code == 401)
    assert hit.size == len(NONSENSE[name])
    hit_applying.process(called.hub, called.id)
    (hit,) = called.hits()
    assert hit.state in ("rejected", "failed", "ignored")
    assert hit.settled_at is not None or hit.state == "rejected"
    assert called.bookings() == 0


def test_a_wrong_signature_is_kept_without_its_body_or_proves_nothing(
    called: Called, vendor: FlaskClient
) -> None:
    """Providers that sign nothing are believed by their secret address alone, and told to be read again."""
    wrong = {"X-Signature": "sha256=00", "Svix-Signature": "v1,AAAA", "Svix-Id": "m", "Svix-Timestamp": "1"}
    answer = vendor.post(called.path, data=b'{"guest": "Anna Keller"}', headers=wrong)
    (hit,) = called.hits()
    if registry.manifest(called.key).webhook.address_is_proof:  # type: ignore[union-attr]
        assert (answer.status_code, hit.trust) == (200, "address")
    else:
        assert (answer.status_code, hit.trust) in ((401, "rejected"), (200, "address"))
    if hit.trust == "rejected":
        assert b"Anna" not in called.hub.vault.open(hit.sealed)


def test_an_unknown_connection_is_404_and_counted(called: Called, vendor: FlaskClient) -> None:
    for path, body in ((f"{SHARED}/nobody", b"{}"), (SHARED, b'{"property_id": "elsewhere"}')):
        answer = vendor.post(path, data=body, content_type="application/json")
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert called.hits() == []
    with called.hub.reading() as session:
        counted = {row.reason for row in session.scalars(select(WebhookStray))}
    assert counted & {"unknown_token", "unknown_hotel"}


def test_no_secret_is_in_what_a_sender_is_told(called: Called, vendor: FlaskClient) -> None:
    for body in NONSENSE.values():
        answer = vendor.post(called.path, data=body, headers={"Authorization": "Basic xyz"})
        assert SECRET not in answer.text
        assert called.token not in answer.text
