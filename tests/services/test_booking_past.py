"""Undoing change rows: whatever happened to a booking, going back tells exactly what was stored at that time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.services.booking_changes import Change, Content, compare
from webapp.services.booking_past import LINES, PEOPLE, PastBooking, StoredChange, present, rewound
from webapp.services.booking_rows import FIELDS, STAY_FIELDS

DAY = date(2026, 7, 14)
AT = datetime(2026, 7, 14, 10, 30, 0, 250_000, tzinfo=UTC)

words = st.sampled_from(["", "a", "Keller", "yes", "None", "2026-07-14", "– 12 €"])
instants = st.none() | st.integers(0, 10_000).map(lambda minutes: AT + timedelta(minutes=minutes))
amounts = st.none() | st.integers(-(10**12), 10**12)
statuses = st.sampled_from(["confirmed", "checked_in", "checked_out", "cancelled"])
stay_rows = st.builds(
    lambda line, unit, status, start, nights, room, adults, price, spread, came, left: (
        line, unit, status, DAY + timedelta(days=start), DAY + timedelta(days=start + nights), "DBL", "Double",
        room, adults, 0, "FLEX", "Flexible", price, spread, came, left,
    ),
    line=st.sampled_from(["1", "2", "3", "4"]),
    unit=st.sampled_from(["1", "2"]),
    status=statuses,
    start=st.integers(0, 5),
    nights=st.integers(0, 4),
    room=st.sampled_from(["", "101", "204", "305"]),
    adults=st.integers(1, 3),
    price=st.sampled_from(["[]", "[[100,null]]", "[[100,90],[120,100]]"]),
    spread=st.booleans(),
    came=instants,
    left=instants,
)  # fmt: skip
people_rows = st.tuples(
    st.sampled_from(["G1", "G2", ""]),
    words,
    words,
    st.sampled_from(["guest", "booker"]),
    st.sampled_from(["", "1"]),
    st.sampled_from([None, True, False]),
)
booking_rows = st.tuples(
    st.just("R1"), words, words, statuses, words, st.booleans(), st.just(DAY), st.just(DAY), st.just(""),
    st.just(""), words, st.sampled_from(["EUR", "JPY"]), amounts, amounts, words, instants, instants, instants,
)  # fmt: skip
contents = st.builds(
    Content,
    booking_rows,
    st.lists(stay_rows, min_size=1, max_size=4, unique_by=lambda row: row[0]),
    st.lists(people_rows, max_size=3),
)


def stored(change: Change) -> StoredChange:
    return StoredChange(change.stay_line, change.field, change.old, change.snapshot)


def lived(history: list[Content]) -> tuple[list[Content], list[list[Change]]]:
    """What the store holds after each answer of the provider: an answer that differs in nothing leaves it alone."""
    versions, moments = [history[0]], []
    for answer in history[1:]:
        changes = compare(versions[-1], answer)
        moments.append(changes)
        versions.append(answer if changes else versions[-1])
    return versions, moments


def back(versions: list[Content], moments: list[list[Change]], to: int) -> PastBooking | None:
    newest_first = [stored(change) for moment in reversed(moments[to:]) for change in reversed(moment)]
    return rewound(present(versions[-1], is_gone=False), newest_first)


@settings(max_examples=150, deadline=None)
@given(st.lists(contents, min_size=1, max_size=6))
def test_going_back_tells_what_was_stored_then(history: list[Content]) -> None:
    versions, moments = lived(history)
    for place, version in enumerate(versions):
        assert back(versions, moments, place) == present(version, is_gone=False)


@settings(max_examples=100, deadline=None)
@given(contents, st.lists(st.booleans(), min_size=1, max_size=5))
def test_a_deletion_is_taken_back_too(content: Content, gone: list[bool]) -> None:
    states, rows = [False], []
    for now in gone:
        if now != states[-1]:
            words = ("no", "yes") if now else ("yes", "no")
            rows.append(StoredChange("", "gone", words[0], None))
        states.append(now)
    first = rewound(present(content, is_gone=states[-1]), reversed(rows))
    assert first == present(content, is_gone=False)


def plain(**fields: Any) -> Content:
    booking = dict.fromkeys(FIELDS, "") | {"arrival": DAY, "departure": DAY} | fields
    stay = dict.fromkeys(STAY_FIELDS, "") | {"line": "1", "unit": "1", "arrival": DAY, "departure": DAY}
    return Content(tuple(booking.values()), [tuple(stay.values())], [])


def test_before_it_was_first_seen_there_is_nothing_to_tell() -> None:
    now = present(plain(), is_gone=False)
    assert (
        rewound(now, [StoredChange("", "notes", "x", None), StoredChange("", "created", None, None)]) is None
    )


def test_rows_of_words_alone_are_called_unknown_instead_of_guessed() -> None:
    now = present(plain(), is_gone=False)
    past = rewound(
        now, [StoredChange("2", "line", "Double 101", None), StoredChange("", "guests", "Anna", None)]
    )
    assert past is not None
    assert past.unknown == {LINES, PEOPLE}


def test_a_field_of_another_version_is_left_alone() -> None:
    now = present(plain(), is_gone=False)
    assert (
        rewound(now, [StoredChange("", "colour", "red", None), StoredChange("1", "colour", "red", None)])
        == now
    )
