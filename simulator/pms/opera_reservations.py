"""Finding reservations of the pretend OPERA Cloud: the old and the new form of each list, and one by its number."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import date

from simulator.hotel import State
from simulator.pms.opera_calls import Ask, Criteria, Json, Slice, given
from simulator.pms.opera_list_rows import list_row, references, statistics_row, summary_row
from simulator.pms.opera_names import CHANNELS, source_code
from simulator.pms.opera_single_row import single_row
from simulator.pms.opera_stays import Stay
from simulator.pms.opera_tenant import Tenant, full_name

_DEFAULT, _MOST = 20, 200
_SUMMARY_MOST, _SUMMARY_ROWS = 200, 5000
_STATUSES = ("Cancelled", "CheckedOut", "CheckedIn", "DueIn", "DueOut", "InHouse", "NoShow", "WaitList")
_SEARCHES: dict[str, Callable[[Stay, date], bool]] = {
    "Arrival": lambda stay, day: stay.arrival == day and stay.status() == "Reserved",
    "Arrived": lambda stay, day: stay.arrival == day and stay.status() == "InHouse",
    "Departure": lambda stay, day: stay.departure == day and stay.status() == "InHouse",
    "CheckedOut": lambda stay, day: stay.departure == day and stay.status() == "CheckedOut",
    "InHouse": lambda stay, day: stay.status() == "InHouse",
    "NoShow": lambda stay, day: stay.arrival == day and stay.status() == "NoShow",
    "Cancellation": lambda stay, day: stay.arrival == day and stay.status() == "Cancelled",
    "WaitList": lambda stay, day: stay.status() == "Waitlisted",
    "WalkIn": lambda stay, day: stay.arrival == day and stay.record.source == "Walk-in",
}
_ORDERS: dict[str, Callable[[Stay], object]] = {
    "ArrivalDate": lambda stay: stay.arrival,
    "DepartureDate": lambda stay: stay.departure,
    "GuestSurname": lambda stay: stay.guest.last,
    "Nights": lambda stay: stay.departure - stay.arrival,
    "Room": lambda stay: stay.lines[0].room or "",
    "RoomType": lambda stay: stay.lines[0].room_type,
    "RateCode": lambda stay: stay.lines[0].rate_plan,
}

Filter = Callable[[Stay], bool]


class ReservationDesk:
    """Answers what is asked about reservations; None when nothing matches."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def search(self, ask: Ask) -> Json | None:
        """The list, of a hotel or of the chain."""
        criteria, tenant = ask.criteria, self._tenant
        if "hotelId" not in ask.parts:
            hotels = criteria.several("hotelIds")
            if hotels is not None and tenant.names.code not in hotels:
                return None
            # The chain's list knows only the other name of this filter.
            criteria = criteria.without("excludePMRooms")
        found = [] if ask.is_empty else self._ordered(self._matching(criteria), criteria)
        page = tenant.page(found, criteria, _DEFAULT, _MOST)
        if not page.rows:
            return None
        wanted = criteria.several("fetchInstructions") or frozenset()
        rows = [list_row(tenant, stay, "RevenuesAndBalances" in wanted) for stay in page.rows]
        return {"reservations": {"reservationInfo": rows, **page.told()}, "links": []}

    def one(self, ask: Ask) -> Json | None:
        stay = None if ask.is_empty else self._tenant.stay(ask.parts["reservationId"])
        if stay is None:
            return None
        wanted = ask.criteria.several("fetchInstructions") or frozenset()
        return {"reservations": {"reservation": [single_row(self._tenant, stay, wanted)]}, "links": []}

    def summary(self, ask: Ask) -> Json | None:
        """The light list, which has filters of its own."""
        criteria, tenant = ask.criteria, self._tenant
        tests = self._summary_filters(criteria)
        found = [] if ask.is_empty else [s for s in tenant.stays() if all(test(s) for test in tests)]
        page: Slice[Stay] = tenant.page(found[:_SUMMARY_ROWS], criteria, _SUMMARY_MOST, _SUMMARY_MOST)
        if not page.rows:
            return None
        rows = [summary_row(tenant, stay) for stay in page.rows]
        told = page.told(pages=False)
        return {"reservationsSummaryInformation": {"reservationsInformation": rows, **told}, "links": []}

    def statistics(self, ask: Ask) -> Json | None:
        """What booking channels have sold, by the day of the last change."""
        criteria, tenant = ask.criteria, self._tenant
        changed = criteria.within("startDate", "endDate")
        codes = criteria.several("channelCode")
        found = [
            stay
            for stay in ([] if ask.is_empty else tenant.stays())
            if stay.record.source in CHANNELS
            and changed(tenant.local_day(stay.record.updated_at))
            and (codes is None or source_code(stay.record.source) in codes)
        ]
        page = tenant.page(found, criteria, _DEFAULT, _MOST)
        if not page.rows:
            return None
        rows = [statistics_row(tenant, stay) for stay in page.rows]
        return {"checkReservations": rows, **page.told(pages=False, place=False)}

    def _matching(self, criteria: Criteria) -> list[Stay]:
        tests = [*self._date_filters(criteria), *self._other_filters(criteria)]
        return [stay for stay in self._tenant.stays() if all(test(stay) for test in tests)]

    def _date_filters(self, criteria: Criteria) -> list[Filter]:
        arrival = criteria.within("arrivalStartDate", "arrivalEndDate")
        departure = criteria.within("departureStartDate", "departureEndDate")
        tests: list[Filter] = [lambda stay: arrival(stay.arrival), lambda stay: departure(stay.departure)]
        # The hotel's list and the chain's have different names for the same.
        on = criteria.day("stayOnStartDate") or criteria.day("stayOn")
        created = criteria.day("createdOnStartDate") or criteria.day("createdOn")
        cancelled = criteria.day("cancelledOn")
        if on is not None:
            tests.append(lambda stay: stay.arrival <= on < stay.departure)
        if created is not None:
            tests.append(lambda stay: self._tenant.local_day(stay.record.created_at) == created)
        if cancelled is not None:
            tests.append(lambda stay: self._cancelled_on(stay) == cancelled)
        kinds = criteria.several("searchType", "searchTypes")
        if kinds and "Any" not in kinds:
            day = criteria.day("stayDate") or self._tenant.today()
            asked = [_SEARCHES[kind] for kind in kinds if kind in _SEARCHES]
            tests.append(lambda stay: any(test(stay, day) for test in asked))
        return tests

    def _other_filters(self, criteria: Criteria) -> list[Filter]:
        tests: list[Filter] = []
        statuses = criteria.words("reservationStatuses", _STATUSES)
        if statuses is not None:
            tests.append(lambda stay: self._has_status(stay, statuses))
        lookups: tuple[tuple[str, Callable[[Stay], AbstractSet[str | None]]], ...] = (
            ("reservationIdList", lambda stay: {stay.id}),
            ("confirmationNumberList", lambda stay: {stay.confirmation}),
            ("externalReferenceIds", lambda stay: {each["id"] for each in references(stay) or ()}),
            ("profileId", lambda stay: {self._tenant.names.profile(guest.id) for guest in stay.people}),
            ("roomId", lambda stay: {stay.current(self._tenant.today()).room}),
            ("roomType", lambda stay: {line.room_type for line in stay.lines}),
            ("ratePlanCodes", lambda stay: {line.rate_plan for line in stay.lines}),
        )
        for name, of in lookups:
            tests += _among(criteria.several(name), of)
        if surname := criteria.text("surname"):
            tests.append(lambda stay: stay.guest.last.casefold().startswith(surname.casefold()))
        if text := criteria.text("text"):
            tests.append(lambda stay: text.casefold() in self._words(stay))
        if criteria.flag("excludePMRooms") or criteria.flag("excludePseudoRoomReservations"):
            tests.append(lambda stay: not stay.is_pseudo)
        return tests

    def _summary_filters(self, criteria: Criteria) -> list[Filter]:
        tests: list[Filter] = []
        for name, of in (
            ("arrivalDate", lambda stay: stay.arrival),
            ("departureDate", lambda stay: stay.departure),
            ("createDateTime", lambda stay: self._tenant.local_day(stay.record.created_at)),
            ("cancelledOn", self._cancelled_on),
        ):
            tests += _on(criteria.day(name), of)
        statuses = criteria.words("reservationStatus", _STATUSES)
        if statuses is not None:
            tests.append(lambda stay: self._has_status(stay, statuses))
        tests += _among(criteria.several("confirmationNumber"), lambda stay: {stay.confirmation})
        if last := criteria.text("lastName"):
            tests.append(lambda stay: stay.guest.last.casefold().startswith(last.casefold()))
        return tests

    def _ordered(self, stays: list[Stay], criteria: Criteria) -> list[Stay]:
        for name in criteria.words("orderBy", (*_ORDERS, "RateAmount", "ArrivalDateETR")) or ():
            key = _ORDERS.get(name, _ORDERS["ArrivalDate"])
            is_falling = criteria.text("sortOrder") == "Desc"
            stays = sorted(stays, key=key, reverse=is_falling)  # type: ignore[arg-type]
        return stays

    def _has_status(self, stay: Stay, wanted: frozenset[str]) -> bool:
        computed = stay.computed(self._tenant.today())
        names = {computed, "CheckedIn" if stay.status() == "InHouse" else "", stay.status()}
        return bool(wanted & names) or ("WaitList" in wanted and computed == "Waitlisted")

    def _cancelled_on(self, stay: Stay) -> date | None:
        at = stay.record.cancelled_at
        return None if stay.state is not State.CANCELLED or at is None else self._tenant.local_day(at)

    def _words(self, stay: Stay) -> str:
        shown = given(number=stay.id, confirmation=stay.confirmation, name=full_name(stay.guest))
        return " ".join(map(str, shown.values())).casefold()


def _among(wanted: frozenset[str] | None, of: Callable[[Stay], AbstractSet[str | None]]) -> list[Filter]:
    return [] if wanted is None else [lambda stay: bool(wanted & of(stay))]


def _on(wanted: date | None, of: Callable[[Stay], date | None]) -> list[Filter]:
    return [] if wanted is None else [lambda stay: of(stay) == wanted]
