"""What RMS Cloud says of the house: properties, categories, areas, rates, agents, packages, and look-ups."""

from datetime import date

import msgspec

from simulator.hotel import RatePlan, RoomType
from simulator.pms.rms_books import PROPERTY, Books
from simulator.pms.rms_calls import Ask, Ids, Json, kept, nowhere, on_clock
from simulator.pms.rms_grids import AGENT, CHANNEL
from simulator.pms.rms_words import ARRIVES_AT, COUNTRIES, CURRENCIES, ZONES, number

ANNEX = 2
_LITE = "id name propertyId inactive"
_PROPERTY_BASIC = "id name accountingDate inactive code rmsClientId timeZoneId useSecondaryCurrency"
_CATEGORY_BASIC = (
    "id name propertyId inactive numberOfAreas maxOccupantsPerCategory categoryClass longDescription "
    "allowBookingByCategory availableToIbe interconnecting"
)
_AREA_BASIC = "id name categoryId propertyId inactive cleanStatus maxOccupants description extension"


class Packages(msgspec.Struct, frozen=True, rename="camel"):
    property_ids: Ids = None
    rate_ids: Ids = None
    table_ids: Ids = None


class House:
    """The hotel is property 1; property 2 is an annex that was closed."""

    def __init__(self, books: Books, client_id: int) -> None:
        self._books = books
        self._world = books.world
        self._hotel = books.world.hotel
        self._client_id = client_id

    def properties(self, ask: Ask) -> object:
        return ask.rows(lambda: [self._property(each, ask.model) for each in (PROPERTY, ANNEX)])

    def property(self, ask: Ask) -> object:
        if ask.id not in (PROPERTY, ANNEX):
            raise nowhere()
        match ask.rest[1:]:
            case ():
                return [self._property(ask.id, ask.model)]
            case ("currency",):
                symbol, name = CURRENCIES.get(self._hotel.currency, (self._hotel.currency,) * 2)
                return [
                    {"primaryCurrencyId": 1, "primaryCurrencySymbol": symbol, "primaryCurrencyName": name}
                ]
        raise nowhere()

    def categories(self, ask: Ask) -> object:
        is_ours, model = ask.number("propertyId") == PROPERTY, ask.model
        return ask.page(lambda: [self._category(kind, model) for kind in self._hotel.room_types if is_ours])

    def areas(self, ask: Ask) -> object:
        is_ours, model = ask.number("propertyId") == PROPERTY, ask.model
        return ask.page(lambda: [self._area(room.number, model) for room in self._hotel.rooms if is_ours])

    def rates(self, ask: Ask) -> object:
        return ask.page(lambda: [self._rate(plan, ask.model) for plan in self._hotel.rate_plans])

    def online_agents(self, ask: Ask) -> object:
        """The hotel's own booking page and a channel."""
        is_ours = ask.number("propertyId") == PROPERTY
        agents = [(AGENT, "Booking Engine"), (CHANNEL, "Booking.com")]
        return ask.page(lambda: [{"id": key, "name": name} for key, name in agents if is_ours])

    def agent_rates(self, ask: Ask) -> object:
        """The channel sells all but the rates of companies and groups."""
        if ask.id not in (AGENT, CHANNEL) or ask.rest[1:] != ("rates",):
            raise nowhere()
        return ask.rows(
            lambda: [
                {
                    "rateId": self._books.rates[plan.code],
                    "rateName": plan.name,
                    "propertyId": PROPERTY,
                    "propertyName": self._hotel.name,
                    "fromDate": "2020-01-01 00:00:00",
                    "toDate": "2049-12-31 00:00:00",
                }
                for plan in self._hotel.rate_plans
                if ask.id == AGENT or plan.code not in ("CORP", "GRP")
            ]
        )

    def packages(self, ask: Ask) -> object:
        """What a rate with breakfast adds a night."""
        wish = ask.body(Packages)
        return ask.rows(
            lambda: [
                {
                    "id": 40 + self._books.rates[plan.code],
                    "propertyId": PROPERTY,
                    "sundryId": 1,
                    "applyCharge": "every",
                    "makePackageInclusive": True,
                    "perPersonFee": [{"adults": self._money(plan.per_person), "children": 0, "infants": 0}],
                    "perPeriodFee": [{"amount": 0, "quantity": 1}],
                }
                for plan in self._hotel.rate_plans
                if plan.per_person
                and (not wish.property_ids or PROPERTY in wish.property_ids)
                and (not wish.rate_ids or self._books.rates[plan.code] in wish.rate_ids)
            ]
        )

    def booking_sources(self, ask: Ask) -> object:
        return ask.page(
            lambda: [
                {"id": key, "name": name, "code": name[:3].upper(), "inactive": False}
                for name, key in sorted(self._books.sources.items(), key=lambda pair: pair[1])
            ]
        )

    def countries(self, ask: Ask) -> object:
        return ask.rows(
            lambda: [
                {"id": key, "name": name, "ISOCountryCode": code} for key, code, name in COUNTRIES.values()
            ]
        )

    def meal_plans(self, ask: Ask) -> object:
        one = {"id": 1, "description": "Bed and breakfast", "code": "BB"}
        return ask.rows(lambda: [{**one, "breakfast": True, "lunch": False, "dinner": False}])

    def _property(self, identifier: int, model: str) -> Json:
        is_annex = identifier == ANNEX
        zone = ZONES.get(self._hotel.timezone, "UTC")
        full: Json = {
            "id": identifier,
            "name": f"{self._hotel.name} Annex" if is_annex else self._hotel.name,
            "code": f"{self._hotel.code}{identifier}",
            "inactive": is_annex,
            "accountingDate": f"{self._world.business_date} 00:00:00",
            "useSecondaryCurrency": "useDefault",
        }
        if model == "full":
            return {**full, "clientId": self._client_id, "timeZone": zone, "countryId": 0, "city": ""}
        basic = {**full, "rmsClientId": self._client_id, "timeZoneId": zone}
        return kept(basic, _LITE if model == "lite" else _PROPERTY_BASIC)

    def _category(self, kind: RoomType, model: str) -> Json:
        full: Json = {
            "id": self._books.categories[kind.code],
            "name": kind.name,
            "code": kind.code,
            "propertyId": PROPERTY,
            "inactive": False,
            "numberOfAreas": kind.rooms,
            "maxOccupantsPerCategory": kind.max_occupancy,
            "categoryClass": "accommodation",
            "longDescription": "",
            "allowBookingByCategory": True,
            "allowOverbooking": False,
            "availableToIbe": True,
            "interconnecting": False,
        }
        if model == "lite":
            return kept(full, "id name propertyId")
        if model == "basic":
            return kept(full, _CATEGORY_BASIC) | {
                "defaultArrivalTime": on_clock(date(1900, 1, 1), ARRIVES_AT)
            }
        return full

    def _area(self, number_: str, model: str) -> Json:
        room = self._hotel.room(number_)
        full: Json = {
            "id": self._books.areas[number_],
            "name": f"{number_[:1]:0>2} {number_}",
            "categoryId": self._books.categories[room.room_type],
            "propertyId": PROPERTY,
            "inactive": False,
            "cleanStatus": "Vacant Clean",
            "maxOccupants": self._hotel.room_type(room.room_type).max_occupancy,
            "description": "",
            "extension": number_,
        }
        return kept(full, "id name categoryId propertyId") if model == "lite" else kept(full, _AREA_BASIC)

    def _rate(self, plan: RatePlan, model: str) -> Json:
        lite: Json = {"id": self._books.rates[plan.code], "name": plan.name}
        if model != "full":
            return lite
        meal = 1 if plan.breakfast else 0
        return {
            **lite,
            "code": plan.code,
            "inactive": False,
            "mealPlanId": meal,
            "rateStructure": "directRate",
        }

    def _money(self, minor: int) -> int | float:
        return number(minor, self._hotel.currency)
