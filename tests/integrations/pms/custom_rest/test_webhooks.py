"""Calls of a Custom PMS, by its recipe: every kind of proof, and every way to say what happened."""

import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integrations.providers import recipe as recipe_document
from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Event, Hit
from webapp.integrations.kit.errors import ContractBroken, RecipeWrong, SignatureRejected
from webapp.integrations.pms.custom_rest import webhooks
from webapp.integrations.pms.custom_rest.problems import all_problems
from webapp.integrations.pms.custom_rest.recipe import Recipe, parse
from webapp.vault import Secret

NOW = datetime(2026, 7, 14, 10, 30, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
SECRET = Secret("s3cret")
BODY = b'{"type": "reservation.arrived"}'

HOOK: dict[str, Any] = {
    "event": "kind",
    "id": "booking.no",
    "events": {
        "in": "guest.checkin",
        "new": "reservation.created",
        "guest": "guest.updated",
        "noise": "ignore",
    },
}
PROOFS: dict[str, tuple[dict[str, Any], Callable[[], dict[str, str]]]] = {
    "header": (
        {"kind": "header", "header": "X-Secret", "prefix": "Token "},
        lambda: {"x-secret": "Token s3cret"},
    ),
    "basic": (
        {"kind": "basic", "username": "pms"},
        lambda: {"Authorization": "Basic " + base64.b64encode(b"pms:s3cret").decode()},
    ),
    "hmac": (
        {"kind": "hmac", "header": "X-Sig", "prefix": "sha256="},
        lambda: {"X-Sig": "sha256=" + digest(BODY).hex()},
    ),
    "hmac sha1 base64": (
        {"kind": "hmac", "header": "X-Sig", "algorithm": "sha1", "encoding": "base64"},
        lambda: {"X-Sig": base64.b64encode(digest(BODY, "sha1")).decode()},
    ),
    "hmac timed": (
        {"kind": "hmac", "header": "X-Sig", "signed": "timestamp", "timestamp_header": "X-Time"},
        lambda: {"X-Time": STAMP, "X-Sig": digest(STAMP.encode() + b"." + BODY).hex()},
    ),
    "hmac id": (
        {
            "kind": "hmac",
            "header": "X-Sig",
            "signed": "id_timestamp",
            "timestamp_header": "X-Time",
            "id_header": "X-Id",
        },
        lambda: {"X-Time": STAMP, "X-Id": "m1", "X-Sig": digest(b"m1." + STAMP.encode() + b"." + BODY).hex()},
    ),
}


def digest(content: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.new(b"s3cret", content, algorithm).digest()


def with_hook(**changes: Any) -> Recipe:
    return parse(recipe_document(webhook={**HOOK, **changes}))


def hit(body: object, **headers: str) -> Hit:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Hit({name.replace("_", "-"): value for name, value in headers.items()}, {}, raw, NOW)


def read(body: object, recipe: Recipe | None = None, **headers: str) -> tuple[Event, ...]:
    return webhooks.parse(recipe or with_hook(), hit(body, **headers))


# --- proofs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROOFS)
def test_a_genuine_call_is_believed(name: str) -> None:
    proof, headers = PROOFS[name]
    recipe = with_hook(auth=proof)
    assert webhooks.signs(recipe)
    webhooks.verify(recipe, Hit(headers(), {}, BODY, NOW), SECRET, NOW)
    webhooks.verify(recipe, Hit(headers(), {}, BODY, NOW), Secret("old s3cret"), NOW)


@pytest.mark.parametrize("name", PROOFS)
@pytest.mark.parametrize("wrong", ["nothing", "another secret", "no secret here", "garbage"])
def test_anything_else_is_refused(name: str, wrong: str) -> None:
    proof, headers = PROOFS[name]
    secret = {"another secret": Secret("other"), "no secret here": Secret("")}.get(wrong, SECRET)
    given_headers = {"nothing": {}, "garbage": dict.fromkeys(headers(), "§ü\x00")}.get(wrong, headers())
    with pytest.raises(SignatureRejected) as caught:
        webhooks.verify(with_hook(auth=proof), Hit(given_headers, {}, BODY, NOW), secret, NOW)
    assert "s3cret" not in str(caught.value)


def test_without_a_description_or_a_proof_only_the_address_speaks() -> None:
    for recipe in (None, parse(recipe_document(webhook=None)), with_hook()):
        assert not webhooks.signs(recipe)
        with pytest.raises(SignatureRejected):
            webhooks.verify(recipe, hit(BODY), SECRET, NOW)


# --- what they say --------------------------------------------------------------------------------------------------


def test_an_event_names_its_booking_and_what_happened() -> None:
    (event,) = read({"kind": "IN", "booking": {"no": 4711}})
    assert (event.type, event.fact, event.stream, event.subject) == (
        "IN",
        FactType.GUEST_CHECKIN,
        Stream.BOOKINGS,
        "4711",
    )
    assert (event.id, event.account, event.occurred_at, event.dedupe) == (None, None, None, None)


def test_id_time_and_hotel_are_read_where_the_recipe_says() -> None:
    recipe = with_hook(event_id="meta.id", occurred_at="at", property="hotel")
    (event,) = read(
        {"kind": "new", "meta": {"id": 7}, "at": "2026-07-14T12:00:00+02:00", "hotel": "H1"}, recipe
    )
    assert (event.id, event.account) == ("7", "H1")
    assert event.occurred_at == datetime(2026, 7, 14, 10, tzinfo=UTC)
    (event,) = read({"kind": "new", "at": "yesterday"}, recipe)
    assert event.occurred_at is None


def test_the_id_may_stand_in_a_header() -> None:
    (event,) = read({"kind": "new"}, with_hook(event_id_header="X-Event-Id"), x_event_id="m1")
    assert event.id == "m1"


def test_a_batch_holds_several_events() -> None:
    recipe = with_hook(select="events", property="hotel")
    body = {"hotel": "H1", "events": [{"kind": "new", "booking": {"no": n}} for n in "AB"]}
    assert [(event.subject, event.account) for event in read(body, recipe)] == [("A", "H1"), ("B", "H1")]


def test_an_event_may_name_several_records() -> None:
    recipe = with_hook(id="bookings.*.no", event_id="id")
    events = read({"kind": "in", "id": "e1", "bookings": [{"no": 1}, {"no": 2}]}, recipe)
    assert [(event.subject, event.id) for event in events] == [("1", "e1"), ("2", "e1#1")]


def test_the_first_path_that_leads_somewhere_is_the_id() -> None:
    recipe = with_hook(id=["booking.no", "guest"])
    (event,) = read({"kind": "guest", "guest": "G1"}, recipe)
    assert (event.stream, event.subject, event.fact) == (Stream.GUESTS, "G1", None)


@pytest.mark.parametrize("kind", ["noise", "something new"])
def test_a_word_without_a_meaning_is_kept_and_asks_for_nothing(kind: str) -> None:
    (event,) = read({"kind": kind, "booking": {"no": 1}})
    assert (event.type, event.subject, event.fact) == (kind, "", None)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 5000, {}, [], {"kind": None}, {"kind": {}}, b'"x"'])
