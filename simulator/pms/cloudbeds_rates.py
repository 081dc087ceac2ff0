"""Prices and availability of Cloudbeds: the grid of rate plans, and what is free for one stay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from simulator import pricing
from simulator.hotel import RatePlan, RoomType
from simulator.pms.cloudbeds_books import Books
from simulator.pms.cloudbeds_calls import Ask, Json, Method, listed, wrong
from simulator.pms.cloudbeds_money import amount

_DERIVED = (
    "baseRate",
    "parentRateID",
    "parentRatePlanID",
    "parentRatePlanNamePublic",
    "parentRatePlanNamePrivate",
)
# The company rate is sold against a code.
_PROMO = "CORP"


@dataclass(frozen=True, slots=True)
class _Stay:
    """Nights `[start, end)` and how many rooms of each type are free on each."""

    days: tuple[date, ...]
    free: Mapping[tuple[date, str], int]

    def rooms(self, kind: RoomType) -> int:
        return min(self.free[day, kind.code] for day in self.days)


class RateDesk:
    """Answers from the hotel's price list and its books."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._hotel = books.world.hotel

    def methods(self) -> Mapping[str, Method]:
        return {
            "getRatePlans": Method("GET", "read:rate", self._plans),
            "getAvailableRoomTypes": Method("GET", "read:room", self._available),
        }

    def _plans(self, ask: Ask) -> Json:
        params, stay = ask.params, self._stay(ask)
        rates, kinds = params.several("rateIDs"), params.several("roomTypeID")
        codes = params.several("promoCode")
        with_promo = params.flag("includePromoCode", otherwise=True)
        ids, rows = self._books.ids, []
        for kind in self._hotel.room_types:
            for plan in self._hotel.rate_plans:
                code = _promo(plan)
                if rates is not None and ids.rate(plan, kind) not in rates:
                    continue
                if kinds is not None and ids.room_type(kind.code) not in kinds:
                    continue
                if (codes is not None and code not in codes) or (code is not None and not with_promo):
                    continue
                rows.append(self._plan(plan, kind, stay, params.flag("detailedRates")))
        return {"success": True, "data": ask.rows(lambda: rows)}

    def _plan(self, plan: RatePlan, kind: RoomType, stay: _Stay, detailed: bool) -> Json:
        ids, currency = self._books.ids, self._hotel.currency
        prices = {day: pricing.price(self._hotel, plan, kind, day) for day in stay.days}
        total = amount(sum(prices.values()), currency)
        named = not ids.is_base(plan)
        row: Json = {
            "rateID": ids.rate(plan, kind),
            "isDerived": False,
            "roomRate": total,
            "totalRate": total,
            "roomsAvailable": stay.rooms(kind),
            "roomTypeID": ids.room_type(kind.code),
            "roomTypeName": kind.name,
            "propertyID": ids.property_id,
            "ratePlanID": ids.rate_plan(plan),
            "ratePlanNamePublic": plan.name if named else None,
            "ratePlanNamePrivate": plan.code if named else None,
            "promoCode": _promo(plan),
            **self._derived(plan, kind, stay),
            "daysOfWeek": None,
            "addOns": self._add_ons(plan),
        }
        if detailed:
            row["roomRateDetailed"] = [
                self._night(plan, kind, day, price, stay.free[day, kind.code])
                for day, price in prices.items()
            ]
        return row

    def _derived(self, plan: RatePlan, kind: RoomType, stay: _Stay) -> Json:
        """How a plan follows the base rate of its room type; hardly a word when it has prices of its own."""
        base = self._hotel.rate_plans[0]
        row: Json = dict.fromkeys(_DERIVED)
        # Only one step at a time can be derived: a percentage, or an amount for breakfast.
        if self._books.ids.is_base(plan) or (plan.percent != 100) == bool(plan.per_person):
            return row
        persons = min(2, kind.max_occupancy)
        by_percent = plan.percent != 100
        prices = [pricing.price(self._hotel, base, kind, day) for day in stay.days]
        return row | {
            "isDerived": True,
            "derivedType": "percentage" if by_percent else "fixed",
            "derivedValue": plan.percent - 100
            if by_percent
            else amount(plan.per_person * persons, self._hotel.currency),
            "baseRate": amount(sum(prices), self._hotel.currency),
            "parentRateID": self._books.ids.rate(base, kind),
        }

    def _night(self, plan: RatePlan, kind: RoomType, day: date, price: int, free: int) -> Json:
        rate = pricing.rate_day(self._hotel, plan, kind, day)
        shown = amount(price, self._hotel.currency)
        return {
            "date": day,
            "rateBase": shown,
            "totalRate": shown,
            "roomsAvailable": free,
            "closedToArrival": rate.closed_to_arrival,
            "closedToDeparture": rate.closed_to_departure,
            "blocked": False,
            "minLos": rate.min_stay,
            "maxLos": 0,
            "cutOff": 0,
            "lastMinuteBooking": 0,
        }

    def _add_ons(self, plan: RatePlan) -> list[Json]:
        if not plan.breakfast:
            return []
        return [{"addOnID": "12", "addOnName": "Breakfast", "itemID": "88", "itemName": "Breakfast buffet"}]

    def _available(self, ask: Ask) -> Json:
        params, stay = ask.params, self._stay(ask)
        params.required("rooms"), params.required("adults"), params.required("children")
        rooms, people = params.whole("rooms", 1, 1), params.whole("adults", 1, 1)
        people += params.whole("children", 0)
        kinds = [
            kind
            for kind in self._hotel.room_types
            if stay.rooms(kind) >= rooms and kind.max_occupancy >= people
        ]
        kinds = ask.rows(lambda: kinds)
        part, _ = params.page(kinds, 20)
        shown = [self._room_type(kind, stay, params.flag("detailedRates")) for kind in part]
        entry = {
            "propertyID": self._books.ids.property_id,
            "propertyCurrency": currency_sheet(self._hotel.currency),
            "propertyRooms": shown,
        }
        counts = {"roomCount": len(shown), "count": min(1, len(shown)), "total": min(1, len(kinds))}
        return listed([entry] if shown else [], counts)

    def _room_type(self, kind: RoomType, stay: _Stay, detailed: bool) -> Json:
        base = self._hotel.rate_plans[0]
        prices = {day: pricing.price(self._hotel, base, kind, day) for day in stay.days}
        currency = self._hotel.currency
        row: Json = {
            **room_type_facts(self._books, kind),
            "roomTypePhotos": [],
            "roomTypeFeatures": [],
            "roomRate": amount(sum(prices.values()), currency),
            "roomRateID": self._books.ids.rate(base, kind),
            "ratePlanNamePublic": base.name,
            "ratePlanNamePrivate": base.code,
            "roomsAvailable": stay.rooms(kind),
            "adultsExtraCharge": None,
            "childrenExtraCharge": None,
            "individualRooms": None,
        }
        if detailed:
            row["roomRateDetailed"] = [
                {"date": day, "rate": amount(price, currency)} for day, price in prices.items()
            ]
        return row

    def _stay(self, ask: Ask) -> _Stay:
        ask.params.required("startDate"), ask.params.required("endDate")
        start, end = ask.params.day("startDate"), ask.params.day("endDate")
        if start is None or end is None or end <= start:
            raise wrong("endDate must be after startDate")
        days = tuple(start + timedelta(n) for n in range((end - start).days))
        found = self._books.world.availability(days[0], days[-1])
        return _Stay(days, {(night.day, night.room_type): night.available for night in found})


def room_type_facts(books: Books, kind: RoomType) -> Json:
    return {
        "roomTypeID": books.ids.room_type(kind.code),
        "roomTypeName": kind.name,
        "roomTypeNameShort": kind.code,
        "roomTypeDescription": "",
        "maxGuests": kind.max_occupancy,
        "adultsIncluded": min(2, kind.max_occupancy),
        "childrenIncluded": 0,
    }


def currency_sheet(currency: str) -> Json:
    """An object, whatever the published contract says."""
    return {"currencyCode": currency, "currencySymbol": currency, "currencyPosition": "before"}


def _promo(plan: RatePlan) -> str | None:
    return _PROMO if plan.code == _PROMO else None
