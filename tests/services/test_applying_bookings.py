"""What storing bookings leaves: rows, change rows, facts, guests and search words, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from tests.conftest import FixedClock
from tests.sync_stage import STAMP, TODAY, Stage, booking, stay
from webapp.domain.booking import BookingGuest, BookingStatus
from webapp.domain.event import Road
from webapp.domain.guest import Guest as Profile
from webapp.domain.stream import Stream
from webapp.models import Booking, BookingChange, Fact, Guest, Stay
from webapp.models import BookingGuest as Person
from webapp.runtime import Runtime
from webapp.services.applying import TOO_LONG, Circumstances, Tally
from webapp.services.applying_bookings import apply_bookings, mark_gone
from webapp.services.applying_guests import apply_guests

pytestmark = pytest.mark.usefixtures("memory_provider")


@pytest.fixture
def stage(either_hub: Runtime) -> Stage:
    return Stage(either_hub)


@pytest.fixture
def store(stage: Stage) -> Callable[..., Tally]:
    """Stores a page of bookings as a poll would."""

    def store(*page: Any, **how: Any) -> Tally:
        base = Circumstances(stage.id, 1, Road.POLL, stage.hub.clock(), run_id=None)
        with stage.hub.bulk_writing() as db:
            return apply_bookings(db, replace(base, **how), page)

    return store


Store = Callable[..., Tally]


def counts(stage: Stage) -> dict[str, int]:
    tables = (Booking, Stay, Person, Guest, BookingChange)
    with stage.hub.reading() as session:
        return {
            one.__tablename__: session.scalar(select(func.count()).select_from(one)) or 0 for one in tables
        }


def test_every_field_is_stored(stage: Stage, store: Store) -> None:
    whole = booking(
        "R1",
        status=BookingStatus.CHECKED_IN,
        stays=(
            stay(
                room="204",
                status=BookingStatus.CHECKED_IN,
                adults=2,
                children=1,
                rate_plan_id="FLEX",
                rate_plan="Flexible",
                nights=2,
                checked_in_at=STAMP,
            ),
        ),
        guests=(BookingGuest("G1", "Łukasz", "Müller", "l@example.com", "+41 1", is_checked_in=True),),
        group_ref="GRP",
        holds_room=True,
        source="Direct",
        notes="<b>quiet</b> 100 %",
        cancelled_at=STAMP,
        raw_status="INH",
    )
    assert store(whole) == Tally(added=1)
    row = stage.bookings()["R1"]
    assert (row.confirmation_number, row.group_ref, row.status, row.raw_status) == (
        "C-R1",
        "GRP",
        "checked_in",
        "INH",
    )
    assert (row.arrival, row.departure) == (TODAY, TODAY + timedelta(2))
    assert (row.guest_first, row.guest_last, row.source, row.notes) == (
        "Łukasz",
        "Müller",
        "Direct",
        whole.notes,
    )
    assert (row.total_minor, row.balance_minor, row.currency, row.holds_room) == (20000, 0, "EUR", True)
    assert (row.booked_at, row.updated_at, row.cancelled_at) == (STAMP, STAMP, STAMP)
    assert (row.stored_at, row.changed_at, row.revision) == (stage.hub.clock(), stage.hub.clock(), 1)
    assert row.search_text == "c-r1 r1 grp direct muller mueller lukasz 204"
    line = stage.all(Stay, Stay.id)[0]
    assert (line.connection_id, line.line, line.unit, line.room, line.adults, line.children) == (
        stage.id, "1", "1", "204", 2, 1,
    )  # fmt: skip
    assert (line.nights, line.nights_are_spread, line.checked_in_at) == (
        "[[10000,null],[10000,null]]",
        False,
        STAMP,
    )
    person = stage.all(Person, Person.position)[0]
    assert (person.guest_external_id, person.last_name, person.is_checked_in) == ("G1", "Müller", True)
    guest = stage.all(Guest, Guest.id)[0]
    assert (guest.external_id, guest.email, guest.is_profile) == ("G1", "l@example.com", False)
    assert stage.changes() == [("", "created", None, None)]


def test_a_price_for_the_whole_stay_is_spread_over_its_nights_and_marked(stage: Stage, store: Store) -> None:
    unpriced = tuple(stay(line, nights=2, **{}) for line in ("1", "2"))
    lines = tuple(msgspec.structs.replace(one, nights=()) for one in unpriced)
    store(booking("R1", stays=lines, total_minor=1001))
    assert [(row.nights, row.nights_are_spread) for row in stage.all(Stay, Stay.line)] == [
        ("[[251,null],[250,null]]", True),
        ("[[250,null],[250,null]]", True),
    ]


def test_the_same_booking_again_writes_nothing_at_all(stage: Stage, store: Store) -> None:
    store(booking("R1"), booking("R2"))
    before = counts(stage)
    if stage.hub.dialect == "sqlite":
        with stage.hub.bulk_writing() as db:
            raw = db.connection.driver_connection
            assert raw is not None
            written = raw.total_changes
            how = Circumstances(stage.id, 1, Road.POLL, stage.hub.clock())
            assert apply_bookings(db, how, [booking("R1"), booking("R2")]) == Tally(unchanged=2)
            assert raw.total_changes == written
    assert store(booking("R1"), booking("R2")) == Tally(unchanged=2)
    assert counts(stage) == before


def test_a_new_stamp_alone_is_remembered_and_is_no_change(
    stage: Stage, store: Store, clock: FixedClock
) -> None:
    store(booking("R1"))
    clock.advance(minutes=1)
    assert store(booking("R1", minutes=5)) == Tally(unchanged=1)
    row = stage.bookings()["R1"]
    assert (row.updated_at, row.revision, row.changed_at) == (STAMP + timedelta(minutes=5), 1, row.stored_at)
    assert store(booking("R1", minutes=3, notes="older")) == Tally(unchanged=1)
    assert stage.bookings()["R1"].notes == ""


def test_a_lower_stamp_never_overwrites(stage: Stage, store: Store) -> None:
    store(booking("R1", minutes=9, notes="new"))
    assert store(booking("R1", minutes=8, notes="old")) == Tally(unchanged=1)
    assert stage.bookings()["R1"].notes == "new"


def test_an_equal_stamp_with_other_content_is_stored(stage: Stage, store: Store) -> None:
    store(booking("R1", notes="first"))
    assert store(booking("R1", notes="second")) == Tally(changed=1)
    assert stage.bookings()["R1"].notes == "second"


def test_a_booking_twice_in_one_page_is_stored_once_the_newer_wins(stage: Stage, store: Store) -> None:
    assert store(booking("R1", minutes=9, notes="new"), booking("R1", notes="old")) == Tally(added=1)
    assert stage.bookings()["R1"].notes == "new"
    assert counts(stage)["stay"] == 1


def test_each_field_that_changes_leaves_a_row(stage: Stage, store: Store, clock: FixedClock) -> None:
    store(booking("R1", room="204"))
    clock.advance(minutes=1)
    assert store(
        booking("R1", minutes=5, room="305", balance_minor=500, holds_room=True, notes="x", arrival=1)
    ) == Tally(changed=1)
    assert stage.changes()[1:] == [
        ("", "holds_room", "no", "yes"),
        ("", "balance_minor", "0", "500"),
        ("", "notes", "", "x"),
        ("1", "arrival", "2026-07-14", "2026-07-15"),
        ("1", "departure", "2026-07-16", "2026-07-17"),
        ("1", "room", "204", "305"),
    ]
    row = stage.bookings()["R1"]
    assert (row.revision, row.changed_at, row.stored_at) == (2, clock(), clock() - timedelta(minutes=1))
    change = stage.all(BookingChange, BookingChange.id)[-1]
    assert (change.road, change.provider_at, change.arrived_at) == (
        "poll",
        STAMP + timedelta(minutes=5),
        clock(),
    )


def test_a_line_that_left_takes_its_row_with_it_and_says_so(stage: Stage, store: Store) -> None:
    store(booking("R1", stays=(stay("1", room="204"), stay("2", unit="2", room="205"))))
    store(booking("R1", minutes=1, stays=(stay("1", room="204"),)))
    assert [row.line for row in stage.all(Stay, Stay.line)] == ["1"]
    assert stage.changes()[1:] == [("2", "line", "Double 205 2026-07-14 – 2026-07-16", None)]


def test_a_split_stay_gains_a_line(stage: Stage, store: Store) -> None:
    store(booking("R1", stays=(stay("1", nights=1),)))
    store(
        booking(
            "R1", minutes=1, stays=(stay("1", nights=1), stay("2", arrival=1, nights=2, room_type="Suite"))
        )
    )
    assert stage.changes()[1:] == [("2", "line", None, "Suite 2026-07-15 – 2026-07-17")]
    assert stage.bookings()["R1"].departure == TODAY + timedelta(3)


def test_a_line_that_changes_is_written_over_and_its_neighbour_is_left_alone(
    stage: Stage, store: Store
) -> None:
    store(booking("R1", stays=(stay("1", room="204"), stay("2", unit="2", room="205"))))
    before = stage.all(Stay, Stay.line)
    store(booking("R1", minutes=1, stays=(stay("1", room="204"), stay("2", unit="2", room="301"))))
    after = stage.all(Stay, Stay.line)
    assert [(row.id, row.room) for row in after] == [(before[0].id, "204"), (before[1].id, "301")]
    assert stage.changes()[1:] == [("2", "room", "205", "301")]


def test_bookings_of_which_different_fields_change_are_written_together(stage: Stage, store: Store) -> None:
    store(booking("R1"), booking("R2"), booking("R3"))
    store(
        booking("R1", minutes=1, notes="late"),
        booking("R2", minutes=2, balance_minor=700, cancelled_at=STAMP),
        booking("R3", minutes=3, confirmation_number="C9"),
    )
    rows = stage.bookings()
    assert [(rows[key].notes, rows[key].balance_minor, rows[key].revision) for key in ("R1", "R2", "R3")] == [
        ("late", 0, 2),
        ("", 700, 2),
        ("", 0, 2),
    ]
    assert rows["R2"].cancelled_at == STAMP
    assert rows["R2"].updated_at == STAMP + timedelta(minutes=2)
    assert rows["R3"].search_text.startswith("c9 ")


def test_lines_that_are_only_counted_anew_are_no_change(stage: Stage, store: Store) -> None:
    """Some providers number all lines of a booking again when one unit moves."""
    store(booking("R1", stays=(stay("1", unit="1", room="204"), stay("2", unit="2", room="205"))))
    moved = (
        stay("1", unit="1", room="204", nights=1),
        stay("2", unit="1", room="301", arrival=1, nights=1),
        stay("3", unit="2", room="205"),
    )
    store(booking("R1", minutes=1, stays=moved))
    changes = stage.changes()[1:]
    assert {line for line, *_ in changes} == {"1", "2"}
    assert ("2", "room", "204", "301") in changes
    assert [row.line for row in stage.all(Stay, Stay.line)] == ["1", "2", "3"]


def test_other_people_on_a_booking_are_a_change(stage: Stage, store: Store) -> None:
    store(booking("R1"))
    two = (BookingGuest("G-R1", "Ada", "Keller"), BookingGuest("G2", "Bo", "Ek", is_checked_in=True))
    store(booking("R1", minutes=1, guests=two))
    assert stage.changes()[1:] == [
        ("", "guests", "Ada Keller", "Ada Keller, Bo Ek"),
        ("", "guests_checked_in", "", "Bo Ek"),
    ]
    assert counts(stage)["booking_guest"] == 2
    assert {row.external_id for row in stage.all(Guest, Guest.id)} == {"G-R1", "G2"}


def test_a_booking_that_cannot_be_stored_is_skipped_with_its_reason(store: Store) -> None:
    tally = store(booking("R1", stays=()), booking("R2", stays=(stay(nights=-1),)), booking("R3"))
    assert tally.added == 1
    assert [(one.external_id, str(one.reason)) for one in tally.skipped] == [
        ("R1", "no stay"),
        ("R2", "departure is before arrival"),
    ]


# --- facts ----------------------------------------------------------------------------------------------------------


def test_a_new_booking_is_told_once(stage: Stage, store: Store) -> None:
    store(booking("R1"))
    store(booking("R1"))
    assert stage.facts() == [("booking.created", 1)]


def test_a_booking_cancelled_before_we_knew_it_was_made_and_cancelled(stage: Stage, store: Store) -> None:
    store(booking("R1", status=BookingStatus.CANCELLED, cancelled_at=STAMP))
    assert stage.facts() == [("booking.created", 1), ("booking.cancelled", 1)]
    assert stage.bookings()["R1"].status == "cancelled"


def test_a_check_in_after_a_reversal_is_the_second(stage: Stage, store: Store) -> None:
    for minutes, status in enumerate(
        [BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN]
    ):
        for _ in range(2):  # a re-read in between says nothing new
            store(booking("R1", minutes=minutes, status=status))
    assert stage.facts() == [
        ("booking.created", 1),
        ("guest.checkin", 1),
        ("booking.updated", 1),
        ("guest.checkin", 2),
    ]


def test_who_came_and_went_between_two_looks_did_both(stage: Stage, store: Store) -> None:
    store(booking("R1"))
    store(booking("R1", minutes=1, status=BookingStatus.CHECKED_OUT))
    assert stage.facts() == [("booking.created", 1), ("guest.checkin", 1), ("guest.checkout", 1)]


def test_each_unit_that_arrives_is_a_check_in_and_a_room_move_is_none(stage: Stage, store: Store) -> None:
    inside, expected = BookingStatus.CHECKED_IN, BookingStatus.CONFIRMED
    store(booking("R1", stays=(stay("1"), stay("2", unit="2"))))
    first = (stay("1", status=inside, room="201"), stay("2", unit="2", status=expected))
    store(booking("R1", minutes=1, status=inside, stays=first))
    both = (first[0], stay("2", unit="2", status=inside, room="202"))
    store(booking("R1", minutes=2, status=inside, stays=both))
    moved = (
        stay("1", status=BookingStatus.CHECKED_OUT, room="201", nights=1),
        stay("3", status=inside, room="301", arrival=1, nights=1),
        both[1],
    )
    store(booking("R1", minutes=3, status=inside, stays=moved))
    assert [kind for kind, _ in stage.facts()] == [
        "booking.created",
        "guest.checkin", "booking.updated",  # the room it was given
        "guest.checkin", "booking.updated",
        "booking.updated",
    ]  # fmt: skip


def test_a_cancellation_with_other_changes_tells_both(stage: Stage, store: Store) -> None:
    store(booking("R1"))
    store(booking("R1", minutes=1, status=BookingStatus.CANCELLED, cancelled_at=STAMP, notes="sorry"))
    assert stage.facts()[1:] == [("booking.cancelled", 1), ("booking.updated", 1)]


def test_nothing_is_told_where_nothing_may_be(stage: Stage, store: Store) -> None:
    store(booking("R1"), announces=False)
    store(booking("R2"), watched_since=STAMP + timedelta(hours=1))
    assert stage.facts() == []
    assert stage.changes("R1") == stage.changes("R2") == [("", "created", None, None)]


# --- gone, guests, search -------------------------------------------------------------------------------------------


def test_a_fact_has_a_name_of_its_own_outside(stage: Stage, store: Store) -> None:
    store(booking("R1"), booking("R2"))
    names = [fact.public_id for fact in stage.all(Fact, Fact.id)]
    assert len(set(names)) == len(names) == 2
    assert all(name.startswith("ev_") for name in names)


def test_a_booking_deleted_at_the_provider_stays_and_says_since_when(stage: Stage, store: Store) -> None:
    store(booking("R1"))
    how = Circumstances(stage.id, 1, Road.HIT, stage.hub.clock())
    for expected in (1, 0):
        with stage.hub.bulk_writing() as db:
            assert mark_gone(db, how, ["R1", "R9"]) == expected
    row = stage.bookings()["R1"]
    assert (row.gone_at, row.revision) == (stage.hub.clock(), 2)
    store(booking("R1"))
    assert stage.bookings()["R1"].gone_at is None
    assert [field for _, field, *_ in stage.changes()] == ["created", "gone", "gone"]


def test_a_profile_is_not_overwritten_by_what_a_booking_says(stage: Stage, store: Store) -> None:
    how = Circumstances(stage.id, 1, Road.POLL, stage.hub.clock())
    profile = Profile("G-R1", "Ada", "Keller-Roth", "ada@example.com", is_vip=True, updated_at=STAMP)
    store(booking("R1"))
    with stage.hub.bulk_writing() as db:
        assert apply_guests(db, how, [profile]) == Tally(changed=1)
        assert apply_guests(db, how, [profile]) == Tally(unchanged=1)
    store(booking("R1", minutes=1, guests=(BookingGuest("G-R1", "Adda", "Keller"),)))
    row = stage.all(Guest, Guest.id)[0]
    assert (row.last_name, row.is_profile, row.is_vip, row.revision) == ("Keller-Roth", True, True, 2)
    with stage.hub.bulk_writing() as db:
        older = msgspec.structs.replace(profile, last_name="Old", updated_at=STAMP - timedelta(1))
        assert apply_guests(db, how, [older]) == Tally(unchanged=1)


def test_a_person_whom_only_bookings_know_is_what_the_last_one_says(stage: Stage, store: Store) -> None:
    store(booking("R1", guests=(BookingGuest("G1", "Ada", "Keller"),)))
    first = stage.all(Guest, Guest.id)[0]
    store(booking("R1", minutes=1, guests=(BookingGuest("G1", "Ada", "Keller-Roth", "ada@example.com"),)))
    row = stage.all(Guest, Guest.id)[0]
    assert (row.last_name, row.email, row.is_profile, row.revision) == (
        "Keller-Roth",
        "ada@example.com",
        False,
        2,
    )
    assert row.public_id == first.public_id
    store(booking("R2", guests=(BookingGuest("G1", "Ada", "Keller-Roth", "ada@example.com"),)))
    assert [guest.revision for guest in stage.all(Guest, Guest.id)] == [2]


def test_a_profile_may_have_an_id_of_a_hundred_characters_and_no_longer_one(stage: Stage) -> None:
    longest, too_long = "G" * 100, "H" * 101
    with stage.hub.bulk_writing() as db:
        how = Circumstances(stage.id, 1, Road.POLL, stage.hub.clock())
        tally = apply_guests(db, how, [Profile(longest, "Ada", "Keller"), Profile(too_long, "Bo", "Lind")])
    row = stage.all(Guest, Guest.id)[0]
    assert (tally.added, row.external_id, row.revision) == (1, longest, 1)
    assert [(one.external_id, str(one.reason)) for one in tally.skipped] == [(too_long[:100], str(TOO_LONG))]


def test_an_anonymised_guest_stays_so(stage: Stage, store: Store) -> None:
    how = Circumstances(stage.id, 1, Road.POLL, stage.hub.clock())
    store(booking("R1"))
    with stage.hub.writing() as session:
        row = session.scalars(select(Guest)).one()
        row.first_name = row.last_name = ""
        row.anonymised_at = stage.hub.clock()
    store(booking("R1", minutes=1, guests=(BookingGuest("G-R1", "Ada", "Kellerova"),)))
    with stage.hub.bulk_writing() as db:
        assert apply_guests(db, how, [Profile("G-R1", "Ada", "Keller")]) == Tally(unchanged=1)
    assert stage.all(Guest, Guest.id)[0].last_name == ""


@pytest.mark.sqlite_only
def test_the_search_follows_every_change(hub: Runtime) -> None:
    stage = Stage(hub)

    def found(word: str) -> list[int]:
        with hub.reading() as session:
            rows = session.connection().exec_driver_sql(
                "SELECT rowid FROM booking_search WHERE booking_search MATCH ?", (word,)
            )
            return [row[0] for row in rows]

    stage.sync_of(booking("R1", room="204"), booking("R2"))
    assert stage.row().is_search_stale is False
    keys = {number: row.id for number, row in stage.bookings().items()}
    assert (found("kel*"), found("204")) == ([keys["R1"], keys["R2"]], [keys["R1"]])
    stage.sync_of(
        booking("R1", minutes=1, guests=(BookingGuest("G-R1", "Bo", "Ödegård"),)), booking("R3", minutes=1)
    )
    assert found("odegard") == found("oedegaard") == [keys["R1"]]
    assert len(found("keller")) == 2
    assert (found("204"), found("ada")) == ([], [keys["R2"], stage.bookings()["R3"].id])


@pytest.mark.sqlite_only
def test_during_a_first_load_the_index_waits_and_a_part_can_be_found_after_a_break(hub: Runtime) -> None:
    stage = Stage(hub, streams=(Stream.BOOKINGS,))
    how = Circumstances(stage.id, 1, Road.BACKFILL, hub.clock(), announces=False, keeps_search=False)
    with hub.bulk_writing() as db:
        apply_bookings(db, how, [booking("R1")])
    with hub.reading() as session:
        count = "SELECT count(*) FROM booking_search WHERE booking_search MATCH 'keller'"
        assert session.connection().exec_driver_sql(count).scalar() == 0


@pytest.mark.parametrize(
    "number", [pytest.param("a\0b", marks=pytest.mark.sqlite_only), 'quo"te\\', "01", " 1 ", "é\u2028"]
)
def test_a_booking_of_any_id_is_known_again(hub: Runtime, number: str) -> None:
    stage = Stage(hub)
    stage.sync_of(booking(number))
    stage.sync_of(booking(number, minutes=5, notes="late"))
    assert [(row.external_id, row.notes) for row in stage.bookings().values()] == [(number, "late")]
