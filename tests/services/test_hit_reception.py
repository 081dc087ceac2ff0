"""The reception: whose a call is, what speaks for it, and what is kept of one that proves nothing."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from tests.conftest import FixedClock
from tests.hook_stage import HookStage, event, hooked_provider, said, signature
from tests.sync_stage import booking
from webapp.models import ConnectionRole, HitTrust, LogEntry, WebhookHit, WebhookStray
from webapp.runtime import Runtime
from webapp.services import connections, hit_addresses, hit_counts, hit_parcels, hit_reception
from webapp.services.hit_reception import Answer

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider")


@pytest.fixture
def signed(hub: Runtime) -> HookStage:
    return HookStage(hub, signs=True)


@pytest.fixture
def unsigned(hub: Runtime) -> HookStage:
    return HookStage(hub)


def at_shared(stage: HookStage, body: bytes, headers: dict[str, str] | None = None) -> Answer:
    return stage.reception.take(stage.hit(body, headers), sender="203.0.113.9")


def strays(hub: Runtime) -> dict[str, int]:
    with hub.reading() as session:
        return {row.reason: row.count for row in session.query(WebhookStray)}


def test_a_secret_address_is_proof_where_nothing_is_signed(unsigned: HookStage) -> None:
    assert unsigned.call(event()) is Answer.STORED
    (hit,) = unsigned.hits()
    assert (hit.trust, hit.reason) == (HitTrust.ADDRESS, "")
    assert hit.address_id is not None


def test_a_signed_call_is_stored_as_signed(signed: HookStage) -> None:
    assert signed.call(event()) is Answer.STORED
    assert [hit.trust for hit in signed.hits()] == [HitTrust.SIGNED]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "the signature header is missing"),
        (signature(b"another body"), "the signature does not match"),
        (signature(said(event()), "another secret"), "the signature does not match"),
        ({"X-Signature": "sha256=nonsense"}, "the signature does not match"),
        ({"X-Signature": "sha256=é"}, "the signature header holds something else"),
    ],
    ids=["unsigned", "another body", "another secret", "garbage", "not ascii"],
)
def test_a_call_that_is_not_signed_right_is_rejected_and_noted_without_its_body(
    signed: HookStage, headers: dict[str, str], reason: str
) -> None:
    body = said(event())
    named = {**headers, "User-Agent": "Vendor/1", "X-Guest": "Zora Quux"}
    assert signed.reception.take(signed.hit(body, named), token=signed.token) is Answer.REJECTED
    (hit,) = signed.hits()
    assert (hit.state, hit.trust, hit.reason, hit.size) == ("rejected", "rejected", reason, len(body))
    assert hit.digest == hit_parcels.digest_of(body)
    parcel = hit_parcels.open_parcel(signed.hub, hit)
    assert parcel.body is None
    assert parcel.headers["user-agent"] == "Vendor/1"
    assert "Zora Quux" not in parcel.headers.values()
    assert signed.process() == 0
    (line,) = [row for row in signed.all(LogEntry, LogEntry.id) if row.kind == "hit"]
    assert (line.level, line.action, line.trace_id) == ("warning", "hit.rejected", hit.trace_id)


def test_an_unknown_address_is_counted_and_nothing_is_kept(unsigned: HookStage) -> None:
    for token in ("", "x", "../..", "ü" * 50, "a" * 5000):
        assert unsigned.call(event(), token=token) is Answer.UNKNOWN
    assert unsigned.hits() == []
    assert strays(unsigned.hub) == {"unknown_token": 1}  # the others are written with a later one


def test_the_address_of_a_removed_connection_is_unknown(unsigned: HookStage) -> None:
    connections.archive(unsigned.hub, unsigned.public_id, actor="ada@aurora.example")
    assert unsigned.call(event()) is Answer.UNKNOWN


def test_a_new_address_works_beside_the_old_one_for_a_while(unsigned: HookStage, clock: FixedClock) -> None:
    new = hit_addresses.rotate(unsigned.hub, unsigned.public_id, actor="ada@aurora.example")
    assert new.token != unsigned.token
    assert unsigned.call(event()) is Answer.STORED
    assert unsigned.call(event(), token=new.token) is Answer.STORED
    clock.advance(days=hit_addresses.OVERLAP.days)
    assert unsigned.call(event()) is Answer.UNKNOWN
    assert unsigned.call(event(), token=new.token) is Answer.STORED


def test_a_signed_call_to_the_shared_address_finds_its_connection(signed: HookStage) -> None:
    other = HookStage(signed.hub, name="Spa", account="H2", role=ConnectionRole.SHADOW)
    body = said(event())
    assert at_shared(signed, body, signature(body)) is Answer.STORED
    (hit,) = signed.hits()
    assert (hit.trust, hit.address_id, hit.sender) == (HitTrust.SIGNED, None, "203.0.113.9")
    assert other.hits() == []


def test_a_primary_and_its_shadow_that_share_a_secret_both_hear(signed: HookStage) -> None:
    shadow = HookStage(signed.hub, name="Shadow", signs=True, role=ConnectionRole.SHADOW)
    body = said(event())
    assert at_shared(signed, body, signature(body)) is Answer.STORED
    assert (len(signed.hits()), len(shadow.hits())) == (1, 1)
    assert signed.hits()[0].trace_id != shadow.hits()[0].trace_id


def test_the_hotel_decides_between_connections_with_one_secret(signed: HookStage) -> None:
    other = HookStage(signed.hub, name="Annex", signs=True, account="H2", role=ConnectionRole.SHADOW)
    body = said(event(), account="H2")
    assert at_shared(signed, body, signature(body)) is Answer.STORED
    assert (len(signed.hits()), len(other.hits())) == (0, 1)


def test_a_call_that_only_names_the_hotel_is_a_hint_that_is_read_once(unsigned: HookStage) -> None:
    unsigned.answers(*(booking(f"R{number}") for number in range(5)))
    calls = [event(number=f"R{number}") for number in range(5)]
    assert at_shared(unsigned, said(*calls)) is Answer.STORED_UNVERIFIED
    unsigned.process()
    (hit,) = unsigned.hits()
    assert (hit.trust, hit.state, hit.reason) == ("unverified", "applied", "this provider signs nothing")
    assert unsigned.script.reread == [["R0"]]


def test_what_an_unverified_call_says_is_never_believed(unsigned: HookStage) -> None:
    unsigned.answers(booking())
    at_shared(unsigned, said({**event("booking.cancelled"), "status": "cancelled"}))
    unsigned.process()
    assert unsigned.bookings()["R1"].status == "confirmed"
    assert len(unsigned.script.reread) == 1


def test_unverified_calls_are_limited(unsigned: HookStage) -> None:
    answers = [at_shared(unsigned, said(event())) for _ in range(hit_reception.UNVERIFIED.amount + 5)]
    assert answers.count(Answer.STORED_UNVERIFIED) == hit_reception.UNVERIFIED.amount
    assert answers.count(Answer.TOO_MANY) == 5


def test_rejected_calls_cannot_fill_the_disk(signed: HookStage) -> None:
    for _ in range(hit_reception.REJECTED.amount + 5):
        assert signed.reception.take(signed.hit(b"{}"), token=signed.token) is Answer.REJECTED
    assert len(signed.hits()) == hit_reception.REJECTED.amount


@pytest.mark.parametrize(
    "body", [b"", b"\xff\x00", b"[" * 5000, b"[]", said(event(), account="nobody's"), b'{"account": null}']
)
def test_a_call_to_the_shared_address_about_no_hotel_of_ours_is_refused(
    unsigned: HookStage, body: bytes
) -> None:
    assert at_shared(unsigned, body) is Answer.UNKNOWN
    assert strays(unsigned.hub) == {"unknown_hotel": 1}


def test_one_hotel_named_by_two_connections_is_not_guessed(unsigned: HookStage) -> None:
    HookStage(unsigned.hub, name="Shadow", role=ConnectionRole.SHADOW)
    assert at_shared(unsigned, said(event())) is Answer.UNKNOWN


def test_secrets_of_a_call_are_not_kept(unsigned: HookStage) -> None:
    headers = {
        "Authorization": "Basic c2VjcmV0",
        "Cookie": "a=b",
        "X-Api-Key": "k3y",
        "X-Webhook-Token": "t0ken",
        "X-Event": "made",
    }
    unsigned.reception.take(unsigned.hit(said(event()), headers), token=unsigned.token)
    parcel = hit_parcels.open_parcel(unsigned.hub, unsigned.hits()[0])
    assert parcel.headers == {name.lower(): "" for name in headers} | {"x-event": "made"}


def test_a_call_that_cannot_be_stored_is_answered_so_that_it_comes_again(
    unsigned: HookStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr("webapp.services.inbox.insert_at_once", fail)
    assert unsigned.call(event()) is Answer.UNAVAILABLE
    assert unsigned.hits() == []


def test_a_changed_connection_is_heard_with_its_new_settings(signed: HookStage, clock: FixedClock) -> None:
    assert signed.call(event()) is Answer.STORED
    options = {**signed.row().options, "property_id": "H9"}
    signed.edit(options=options, changed_at=clock() + timedelta(seconds=1))
    body = said(event())
    assert at_shared(signed, body, signature(body)) is Answer.UNKNOWN


def test_every_stored_call_rings_for_the_clock(unsigned: HookStage) -> None:
    assert not unsigned.hub.nudge.wait(0)
    unsigned.call(event())
    assert unsigned.hub.nudge.wait(0)


def test_calls_print_nothing_of_their_content(unsigned: HookStage) -> None:
    hit = unsigned.hit(b"guest", {"X-Secret": "s3cret"})
    assert "s3cret" not in repr(hit)
    assert "guest" not in repr(hit)
    with unsigned.hub.reading() as session:
        (address,) = hit_addresses.of_connection(unsigned.hub, session, unsigned.id)
    assert address.token not in repr(address)
    assert address.token.encode() not in b"".join(
        row.sealed for row in unsigned.all(hit_addresses.WebhookAddress, hit_addresses.WebhookAddress.id)
    )
    assert unsigned.all(WebhookHit, WebhookHit.id) == []


def test_calls_that_led_nowhere_add_up_over_the_day(
    unsigned: HookStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hit_reception, "_COUNT_EVERY", 0.0)
    for _ in range(3):
        unsigned.call(event(), token="x")
    assert strays(unsigned.hub) == {"unknown_token": 3}


def test_calls_are_counted_over_the_last_day_by_what_became_of_them(
    unsigned: HookStage, clock: FixedClock
) -> None:
    unsigned.call(event())
    clock.advance(hours=25)
    unsigned.answers(booking("R1"))
    unsigned.call(event(number="R1"))
    unsigned.process()
    unsigned.call(event(number="R2"))
    with unsigned.hub.reading() as session:
        (found,) = hit_counts.of_connections(session, clock.now)
    assert (found.received, found.verified, found.waiting, found.failed, found.rejected, found.missed) == (
        2, 2, 1, 0, 0, 0,
    )  # fmt: skip
    assert (found.connection_id, found.applied, found.last_at) == (unsigned.id, 1, clock.now)
