"""Diagnostics: whatever secret, name or text lies about in the hub, none of it is in a bundle."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.hotel_data import HotelData
from webapp.models import (
    BookingNote,
    Connection,
    DiagnosticsBundle,
    Endpoint,
    Hotel,
    JobBeat,
    Lease,
    LogEntry,
    LogHour,
    Scope,
    SyncRun,
    SyncRunStream,
    Ticket,
)
from webapp.runtime import Runtime
from webapp.services import api_keys, diagnostics, endpoints, pruning, tickets
from webapp.services.diagnostics import NoSuchBundle

SECRET, GUEST, PERSON = "s3cr3t-v4lue", "Okonkwo-Lindqvist", "Philippa Featherstone"
HOST = "pms.internal.example"
PLANTED = (SECRET, GUEST, "Featherstone", HOST, "aurora.example", "Hotel Aurora", "Grand Piano")


def fault(code: str = "credentials_rejected") -> dict[str, Any]:
    return {
        "code": code,
        "message": f"%(who)s at {HOST} said {SECRET}",
        "advice": f"Ask {PERSON}",
        "actor": "admin",
        "params": {"who": GUEST, "key": SECRET},
        "detail": f"{SECRET} {GUEST}",
    }


@pytest.fixture
def planted(hub: Runtime) -> str:
    """A hub in which every place that can hold text holds something that must stay; the connection's id."""
    hotel = HotelData(hub, name="Grand Piano PMS")
    booking = hotel.book(GUEST)
    key = api_keys.create(hub, name=PERSON, scope=Scope.READ, actor=PERSON)
    endpoints.add(hub, url="http://127.0.0.1:9099/" + SECRET, events=["ticket.created"], actor=PERSON)
    tickets.open_ticket(hub, subject=GUEST, message=SECRET, actor=PERSON, booking=booking)
    now = hub.clock()
    with hub.writing() as session:
        row = session.scalars(select(Connection)).one()
        row.options = {
            "endpoint_url": f"https://{HOST}/",
            "property_id": SECRET,
            "recipe": SECRET,
            SECRET: GUEST,
        }
        row.secret_hints = {"api_key": {"last4": SECRET[-4:]}, SECRET: {"last4": ""}}
        row.credentials = hub.vault.seal(SECRET.encode())
        row.account, row.state, row.fault, row.fault_since = GUEST, "needs_attention", fault(), now
        run = SyncRun(
            public_id=hub.new_id("sr"),
            connection_id=row.id,
            mode="delta",
            trigger="manual",
            state="failed",
            verdict="failed",
            fault=fault(f"{GUEST} {SECRET}"),
            trace_id="trace-1",
            started_at=now - timedelta(hours=1),
            heartbeat_at=now,
            finished_at=now,
        )
        session.add(run)
        session.flush()
        notes = {"unmapped": {GUEST: 3}, "skipped": [{"id": SECRET, "reason": {"text": GUEST, "params": {}}}]}
        session.add(
            SyncRunStream(
                run_id=run.id, stream="bookings", state="failed", verdict="failed", notes=notes, fault=fault()
            )
        )
        session.add_all(
            [
                LogEntry(
                    at=now,
                    kind="call",
                    level="error",
                    actor=PERSON,
                    action=SECRET,
                    summary=f"{GUEST} {SECRET}",
                ),
                LogHour(
                    hour=now - timedelta(hours=3), kind="call", level="error", connection_id=row.id, count=7
                ),
                Lease(name="clock", owner=HOST, number=1, heartbeat_at=now, expires_at=now),
                JobBeat(name=SECRET, started_at=now, finished_at=now, error=GUEST),
            ]
        )
        assert session.scalars(select(Endpoint)).one()
        assert session.scalars(select(Ticket)).one()
        assert session.get_one(Hotel, 1).name == "Hotel Aurora"
        assert not session.scalars(select(BookingNote)).all()
        assert key.text
        return row.public_id


def test_nothing_that_was_planted_is_in_it(hub: Runtime, planted: str) -> None:
    bundle = diagnostics.make(hub, actor=PERSON)
    packed = diagnostics.as_zip(bundle)
    for word in (*PLANTED, str(hub.settings.data_dir), str(hub.settings.data_dir.parent.name)):
        assert word not in bundle.text, word
        assert word.encode() not in packed


def test_it_says_what_a_helper_asks_for(hub: Runtime, planted: str) -> None:
    told = json.loads(diagnostics.make(hub, actor=PERSON).text)
    (connection,) = told["connections"]
    assert connection["id"] == planted
    assert connection["fault"] == {"code": "credentials_rejected", "actor": "admin"}
    assert connection["options_set"] == ["endpoint_url", "property_id", "recipe"]
    assert connection["secrets_set"] == ["api_key"]
    (run,) = connection["runs"]
    assert run["trace_id"] == "trace-1"
    assert run["fault"]["code"] == "unknown"
    assert run["streams"]["bookings"]["words_without_a_meaning"] == 1
    assert told["counts"]["booking"] == 1
    assert told["log_lines_of_7_days"] == {"call error": 7}
    assert told["settings"]["PROVIDER_ALLOWED_NETWORKS"] == "set"
    assert told["settings"]["DATABASE_URL"] in ("default", "set")
    assert told["self_check"]["key_file"] == "ok"
    assert told["hotel"]["timezone"] == "Europe/Zurich"


def test_what_was_read_is_what_is_attached_later(hub: Runtime, planted: str) -> None:
    made = diagnostics.make(hub, actor=PERSON)
    with hub.writing() as session:
        session.scalars(select(Connection)).one().state = "healthy"
    assert diagnostics.find(hub, made.public_id) == made
    with hub.reading() as session:
        assert b"bundle_id" not in session.scalars(select(DiagnosticsBundle.sealed)).one()


def test_the_clock_drops_old_ones_too(hub: Runtime, clock: Any) -> None:
    old = diagnostics.make(hub, actor=PERSON)
    clock.advance(days=8)
    pruning.prune(hub)
    with pytest.raises(NoSuchBundle):
        diagnostics.find(hub, old.public_id)


def test_old_ones_go_when_a_new_one_is_made(hub: Runtime, clock: Any) -> None:
    old = diagnostics.make(hub, actor=PERSON)
    clock.advance(days=8)
    new = diagnostics.make(hub, actor=PERSON)
    assert diagnostics.find(hub, new.public_id)
    with pytest.raises(NoSuchBundle):
        diagnostics.find(hub, old.public_id)


def test_a_hub_without_a_hotel_can_be_told_about_too(runtime: Runtime) -> None:
    told = json.loads(diagnostics.make(runtime, actor="command line").text)
    assert (told["hotel"], told["connections"]) == (None, [])
