"""What Guesty says of the house: the account, its listings, their calendars and, where switched on, rate plans."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from simulator import pricing
from simulator.hotel import TAKING_A_ROOM, RatePlan, Room, RoomType
from simulator.inventory import AvailabilityDay
from simulator.money import major_number
from simulator.pms.guesty_books import Books
from simulator.pms.guesty_calls import Ask, Json, Refused, forbidden, invalid, not_found, picked
from simulator.pms.guesty_names import Names
from simulator.pms.guesty_switches import Switches
from simulator.pms.guesty_words import CHECK_IN, CHECK_OUT
from simulator.pricing import RateDay

MOST_DAYS = 400
_BLOCKS = "m r b bd sr abl a bw o pt".split()


class House:
    """A room type is a multi-unit listing; its rooms are units, which have ids and calendars of their own."""

    def __init__(self, books: Books, names: Names, switches: Callable[[], Switches]) -> None:
        self._books = books
        self._names = names
        self._switches = switches
        self._world = books.world
        self._hotel = books.world.hotel
        self._types = {names.room_type(kind.code): kind for kind in self._hotel.room_types}
        self._rooms = {names.room(room.number): room for room in self._hotel.rooms}
        self._plans = {names.plan(plan.code): plan for plan in self._hotel.rate_plans}

    def account(self, _: Ask) -> object:
        return {
            "id": self._names.account,
            "active": True,
            "name": self._hotel.name,
            "email": "frontdesk@example.org",
            "timezone": self._hotel.timezone,
            "currency": self._hotel.currency,
        }

    def listings(self, ask: Ask) -> object:
        skip, limit = ask.turn()
        rows = [self._type_row(kind) for kind in self._hotel.room_types]
        if self._switches().are_units_listed:
            rows += [self._room_row(room) for room in self._hotel.rooms]
        wanted = frozenset((ask.query.get("ids") or "").split(",")) - {""}
        if ask.flag("active") is False:
            rows = []
        kept = ask.rows(lambda: [row for row in rows if not wanted or row["_id"] in wanted])
        part = [picked(row, ask.query.get("fields")) for row in kept[skip : skip + limit]]
        if self._switches().are_listings_bare:
            return part
        return {"results": part, "count": len(kept), "limit": limit, "skip": skip}

    def listing(self, ask: Ask) -> object:
        return picked(self._row(ask.rest[0]), ask.query.get("fields"))

    def calendar(self, ask: Ask) -> object:
        """One listing for `calendar/listings/{id}`, several for `?listingIds=`, days of all in one list."""
        if ask.rest[:3] != ("api", "calendar", "listings") or len(ask.rest) > 5:
            raise not_found("Page", ask.call.path)
        is_small = ask.rest[3:4] == ("minified",)
        asked = ask.rest[4 if is_small else 3 :] or tuple(ask.required("listingIds")[0].split(","))
        first, last = ask.days("startDate", "endDate")
        if (last - first).days > MOST_DAYS:
            raise Refused(422, {"message": "The range is too long", "code": "VALIDATION_FAILED"})
        for identifier in asked:
            self._row(identifier)
        has_allotment = ask.flag("includeAllotment") is True
        days = ask.rows(lambda: [day for one in asked for day in self._days(one, first, last, has_allotment)])
        if is_small:
            span = {"listingId": asked[0], "startDate": first, "endDate": last}
            return {
                "days": {**span, "currency": self._hotel.currency, "calendar": [_small(day) for day in days]}
            }
        return {
            "data.days": {"status": 200, "data": {"days": days}},
            "days": {"days": days},
            "data": {"data": days},
            "bare": days,
        }[self._switches().calendar]

    def rate_plans(self, ask: Ask) -> object:
        """The list, that of one listing, one plan, and a plan's prices."""
        feature = self._switches().rate_plans
        if feature == "forbidden":
            raise forbidden()
        if feature == "not_found":
            raise not_found("Feature", "rate plans")
        plans: dict[str, RatePlan] = {} if feature == "empty" or ask.is_empty else self._plans
        match ask.rest:
            case ("rate-plans",):
                return self._plan_list(ask, plans)
            case ("rate-plans", "listing", listing):
                if listing not in self._types:
                    raise Refused(
                        404, {"error": {"code": "LISTING_NOT_FOUND", "message": "Listing not found"}}
                    )
                return {"listingId": listing, **self._plan_list(ask, plans)}
            case ("rate-plans", plan) if plan in plans:
                return self._plan_row(plans[plan])
            case ("ari-calendar", "listing", listing, "ratePlan", plan):
                if listing not in self._types or plan not in plans:
                    raise forbidden()
                return self._prices(ask, self._types[listing], plans[plan])
        raise not_found("Rate plan", ask.rest[-1] if ask.rest else "")

    def _plan_list(self, ask: Ask, plans: dict[str, RatePlan]) -> Json:
        ask.required("skip", "limit", "sort", "channelId")
        skip, limit = ask.turn()
        rows = [self._plan_row(plan) for plan in plans.values()]
        return {"ratePlans": rows[skip : skip + limit], "count": len(rows), "limit": limit, "skip": skip}

    def _prices(self, ask: Ask, kind: RoomType, plan: RatePlan) -> Json:
        first, last = ask.days("fromDate", "toDate")
        if (last - first).days > MOST_DAYS:
            raise invalid("The range is too long")
        free = {row.day: row.available for row in self._free(kind, first, last)}
        days: list[Json] = []
        for on in _each(first, last):
            rate = pricing.rate_day(self._hotel, plan, kind, on)
            row: Json = {"date": on, "price": self._number(rate.price), "minNights": rate.min_stay}
            row |= {"maxNights": 365, "cta": rate.closed_to_arrival, "ctd": rate.closed_to_departure}
            days.append(row | {"allotment": free[on], "closed": free[on] == 0})
        return {"listingId": self._names.room_type(kind.code), "ratePlan": self._plan_row(plan), "days": days}

    def _plan_row(self, plan: RatePlan) -> Json:
        return {
            "_id": self._names.plan(plan.code),
            "accountId": self._names.account,
            "type": "independent",
            "name": plan.name,
            "description": "",
            "cancellationPolicy": "flex" if plan.refundable else "strict",
            "cancellationFee": None,
            "mealPlans": ["breakfast"] if plan.breakfast else [],
            "pricingModel": "nightly_rate",
            "channelSync": ["bookingCom"],
            "active": True,
            "createdAt": "2024-02-01T09:00:00.000Z",
            "updatedAt": "2025-11-03T14:12:08.000Z",
        }

    def _days(self, identifier: str, first: date, last: date, has_allotment: bool) -> Iterator[Json]:
        kind, room = self._types.get(identifier), self._rooms.get(identifier)
        if kind is not None:
            for row in self._free(kind, first, last):
                status = "available" if row.available else "booked" if row.sold + row.held else "unavailable"
                day = self._day(identifier, kind, row.day, status)
                yield day | ({"allotment": row.available} if has_allotment else {})
        elif room is not None:
            kind = self._hotel.room_type(room.room_type)
            taken = dict(self._taken(room))
            for on in _each(first, last):
                status = "booked" if on in taken else "available"
                if any(each.room == room.number and each.covers(on) for each in self._hotel.out_of_order):
                    status = "unavailable"
                yield self._day(identifier, kind, on, status) | {"reservationId": taken.get(on)}

    def _taken(self, room: Room) -> Iterator[tuple[date, str]]:
        for booking in self._books.bookings():
            for line in booking.lines:
                if line.state in TAKING_A_ROOM and line.takes_room == room.number:
                    for night in line.nights():
                        yield night, booking.id

    def _day(self, identifier: str, kind: RoomType, on: date, status: str) -> Json:
        rate: RateDay = pricing.rate_day(self._hotel, self._hotel.rate_plans[0], kind, on)
        return {
            "date": on,
            "listingId": identifier,
            "currency": self._hotel.currency,
            "price": self._number(rate.price),
            "isBasePrice": rate.price == kind.base_price,
            "minNights": rate.min_stay,
            "isBaseMinNights": rate.min_stay == 1,
            "status": status,
            "blocks": {name: name == "b" and status == "booked" for name in _BLOCKS},
            "blockRefs": [],
            "cta": rate.closed_to_arrival,
            "ctd": rate.closed_to_departure,
        }

    def _free(self, kind: RoomType, first: date, last: date) -> list[AvailabilityDay]:
        return [row for row in self._world.availability(first, last) if row.room_type == kind.code]

    def _row(self, identifier: str) -> Json:
        if identifier in self._types:
            return self._type_row(self._types[identifier])
        if identifier in self._rooms:
            return self._room_row(self._rooms[identifier])
        raise not_found("Listing", identifier)

    def _type_row(self, kind: RoomType) -> Json:
        return self._listing(self._names.room_type(kind.code), kind.name, kind.code, kind)

    def _room_row(self, room: Room) -> Json:
        kind = self._hotel.room_type(room.room_type)
        return self._listing(self._names.room(room.number), f"{kind.name} {room.number}", room.number, kind)

    def _listing(self, identifier: str, title: str, nickname: str, kind: RoomType) -> Json:
        city = self._hotel.timezone.rpartition("/")[2].replace("_", " ")
        return {
            "_id": identifier,
            "accountId": self._names.account,
            "createdAt": "2024-01-15T08:00:00.000Z",
            "title": title,
            "nickname": nickname,
            "active": True,
            "isListed": True,
            "propertyType": "Hotel",
            "roomType": "Private room",
            "accommodates": kind.max_occupancy,
            "bedrooms": 1,
            "address": {"full": f"{self._hotel.name}, {city}", "city": city},
            "timezone": self._hotel.timezone,
            "defaultCheckInTime": f"{CHECK_IN:%H:%M}",
            "defaultCheckOutTime": f"{CHECK_OUT:%H:%M}",
            "prices": {
                "basePrice": self._number(kind.base_price),
                "currency": self._hotel.currency,
                "cleaningFee": 0,
            },
            "terms": {"minNights": 1, "maxNights": 365},
            "tags": [],
        }

    def _number(self, minor: int) -> int | float:
        major = major_number(minor, self._hotel.currency)
        return int(major) if major.is_integer() else major


def _each(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def _small(day: Json) -> Json:
    return {name: day[name] for name in ("date", "status", "price", "minNights") if name in day} | {
        name: day[name] for name in ("allotment",) if name in day
    }