def test_what_is_no_event_breaks_the_contract(body: object) -> None:
    with pytest.raises(ContractBroken):
        read(body)


def test_more_events_than_a_call_may_have_are_refused() -> None:
    with pytest.raises(ContractBroken):
        read({"events": [{"kind": "in"}] * 1001}, with_hook(select="events"))
    with pytest.raises(ContractBroken):
        read({}, with_hook(select="events"))


def test_a_call_that_the_recipe_does_not_describe_says_so() -> None:
    with pytest.raises(RecipeWrong, match="webhook"):
        read({}, parse(recipe_document(webhook=None)))


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(msgspec.json.encode))
def test_no_body_breaks_anything_else(body: bytes) -> None:
    recipe = with_hook(property="hotel")
    assert webhooks.account_of(recipe, hit(body)) is None
    with pytest.raises(ContractBroken):
        read(body, recipe)


# --- what may be wrong with the recipe ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"event": ""}, "webhook.event"),
        ({"id": "a..b"}, "webhook.id"),
        ({"events": {}}, "webhook.events"),
        ({"events": {"x": "booking.made"}}, "webhook.events"),
        ({"auth": {"kind": "header"}}, "webhook.auth.header"),
        ({"auth": {"kind": "basic"}}, "webhook.auth.username"),
        ({"auth": {"kind": "hmac", "header": "X", "signed": "timestamp"}}, "webhook.auth.timestamp_header"),
        ({"auth": {"kind": "magic"}}, "webhook.auth.kind"),
    ],
)
def test_the_editor_is_told_the_place(changes: dict[str, Any], where: str) -> None:
    wrong = all_problems(recipe_document(webhook={**HOOK, **changes}))
    assert any(error.params["where"].startswith(where) for error in wrong), [str(error) for error in wrong]


def test_records_must_be_readable_one_by_one() -> None:
    document = recipe_document(webhook=HOOK)
    for name in ("single", "batch"):
        document["streams"]["bookings"].pop(name, None)
    (wrong,) = all_problems(document)
    assert wrong.params["where"] == "streams.bookings.single"


def test_the_recipe_of_the_pretend_vendor_is_right() -> None:
    assert all_problems(recipe_document()) == ()
