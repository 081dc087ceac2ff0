"""The doctor's own rungs, the letter to the vendor, and the second probe that says theirs or ours."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from tests.conftest import FixedClock
from tests.connected import WRONG_KEY, Aurora, aurora_pms
from tests.integrations.vendor import Reply, Vendor, free_port
from webapp.integrations.kit.contract import Rung
from webapp.models import CallHeadroom, Connection, ConnectionState
from webapp.runtime import Runtime
from webapp.services import doctor_probe, outgoing_addresses
from webapp.services.connection_check import check
from webapp.services.connection_verdict import Outcome, VerdictKind
from webapp.services.doctor_probe import Blame
from webapp.services.syncing import sync_once
from webapp.services.vendor_letters import VendorLetter
from webapp.vault import Secret

IAN = "ian@aurora.example"


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    running = Vendor()
    yield running
    running.close()


def rung_of(outcome: Outcome, name: str) -> Rung:
    return next(rung for rung in outcome.rungs if rung.name == name)


def notes(rung: Rung) -> str:
    return " ".join(str(note) for note in rung.notes)


def moved(hub: Runtime, connection_id: int, url: str) -> None:
    with hub.writing() as session:
        row = session.get_one(Connection, connection_id)
        row.options = {**row.options, "endpoint_url": url}


def letter_of(outcome: Outcome) -> VendorLetter:
    assert outcome.letter is not None
    return outcome.letter


# --- the last rungs -------------------------------------------------------------------------------------------------


def test_what_cannot_be_known_yet_is_no_fault(hub: Runtime, aurora: Aurora) -> None:
    outcome = check(hub, aurora.connect(hub).id, IAN)
    assert outcome.verdict.kind is VerdictKind.PROVEN
    sample, quota = rung_of(outcome, "sample"), rung_of(outcome, "quota")
    assert (sample.is_known, quota.is_known) == (False, False)
    assert "No booking is stored yet" in notes(sample)
    assert "Not known" in notes(quota)


def test_after_a_sync_one_booking_is_read_again(hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    sync_once(hub, made.id, trigger="first")
    sample = rung_of(check(hub, made.id, IAN), "sample")
    assert (sample.ok, sample.is_known) == (True, True)
    assert "was read again and understood" in notes(sample)


@pytest.mark.parametrize(("remaining", "kind"), [(40, VerdictKind.PROVEN), (0, VerdictKind.PARTLY)])
def test_calls_left_come_from_what_the_provider_said_last(
    hub: Runtime, aurora: Aurora, remaining: int, kind: VerdictKind
) -> None:
    made = aurora.connect(hub)
    with hub.writing() as session:
        session.add(
            CallHeadroom(
                connection_id=made.id,
                at=hub.clock() - timedelta(minutes=2),
                allowed=100,
                remaining=remaining,
                resets_at=hub.clock() + timedelta(minutes=5),
            )
        )
    outcome = check(hub, made.id, IAN)
    quota = rung_of(outcome, "quota")
    assert outcome.verdict.kind is kind
    assert f"{remaining} of 100 calls." in notes(quota)
    assert (quota.fault is None) == (remaining > 0)


def test_a_clock_that_is_wrong_fails_the_test_and_stops_no_sync(
    hub: Runtime, aurora: Aurora, clock: FixedClock
) -> None:
    made = aurora.connect(hub)
    check(hub, made.id, IAN)
    clock.advance(minutes=9)
    outcome = check(hub, made.id, IAN)
    assert outcome.fault is not None
    assert (outcome.ok, outcome.fault.code) == (False, "clock_wrong")
    with hub.reading() as session:
        row = session.get_one(Connection, made.id)
    assert row.state == ConnectionState.HEALTHY
    assert row.next_sync_at is not None


# --- the letter -----------------------------------------------------------------------------------------------------


def test_the_letter_has_the_evidence_and_no_secret(hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub, secrets={"api_key": Secret(WRONG_KEY)})
    outgoing_addresses.type_in(hub, "203.0.113.7", actor=IAN)
    letter = letter_of(check(hub, made.id, IAN))
    assert "Hotel Aurora" in letter.subject
    assert "credentials_rejected" in letter.subject
    for evidence in ("-> 401 in", "203.0.113.7", "127.0.0.1", "2026-", aurora.server.property_id, "active"):
        assert evidence in letter.body, evidence
    assert WRONG_KEY not in letter.body


def test_a_key_in_a_path_is_blotted_out_of_the_letter(hub: Runtime, aurora: Aurora, vendor: Vendor) -> None:
    vendor.answers(Reply(503, {}, {"X-Request-Id": aurora.key}))
    made = aurora.connect(hub, options={**aurora.options, "endpoint_url": f"{vendor.url}/{aurora.key}"})
    letter = letter_of(check(hub, made.id, IAN))
    assert aurora.key not in letter.body
    assert "••••" in letter.body


def test_the_vendors_request_id_stands_in_the_letter(hub: Runtime, aurora: Aurora, vendor: Vendor) -> None:
    vendor.answers(Reply(503, {}, {"X-Request-Id": "req-4711"}))
    made = aurora.connect(hub, options={**aurora.options, "endpoint_url": vendor.url})
    assert "request id req-4711" in letter_of(check(hub, made.id, IAN)).body


def test_no_letter_is_written_about_our_own_faults(hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    assert check(hub, made.id, IAN).letter is None
    moved(hub, made.id, "https://10.1.2.3/v2")
    outcome = check(hub, made.id, IAN)
    assert (outcome.ok, outcome.letter) == (False, None)


# --- theirs or ours -------------------------------------------------------------------------------------------------


def aim(hub: Runtime, url: str) -> None:
    """The independent target."""
    hub.settings = replace(hub.settings, probe_url=url)


def dead() -> str:
    return f"http://127.0.0.1:{free_port()}"


def test_a_provider_that_answers_is_nobodys_fault(hub: Runtime, aurora: Aurora) -> None:
    found = doctor_probe.probe(hub, aurora.connect(hub).public_id)
    assert (found.blame, found.has_target) == (Blame.NOBODY, False)


def test_a_silent_provider_beside_a_target_that_answers_is_theirs(
    hub: Runtime, aurora: Aurora, vendor: Vendor
) -> None:
    made = aurora.connect(hub)
    moved(hub, made.id, dead())
    assert doctor_probe.probe(hub, made.public_id).blame is Blame.UNKNOWN
    aim(hub, vendor.url)
    assert doctor_probe.probe(hub, made.public_id).blame is Blame.THEIRS
    aim(hub, dead())
    assert doctor_probe.probe(hub, made.public_id).blame is Blame.OURS


def test_the_target_tells_our_address_and_a_change_is_noticed(
    hub: Runtime, aurora: Aurora, vendor: Vendor
) -> None:
    made = aurora.connect(hub)
    aim(hub, vendor.url)
    for answer, seen in ((b"203.0.113.7\n", "203.0.113.7"), (b"<html>", ""), (b"203.0.113.9", "203.0.113.9")):
        vendor.answers(Reply(body=answer))
        assert doctor_probe.probe(hub, made.public_id).seen == seen
    with hub.reading() as session:
        known = outgoing_addresses.known(session)
    assert (known.before, known.best, known.has_changed) == ("203.0.113.7", "203.0.113.9", True)


def test_a_probe_carries_no_credentials(hub: Runtime, aurora: Aurora, vendor: Vendor) -> None:
    made = aurora.connect(hub, options={**aurora.options, "endpoint_url": vendor.url})
    doctor_probe.probe(hub, made.public_id)
    assert vendor.asked == []


def test_the_hub_does_not_knock_at_its_own_door(hub: Runtime, aurora: Aurora, vendor: Vendor) -> None:
    made = aurora.connect(hub)
    moved(hub, made.id, vendor.url)
    hub.own_ports = frozenset({urlsplit(vendor.url).port or 0})
    found = doctor_probe.probe(hub, made.public_id)
    assert [rung.fault.code for rung in found.rungs if rung.fault] == ["address_refused"]
    assert vendor.asked == []
