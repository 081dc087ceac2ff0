"""The Aurora PMS API, version 2: an invented vendor's REST interface over the pretend hotel.

`docs/simulator.md` is its document, written as a vendor would.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial

import msgspec

from simulator.credentials import SECRET_PARAMS, Credential, Keyring
from simulator.hotel import Guest, Reservation
from simulator.paging import CONTROLS, KeyedRows, Rows, Slice, cut, invalid, read_turn
from simulator.pms import custom_rest_shapes as shapes
from simulator.pms.custom_rest_bulk import BulkRows
from simulator.pms.movements import movements
from simulator.register import Query, Register, UnknownError
from simulator.throttle import Throttle
from simulator.wire import Answer, Call, Refusal, json_answer

MOST = 500
MOST_IN_BULK = 1000
_LONGEST = timedelta(days=400)
_CHANGED = frozenset({"changedSince", "changedUntil", "ids"})
# Every list, the scope it needs and the filters it knows.
LISTS: Mapping[str, frozenset[str]] = {
    "reservations": _CHANGED | {"stayFrom", "stayTo"},
    "guests": _CHANGED,
    "availability": frozenset({"from", "to"}),
    "rates": frozenset({"from", "to"}),
    "movements": frozenset({"date", "from", "to"}),
}


class AuroraApi:
    """Answers calls from one register; with `bulk`, reservations and guests come from there."""

    def __init__(
        self, register: Register, keyring: Keyring, throttle: Throttle, bulk: BulkRows | None = None
    ) -> None:
        self._register = register
        self._keyring = keyring
        self._throttle = throttle
        self._bulk = bulk
        self._encoded: dict[str, tuple[Reservation | Guest, Guest, bytes]] = {}

    def answer(self, call: Call, empty: bool = False) -> Answer:
        """Raises Refusal; with `empty` every list has no records."""
        parts = call.path.strip("/").split("/")
        if parts == ["oauth", "token"]:
            _only(call, "POST")
            return self._keyring.oauth_token(call)
        if parts == ["v2", "session"]:
            _only(call, "POST")
            return self._keyring.login(call)
        if parts[0] != "v2":
            raise _nothing_here()
        caller = self._keyring.identify(call)
        self._throttle.admit(caller.name)
        if parts == ["v2", "ping"]:
            _only(call, "GET")
            return json_answer({"ok": True, "time": shapes.utc_text(self._register.clock.now())})
        if len(parts) < 2 or parts[1] != "properties":
            raise _nothing_here()
        return self._property(call, parts[2:], caller, empty)

    def _property(self, call: Call, rest: list[str], caller: Credential, empty: bool) -> Answer:
        hotel, today = self._register.hotel, self._register.business_date
        if not rest:
            _only(call, "GET")
            return json_answer({"properties": [shapes.property_row(hotel, today)]})
        if rest[0] != hotel.code:
            raise Refusal(404, "PROPERTY_UNKNOWN", f"The key has no property '{rest[0][:40]}'.")
        if len(rest) == 1:
            _only(call, "GET")
            return json_answer(shapes.property_sheet(hotel, today))
        name = rest[1]
        if name not in LISTS:
            raise _nothing_here()
        if name not in caller.scopes:
            raise Refusal(403, "SCOPE_MISSING", f"The key may not read {name}.")
        if len(rest) == 2:
            _only(call, "GET")
            return self._list(call, name, _params(call), empty)
        if rest[1:] == ["reservations", "search"]:
            _only(call, "POST")
            return self._list(call, name, _body_params(call), empty)
        if len(rest) == 3 and name in ("reservations", "guests"):
            _only(call, "GET")
            return self._one(name, rest[2])
        raise _nothing_here()

    def _one(self, name: str, key: str) -> Answer:
        missing = Refusal(404, "RECORD_UNKNOWN", f"There is no record '{key[:40]}' in {name}.")
        if self._bulk is not None:
            row = self._bulk.one(name, key)
            if row is None:
                raise missing
            return Answer(200, row)
        try:
            if name == "guests":
                return Answer(200, self._guest(self._register.guest(key)))
            return Answer(200, self._reservation(self._register.reservation(key)))
        except UnknownError:
            raise missing from None

    def _list(self, call: Call, name: str, params: Mapping[str, str], empty: bool) -> Answer:
        unknown = sorted(set(params) - CONTROLS - LISTS[name])
        if unknown:
            raise Refusal(422, "PARAMETER_UNKNOWN", f"The parameter '{unknown[0][:40]}' is not known here.")
        turn = read_turn(params, MOST if self._bulk is None else MOST_IN_BULK, self._freeze)
        rows: Rows = self._rows(name, turn.filters)
        if empty:
            rows = KeyedRows[object]([], [], msgspec.json.encode)
        page = cut(rows, turn, call.base_url + call.path)
        return Answer(200, _envelope(name, page), headers=page.headers)

    def _rows(self, name: str, filters: Mapping[str, str]) -> Rows:
        register = self._register
        if name in ("reservations", "guests"):
            query = _query(filters)
            if self._bulk is not None:
                return self._bulk.rows(name, query)
            if name == "guests":
                guests = register.select_guests(query)
                return KeyedRows([_key(at, g.id) for at, g in guests], [g for _, g in guests], self._guest)
            found = register.select_reservations(query)
            return KeyedRows(
                [_key(at, r.number) for at, r in found], [r for _, r in found], self._reservation
            )
        if name == "movements" and "date" in filters:
            if set(filters) & {"from", "to"}:
                raise invalid("date", "given alone, or left out for 'from' and 'to'")
            filters = {"from": filters["date"], "to": filters["date"]}
        first, last = _span(filters)
        records: list[msgspec.Struct]
        if name == "availability":
            records = [shapes.availability_row(day) for day in register.availability(first, last)]
        elif name == "rates":
            records = [shapes.rate_row(register.hotel, rate) for rate in register.rates(first, last)]
        else:
            records = list(movements(register, first, last))
        return KeyedRows([f"{n:08d}" for n in range(len(records))], records, msgspec.json.encode)

    def _reservation(self, record: Reservation) -> bytes:
        guest = self._register.guest(record.guest_id)
        make = partial(shapes.reservation_row, self._register.hotel, record, guest)
        return self._cached(record.number, record, guest, make)

    def _guest(self, record: Guest) -> bytes:
        return self._cached(
            record.id, record, record, partial(shapes.guest_row, self._register.hotel, record)
        )

    def _cached(
        self, key: str, record: Reservation | Guest, guest: Guest, make: Callable[[], msgspec.Struct]
    ) -> bytes:
        """Records are frozen, so a row stays right as long as the very same objects are behind it."""
        known = self._encoded.get(key)
        if known is not None and known[0] is record and known[1] is guest:
            return known[2]
        row = msgspec.json.encode(make())
        self._encoded[key] = (record, guest, row)
        return row

    def _freeze(self) -> str:
        return self._register.horizon().isoformat(timespec="milliseconds")


def _envelope(name: str, page: Slice) -> bytes:
    paging = msgspec.json.encode(page.paging)
    return b'{"%b":[%b],"paging":%b}' % (name.encode(), b",".join(page.rows), paging)


def _params(call: Call) -> dict[str, str]:
    return {name: value for name, value in call.query.items() if name not in SECRET_PARAMS}


def _body_params(call: Call) -> dict[str, str]:
    """The body of a search: the same names as the query of the list; numbers and lists are welcome."""
    try:
        body = msgspec.json.decode(call.body or b"{}", type=dict[str, str | int | list[str] | None])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refusal(400, "BODY_NOT_JSON", "The body is not a JSON object of plain values.") from None
    return {
        name: ",".join(value) if isinstance(value, list) else str(value)
        for name, value in body.items()
        if value is not None
    }


def _query(filters: Mapping[str, str]) -> Query:
    stay_from, stay_to = _day(filters, "stayFrom"), _day(filters, "stayTo")
    if stay_from and stay_to and stay_to < stay_from:
        raise invalid("stayTo", "no earlier than 'stayFrom'")
    ids = filters.get("ids")
    return Query(
        changed_since=_instant(filters, "changedSince"),
        changed_until=_instant(filters, "changedUntil"),
        stay_from=stay_from,
        stay_to=stay_to,
        ids=frozenset(filter(None, ids.split(","))) if ids is not None else None,
    )


def _span(filters: Mapping[str, str]) -> tuple[date, date]:
    first, last = _day(filters, "from"), _day(filters, "to")
    if first is None:
        raise invalid("from", "given as YYYY-MM-DD")
    if last is None:
        raise invalid("to", "given as YYYY-MM-DD")
    if not timedelta() <= last - first <= _LONGEST:
        raise invalid("to", f"no earlier than 'from' and at most {_LONGEST.days} days later")
    return first, last


def _day(filters: Mapping[str, str], name: str) -> date | None:
    if (text := filters.get(name)) is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or len(text) != 10:
        raise invalid(name, "a date as YYYY-MM-DD")
    return day


def _instant(filters: Mapping[str, str], name: str) -> datetime | None:
    if (text := filters.get(name)) is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise invalid(name, "an ISO 8601 time with its offset, such as 2026-05-13T07:20:00Z")
    return at


def _key(at: datetime, identifier: str) -> str:
    return f"{at.timestamp():018.3f}|{identifier}"


def _only(call: Call, method: str) -> None:
    if call.method != method:
        raise Refusal(405, "METHOD_NOT_ALLOWED", f"Only {method} is understood here.", (("Allow", method),))


def _nothing_here() -> Refusal:
    return Refusal(404, "NOT_FOUND", "There is nothing at this address.")
