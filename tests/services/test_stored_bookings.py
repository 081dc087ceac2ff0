"""What is read of stored bookings is what was written, value by value, on both databases."""

from datetime import timedelta

import pytest

from tests.sync_stage import STAMP, Stage, booking, stay
from webapp.domain.booking import BookingGuest, BookingStatus
from webapp.domain.event import Road
from webapp.runtime import Runtime
from webapp.services.applying import Circumstances, content_hash
from webapp.services.applying_bookings import apply_bookings
from webapp.services.booking_changes import Content
from webapp.services.booking_rows import booking_row, people_rows, stay_rows
from webapp.services.stored_bookings import known_bookings, stored_bookings

pytestmark = pytest.mark.usefixtures("memory_provider")
CAME = STAMP + timedelta(microseconds=120)
WHOLE = booking(
    "R1",
    holds_room=True,
    cancelled_at=CAME,
    guests=(BookingGuest("G2", "Bo", is_checked_in=True), BookingGuest("G1", "Ada", "Keller")),
    stays=(
        stay("1", arrival=-1, room="204", status=BookingStatus.CHECKED_IN, checked_in_at=CAME),
        stay("2", unit="2", nights=3),
    ),
)
NUL = booking("R\x002", total_minor=None, guests=())


@pytest.fixture
def stage(either_hub: Runtime) -> Stage:
    stage = Stage(either_hub)
    with either_hub.bulk_writing() as db:
        apply_bookings(db, Circumstances(stage.id, 1, Road.POLL, either_hub.clock()), [WHOLE])
    return stage


@pytest.mark.parametrize("is_locked", [False, True])
def test_a_whole_booking_is_read_as_it_was_written(stage: Stage, is_locked: bool) -> None:
    key = stage.bookings()["R1"].id
    with stage.hub.bulk_writing() as db:
        found = stored_bookings(db, [key, 999], is_locked=is_locked)
    assert list(found) == [key]
    assert found[key].content == Content(booking_row(WHOLE), stay_rows(WHOLE), people_rows(WHOLE))
    assert (found[key].revision, found[key].is_gone) == (1, False)
    flags = [row[-1] for row in found[key].content.people]
    assert (flags[0] is True, flags[1]) == (True, None)
    assert found[key].content.stays[0][-2].tzinfo is not None


def test_what_a_page_must_know_is_asked_by_the_ids_of_one_connection(stage: Stage) -> None:
    with stage.hub.bulk_writing() as db:
        (known,) = known_bookings(db, stage.id, ["R1", "R9"])
        assert known_bookings(db, stage.id + 1, ["R1"]) == []
        assert known_bookings(db, stage.id, []) == []
    assert (known.external_id, known.content_hash) == ("R1", content_hash(WHOLE, 1))
    assert (known.updated_at, known.gone_at) == (WHOLE.updated_at, None)


@pytest.mark.sqlite_only
def test_an_id_with_a_nul_among_others_hides_none_of_them(hub: Runtime) -> None:
    stage = Stage(hub)
    with hub.bulk_writing() as db:
        apply_bookings(db, Circumstances(stage.id, 1, Road.POLL, hub.clock()), [WHOLE, NUL])
        known = known_bookings(db, stage.id, ["R1", NUL.external_id])
    assert {row.external_id for row in known} == {"R1", NUL.external_id}
