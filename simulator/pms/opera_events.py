"""The business event queue of the pretend OPERA Cloud: filled by what happens in the hotel, emptied by reading."""

import itertools
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from simulator.hotel import Guest, Reservation, State
from simulator.money import decimal_text
from simulator.pms.opera_calls import Ask, Json, given
from simulator.pms.opera_list_rows import market_code
from simulator.pms.opera_names import EXTERNAL_SYSTEM, source_code
from simulator.pms.opera_stays import Stay
from simulator.pms.opera_tenant import Tenant
from simulator.register import Change, DayClosed, News
from simulator.wire import Refusal

MOST = 20
# Some tenants send a number for the module; the documents do not say which.
_MODULES = {"Reservation": 1, "Profile": 2, "NightAudit": 12}
_WORDS = {
    State.INQUIRY: "REQUESTED",
    State.WAITLIST: "WAITLIST",
    State.OPTION: "RESERVED",
    State.CONFIRMED: "RESERVED",
    State.IN_HOUSE: "CHECKED IN",
    State.CHECKED_OUT: "CHECKED OUT",
    State.CANCELLED: "CANCELLED",
    State.NO_SHOW: "NO SHOW",
}
_ACTIONS = {
    ("RESERVED", "CHECKED IN"): "CHECK IN",
    ("CHECKED IN", "RESERVED"): "REVERSE CHECK IN",
    ("CHECKED IN", "CHECKED OUT"): "CHECK OUT",
    ("CHECKED OUT", "CHECKED IN"): "REVERSE CHECK OUT",
    ("RESERVED", "NO SHOW"): "NO SHOW",
    ("NO SHOW", "RESERVED"): "ROLLBACK NO SHOW",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One event; `elements` are names with the value before (empty: there was none) and after."""

    module: str
    action: str
    key: str
    at: datetime
    elements: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class _Queued:
    number: int
    seen_at: datetime
    happening: Happening


class EventQueue:
    """Listens to the hotel; what is read is gone."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._lock = threading.Lock()
        self._waiting: deque[_Queued] = deque()
        self._numbers = itertools.count(77_001)
        self._publisher = 51_000 + len(tenant.names.code)
        tenant.world.listen(self._hear)

    @property
    def waiting(self) -> int:
        with self._lock:
            return len(self._waiting)

    def read(self, ask: Ask) -> Json | None:
        """The oldest events, at most 20; raises Refusal 400 for an external system the hotel has not set up."""
        if ask.parts["extSystemCode"] != EXTERNAL_SYSTEM:
            raise Refusal(HTTPStatus.BAD_REQUEST, "INT00021", "The external system is not configured.")
        limit = ask.criteria.whole("limit", MOST, MOST, least=1)
        if ask.is_empty:
            return None
        switches = self._tenant.switches
        until = self._tenant.world.clock.now() - timedelta(seconds=switches.event_lag_seconds)
        taken: list[_Queued] = []
        with self._lock:
            while self._waiting and len(taken) < limit and self._waiting[0].seen_at <= until:
                one = self._waiting.popleft()
                if not (switches.is_queue_shared and one.number % 2):
                    taken.append(one)
        if not taken:
            return None
        return {"businessEventData": [self._row(one) for one in taken], "links": []}

    def tell_profile(self, guest_id: str) -> None:
        """A change of a profile that the hotel's own books do not know of."""
        now, key = self._tenant.world.clock.now(), self._tenant.names.profile(guest_id)
        with self._lock:
            happening = Happening("Profile", "UPDATE PROFILE", key, now, ())
            self._waiting.append(_Queued(next(self._numbers), now, happening))

    def _row(self, one: _Queued) -> Json:
        """Numbers of the profile module come as text, as in the vendor's examples."""
        event, switches, code = one.happening, self._tenant.switches, self._tenant.names.code
        action_id = 1_000_000 + one.number
        is_text = event.module == "Profile"
        header = {
            "moduleName": _MODULES[event.module] if switches.module_numbers else event.module,
            "actionType": event.action,
            "actionId": str(action_id) if is_text else action_id,
            "primaryKey": event.key,
            "publisherId": str(self._publisher) if is_text else self._publisher,
            "createdDateTime": self._tenant.stamp(event.at),
            "hotelId": code,
        }
        details = [
            given(dataElement=name, oldValue=old or None, newValue=new, hotelId=code)
            for name, old, new in event.elements
        ]
        told = given(header=header, details=details if switches.event_elements and details else None)
        return {"businessEvent": told, "businessEventId": {"id": str(one.number)}}

    def _hear(self, news: News) -> None:
        """Called while the books are locked: it only takes notes."""
        now = self._tenant.world.clock.now()
        with self._lock:
            for happening in self._made_of(news):
                self._waiting.append(_Queued(next(self._numbers), now, happening))

    def _made_of(self, news: News) -> Iterator[Happening]:
        if isinstance(news, DayClosed):
            day = (news.today - timedelta(1)).isoformat()
            elements = (("BUSINESS DATE", day, news.today.isoformat()),)
            yield Happening("NightAudit", "NIGHT AUDIT", self._tenant.names.code, news.at, elements)
        elif isinstance(news.after, Guest):
            yield self._of_guest(news)
        else:
            yield from self._of_reservation(news)

    def _of_guest(self, news: Change) -> Happening:
        before, after = news.before, news.after
        assert isinstance(after, Guest)  # noqa: S101 - the caller has looked
        was = _person(before) if isinstance(before, Guest) else {}
        action = "UPDATE PROFILE" if was else "NEW PROFILE"
        key = self._tenant.names.profile(after.id)
        return Happening("Profile", action, key, after.updated_at, _elements(was, _person(after)))

    def _of_reservation(self, news: Change) -> Iterator[Happening]:
        """One per room that has changed; what is owed is no matter of the reservation module."""
        assert isinstance(news.after, Reservation)  # noqa: S101 - the caller has looked
        if news.after.number in self._tenant.switches.hidden:
            return
        old = self._tenant.book.of(news.before) if isinstance(news.before, Reservation) else ()
        before = {stay.unit: stay for stay in old}
        for stay in self._tenant.book.of(news.after):
            then = before.get(stay.unit)
            was = {} if then is None else self._values(then)
            now = self._values(stay)
            if was == now:
                continue
            action = "NEW RESERVATION" if then is None else self._action(then, stay)
            yield Happening("Reservation", action, stay.id, news.after.updated_at, _elements(was, now))

    def _action(self, then: Stay, stay: Stay) -> str:
        was, now = _WORDS[then.state], _WORDS[stay.state]
        if now == "CANCELLED" and was != now:
            return "CANCEL"
        if was == "CANCELLED" and now != was:
            return "ROLLBACK CANCEL"
        action = _ACTIONS.get((was, now), "UPDATE RESERVATION")
        if action == "CHECK IN" and self._tenant.switches.check_in_as_update:
            return "UPDATE RESERVATION"
        return action

    def _values(self, stay: Stay) -> dict[str, str]:
        """The data elements the hotel has chosen, all of them in every event."""
        line, guest, currency = stay.lines[-1], stay.guest, self._tenant.currency
        return {
            "NAME": guest.last,
            "FIRST NAME": guest.first,
            "CONFIRMATION NO": stay.confirmation,
            "CONFIRMATION LEG NO": str(stay.unit),
            "GUEST NAME ID": self._tenant.names.profile(guest.id),
            "RESERVATION STATUS": _WORDS[stay.state],
            "RESERVATION TYPE": "6PM" if stay.state is State.OPTION else "CC",
            "ARRIVAL DATE": stay.arrival.isoformat(),
            "DEPARTURE DATE": stay.departure.isoformat(),
            "LENGTH OF STAY": str((stay.departure - stay.arrival).days),
            "NUMBER OF ROOMS": "1",
            "ROOM": line.room or "",
            "ROOM TYPE": line.room_type,
            "ADULTS": str(line.adults),
            "CHILDREN": str(line.children),
            "RATE CODE": line.rate_plan,
            "RATE AMOUNT": decimal_text(line.nightly[0], currency) if line.nightly else "",
            "CURRENCY CODE": currency,
            "SOURCE CODE": source_code(stay.record.source),
            "MARKET CODE": market_code(stay),
            "COMMENTS": stay.record.notes,
            "RESORT": self._tenant.names.code,
        }


def _person(guest: Guest) -> dict[str, str]:
    return {
        "FIRST NAME": guest.first,
        "NAME": guest.last,
        "EMAIL": guest.email or "",
        "PHONE NUMBER": guest.phone or "",
        "COUNTRY": guest.country or "",
    }


def _elements(was: dict[str, str], now: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Every element that has a value on either side."""
    return tuple((name, was.get(name, ""), value) for name, value in now.items() if value or was.get(name))
