"""Records read through types made from the recipe come out as they do from plain JSON, whatever stands in them."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integrations.pms.custom_rest.test_mapping import FIELDS, ROW, mapper
from tests.integrations.providers import recipe
from webapp.domain.stream import Stream
from webapp.integrations.pms.custom_rest.mapping import Mapped, Mapper
from webapp.integrations.pms.custom_rest.problems import read
from webapp.integrations.pms.custom_rest.typed_records import TypedPaths, Untyped

FULL: dict[str, Any] = {
    "reservationNo": " R1 ",
    "groupCode": None,
    "state": "INH",
    "guest": {
        "id": 7,
        "given": "Ada",
        "family": "Keller",
        "email": "ada@example.org",
        "phone": None,
        "vip": True,
    },
    "from": "2026-07-14",
    "to": "2026-07-16",
    "persons": {"adults": 2, "children": 1},
    "stays": [
        {
            "line": 1,
            "unit": "1",
            "state": "INH",
            "roomType": {"code": "SUP", "name": "Superior"},
            "room": "604",
            "from": "2026-07-14",
            "to": "2026-07-16",
            "persons": {"adults": 2, "children": 0},
            "ratePlan": {"code": "BAR", "name": "Flexible"},
            "dailyCents": [12200, 13650],
        }
    ],
    "currency": "EUR",
    "total": "258.50",
    "balanceCents": -1200,
    "channel": "Booking.com",
    "remarks": "Late",
    "createdAt": "2026-06-30T02:20:29Z",
    "lastChanged": "2026-07-01T04:20:29.1234567+02:00",
    "checkedInAt": "2026-07-14T15:00:00",
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from(
        ["", " ", "2026-07-20", "20260720", "2026-07-20T10:00:00Z", "12,50", "OUT", "nobody", "1e3"]
    ),
    st.lists(st.sampled_from([None, 1, "x", {}, []]), max_size=2),
    st.dictionaries(
        st.sampled_from(["code", "from", "id"]), st.sampled_from([None, "2026-07-20", 3]), max_size=2
    ),
)


def places_of(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [(*above, key) for key, _ in inside]
    return found + [place for key, below in inside for place in places_of(below, (*above, key))]


PLACES = places_of(FULL)


def changed(record: dict[str, Any], edits: Sequence[tuple[tuple[Any, ...], Any]]) -> dict[str, Any]:
    """A copy with these places set, or taken out where the value is `...`."""
    copy = msgspec.json.decode(msgspec.json.encode(record))
    for place, value in edits:
        inside = copy
        try:
            for key in place[:-1]:
                inside = inside[key]
            if value is ...:
                inside.pop(place[-1])
            else:
                inside[place[-1]] = value
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
    return dict(copy)


def both(reader: Mapper, rows: Sequence[Any]) -> tuple[Mapped, Mapped]:
    return reader.page(rows), reader.raw_page([msgspec.Raw(msgspec.json.encode(row)) for row in rows])


SIMULATED = Mapper(read(recipe(streams=recipe()["streams"])), Stream.BOOKINGS)


@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD | st.just(...)), max_size=4))
def test_whatever_a_record_holds_both_ways_read_the_same(edits: list[tuple[tuple[Any, ...], Any]]) -> None:
    plain, typed = both(SIMULATED, [changed(FULL, edits), FULL])
    assert typed == plain


@given(st.one_of(ODD, st.dictionaries(st.sampled_from(sorted(FULL)), ODD)))
def test_a_record_of_any_shape_is_read_or_skipped_the_same(row: Any) -> None:
    plain, typed = both(SIMULATED, [row])
    assert typed == plain


@pytest.mark.parametrize(
    "fields",
    [
        {"external_id": {"path": "id", "transform": "upper"}},
        {"external_id": ["no", "id"], "notes": {"const": "fixed"}},
        {"room": "rooms[0].name", "room_type": "rooms.0.type", "notes": "rooms[].name"},
        {"room": "rooms", "room_type": "rooms.type", "notes": "rooms.type.more"},
        {"source": "from", "total_amount": {"path": "price", "transform": "decimal_comma"}},
        {"arrival": {"path": "from", "format": "DD.MM.YYYY"}},
        {"checked_in_at": "from"},
        {"guest_first_name": {"path": "who", "transform": "split_first"}, "guest_last_name": "who.last"},
    ],
)
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"rooms": [{"name": "12", "type": "DBL"}], "price": "1.234,50", "who": "Ada Keller"},
        {"rooms": {"type": {"more": "x"}}, "who": {"last": "Keller"}, "from": "14.07.2026"},
    ],
)
def test_every_kind_of_rule_reads_the_same(fields: dict[str, Any], more: dict[str, Any]) -> None:
    plain, typed = both(mapper(fields=FIELDS | fields), [ROW | more])
    assert typed == plain


def test_ids_alone_are_those_of_the_whole_reading() -> None:
    rows = [FULL, {**FULL, "reservationNo": 12}, {**FULL, "reservationNo": None}, {"other": 1}]
    raws = [msgspec.Raw(msgspec.json.encode(row)) for row in rows]
    assert SIMULATED.ids_of(raws) == [SIMULATED.id_of(row) for row in rows] == ["R1", "12", "", ""]
    assert SIMULATED.ids_of([*raws, msgspec.Raw(b"3")]) == ["R1", "12", "", "", ""]


def test_no_type_is_made_for_a_value_that_is_the_record_itself() -> None:
    with pytest.raises(Untyped):
        TypedPaths({"notes": "[0].id"})
    reader = mapper(fields=FIELDS | {"notes": "*"})
    assert both(reader, [ROW])[1] == reader.page([ROW])
