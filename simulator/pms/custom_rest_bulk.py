"""Bulk records in the vendor's words, from templates: a page of five hundred costs a few milliseconds."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from simulator.bulk import FIRST_GUEST, SAMPLES, BulkHotel
from simulator.hotel import State
from simulator.paging import Rows
from simulator.pms import custom_rest_shapes as shapes
from simulator.register import Query

# Values that stand for what differs from record to record; nothing else in a row reads like them.
_MARKS = {
    b"@number@": b"%(number)b",
    b"@guest@": b"%(guest)b",
    b"@mail@": b"%(mail)b",
    b"@note@": b"%(note)b",
    b"@created@": b"%(created)b",
    b"@changed@": b"%(changed)b",
    b"@cancelled@": b"%(cancelled)b",
    b"1901-01-01": b"%(start)b",
    b"1902-02-02": b"%(end)b",
}
_START, _END = date(1901, 1, 1), date(1902, 2, 2)


class BulkRows:
    """The dialect's view of a bulk hotel."""

    def __init__(self, bulk: BulkHotel) -> None:
        self._bulk = bulk
        self._templates: dict[tuple[int, State], bytes] = {}
        self._guest_templates: dict[int, bytes] = {}
        self._days: dict[date, bytes] = {}
        self._utc_hours: dict[int, bytes] = {}
        self._local_quarters: dict[int, tuple[bytes, int, bytes]] = {}
        # Most templates are made now, so that a measurement of a client does not pay for them.
        for index in range(min(bulk.count, 10 * SAMPLES)):
            self._reservation(index)

    def rows(self, name: str, query: Query) -> Rows:
        """`name` is reservations or guests."""
        if name == "guests":
            return _IndexedRows(self._bulk.select_guests(query), self._guest)
        return _IndexedRows(self._bulk.select(query), self._reservation)

    def one(self, name: str, key: str) -> bytes | None:
        if name == "guests":
            found = self._bulk.select_guests(Query(ids=frozenset({key})))
            return self._guest(found[0]) if found else None
        index = self._bulk.index_of(key)
        return None if index is None else self._reservation(index)

    def _reservation(self, index: int) -> bytes:
        bulk = self._bulk
        state = bulk.state(index)
        place = index % SAMPLES
        template = self._templates.get((place, state))
        if template is None:
            template = self._templates[place, state] = self._template(index, state)
        guest = bulk.guest_index(index)
        arrival = bulk.arrival(index)
        changed = bulk.changed_ms(index)
        return template % {
            b"number": bulk.number(index).encode(),
            b"guest": b"G%d" % (FIRST_GUEST + guest),
            b"mail": b"guest%d@example.org" % guest,
            b"note": bulk.note(index).encode(),
            b"created": self._utc(bulk.created_ms(index)),
            b"changed": self._local(changed),
            b"cancelled": self._utc(changed) if state is State.CANCELLED else b"",
            b"start": self._day(arrival),
            b"end": self._day(arrival + timedelta(bulk.sample(index).nights)),
        }

    def _template(self, index: int, state: State) -> bytes:
        bulk, hotel = self._bulk, self._bulk.hotel
        row = shapes.reservation_row(hotel, bulk.reservation(index), bulk.guest(bulk.guest_index(index)))
        change = msgspec.structs.replace
        marked = change(
            row,
            reservation_no="@number@",
            guest=change(row.guest, id="@guest@", email="@mail@"),
            stays=[change(stay, start=_START, end=_END) for stay in row.stays],
            start=_START,
            end=_END,
            remarks="@note@",
            created_at="@created@",
            last_changed="@changed@",
            cancelled_at="@cancelled@" if state is State.CANCELLED else None,
        )
        return _as_template(marked)

    def _guest(self, guest: int) -> bytes:
        bulk = self._bulk
        template = self._guest_templates.get(guest % SAMPLES)
        if template is None:
            row = shapes.guest_row(bulk.hotel, bulk.guest(guest))
            template = self._guest_templates[guest % SAMPLES] = _as_template(
                msgspec.structs.replace(
                    row, id="@guest@", email="@mail@", created_at="@created@", last_changed="@changed@"
                )
            )
        changed = bulk.laid_down_ms(guest)
        return template % {
            b"guest": b"G%d" % (FIRST_GUEST + guest),
            b"mail": b"guest%d@example.org" % guest,
            b"created": self._utc(bulk.created_ms(guest)),
            b"changed": self._local(changed),
        }

    def _utc(self, ms: int) -> bytes:
        """As `utc_text`; only the hour is worked out by the calendar, and kept."""
        seconds = ms // 1000
        hour = seconds // 3600
        text = self._utc_hours.get(hour)
        if text is None:
            text = shapes.utc_text(datetime.fromtimestamp(hour * 3600, UTC))[:14].encode()
            self._utc_hours[hour] = text
        return b"%b%02d:%02dZ" % (text, seconds // 60 % 60, seconds % 60)

    def _local(self, ms: int) -> bytes:
        """As `local_text`; every offset in use is a whole number of quarter hours."""
        seconds = ms // 1000
        quarter = seconds // 900
        parts = self._local_quarters.get(quarter)
        if parts is None:
            text = shapes.local_text(self._bulk.hotel, datetime.fromtimestamp(quarter * 900, UTC))
            parts = self._local_quarters[quarter] = (text[:14].encode(), int(text[14:16]), text[23:].encode())
        hour, minute, offset = parts
        return b"%b%02d:%02d.%03d%b" % (hour, minute + seconds // 60 % 15, seconds % 60, ms % 1000, offset)

    def _day(self, day: date) -> bytes:
        text = self._days.get(day)
        if text is None:
            text = self._days[day] = day.isoformat().encode()
        return text


class _IndexedRows:
    """Rows made from indexes; a key is the position, for nothing moves between two touches."""

    def __init__(self, found: Sequence[int], encode: Callable[[int], bytes]) -> None:
        self._found = found
        self._encode = encode

    @property
    def total(self) -> int:
        return len(self._found)

    def part(self, start: int, count: int) -> list[bytes]:
        encode = self._encode
        return [encode(index) for index in self._found[start : start + count]]

    def key(self, position: int) -> str:
        return str(position)

    def after(self, key: str) -> int:
        return int(key) + 1


def _as_template(row: msgspec.Struct) -> bytes:
    text = msgspec.json.encode(row).replace(b"%", b"%%")
    for mark, slot in _MARKS.items():
        text = text.replace(mark, slot)
    return text
