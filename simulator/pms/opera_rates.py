"""Rate plans, their price schedules, and packages of the pretend OPERA Cloud."""

from collections.abc import Iterator
from datetime import date, timedelta
from zlib import crc32

from simulator import pricing
from simulator.hotel import RatePlan, RoomType
from simulator.money import major_number
from simulator.pms.opera_calls import Ask, Json, given, invalid, text_day
from simulator.pms.opera_single_row import BREAKFAST
from simulator.pms.opera_tenant import Tenant

_PLANS_DEFAULT, _PLANS_MOST = 20, 1000
_SCHEDULES_DEFAULT, _SCHEDULES_MOST = 20, 500
_YEAR = 365
_LONG_STAY = 7
_WEEK = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


class RateDesk:
    """Answers what is asked about prices; None when there is nothing."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def plans(self, ask: Ask) -> Json | None:
        """The hotel's nightly plans; it has no others."""
        criteria, names = ask.criteria, self._tenant.names
        hotels = criteria.several("hotelId")
        if hotels is None:
            raise invalid("RTP00001", "hotelId is required")
        codes = criteria.several("ratePlanCode")
        intervals = criteria.words("postingInterval", ("Nightly", "Weekly", "Monthly", "All"))
        is_nightly = intervals is None or bool(intervals & {"Nightly", "All"})
        found = [
            plan
            for plan in self._tenant.world.hotel.rate_plans
            if names.code in hotels and (codes is None or plan.code in codes) and is_nightly
        ]
        page = self._tenant.page([] if ask.is_empty else found, criteria, _PLANS_DEFAULT, _PLANS_MOST)
        if not page.rows:
            return None
        rows = [
            {
                "hotelId": names.code,
                "ratePlanCode": plan.code,
                "primaryDetails": self._primary(plan),
                "classifications": _classes(plan),
                "descriptions": {"shortInfo": {"defaultText": plan.name}},
            }
            for plan in page.rows
        ]
        return {"ratePlanShortInfoList": {"ratePlanShortInfo": rows, **page.told()}, "links": []}

    def plan(self, ask: Ask) -> Json | None:
        found = None if ask.is_empty else self._plan(ask)
        if found is None:
            return None
        least = _LONG_STAY if found.code == "LONG" else 1
        row = given(
            hotelId=self._tenant.names.code,
            ratePlanCode=found.code,
            primaryDetails=self._primary(found),
            classifications=_classes(found),
            transactionDetails={"currencyCode": self._tenant.currency, "rateIncludesTax": True},
            roomTypeList=self._room_types(),
            ratePackages={"packages": [{"code": BREAKFAST, "description": "Breakfast"}]}
            if found.breakfast
            else None,
            controls={"sell": {"minimumLengthOfStay": least}},
            ratePlanBasedOnRates=self._based_on(found),
            ratePlanScheduleInfo={"schedulesDefined": found.code not in self._tenant.switches.derived_plans},
        )
        return {"ratePlans": [row], "links": []}

    def schedules(self, ask: Ask) -> Json | None:
        """Prices by run of days and room type; a derived plan may have none."""
        criteria, tenant = ask.criteria, self._tenant
        first = criteria.day("startDate") or tenant.today()
        last = criteria.day("endDate") or first + timedelta(_YEAR)
        if last < first or (last - first).days > _YEAR:
            raise invalid("RTP00004", f"startDate to endDate must be a range of at most {_YEAR} days")
        plan = self._plan(ask)
        if ask.is_empty or plan is None or plan.code in tenant.switches.derived_plans:
            return None
        kinds = criteria.several("roomType")
        found = [
            run
            for kind in tenant.world.hotel.room_types
            if kinds is None or kind.code in kinds
            for run in self._runs(plan, kind, first, last)
        ]
        page = tenant.page(found, criteria, _SCHEDULES_DEFAULT, _SCHEDULES_MOST)
        if not page.rows:
            return None
        rows = [self._schedule(plan, *run) for run in page.rows]
        heads = {"hotelId": tenant.names.code, "ratePlanCode": plan.code}
        master = given(
            **heads,
            primaryDetails=self._primary(plan),
            roomTypeList=self._room_types(),
            ratePlanBasedOnRates=self._based_on(plan),
            currencyCode=tenant.currency,
        )
        return {
            "ratePlanScheduleList": {"ratePlanSchedule": rows, **heads, **page.told()},
            "ratePlanMasterInfo": master,
            "links": [],
        }

    def packages(self, ask: Ask) -> Json | None:
        """Breakfast, where the hotel has it; its price only with the instruction `CalculatedPrice`."""
        criteria, tenant = ask.criteria, self._tenant
        if criteria.day("startDate") is not None:
            criteria.days("startDate", "endDate", _YEAR)
        hotels, codes = criteria.several("hotelId"), criteria.several("packageCode")
        price = max(
            (plan.per_person for plan in tenant.world.hotel.rate_plans if plan.breakfast), default=None
        )
        is_ours = (hotels is None or tenant.names.code in hotels) and (codes is None or BREAKFAST in codes)
        if price is None or not is_ours or ask.is_empty:
            return None
        adults = criteria.whole("adults", 1)
        wanted = criteria.several("fetchInstructions") or frozenset()
        calculated = major_number(price * adults, tenant.currency) if "CalculatedPrice" in wanted else None
        row = {
            "code": BREAKFAST,
            "primaryDetails": {"description": "Breakfast", "shortDescription": "Breakfast"},
            "transactionDetails": {"currency": tenant.currency, "allowance": False},
            "postingAttributes": given(
                priceCalculationRule="PerPerson", calculatedPrice=calculated, sellSeparate=True
            ),
            "group": False,
        }
        codes_of_hotel = {"hotelId": tenant.names.code, "packageCodeShortInfo": [row]}
        told = {"packageCodes": [codes_of_hotel], "hasMore": False, "totalResults": 1, "count": 1}
        return {"packageCodesList": told, "links": []}

    def _plan(self, ask: Ask) -> RatePlan | None:
        code = ask.parts["ratePlanCode"]
        return next((plan for plan in self._tenant.world.hotel.rate_plans if plan.code == code), None)

    def _primary(self, plan: RatePlan) -> Json:
        start = date(self._tenant.world.business_date.year - 1, 1, 1)
        return {
            "description": {"defaultText": plan.name},
            "startSellDate": text_day(start),
            "endSellDate": text_day(date(start.year + 3, 12, 31)),
            "postingInterval": "Nightly",
        }

    def _room_types(self) -> list[Json]:
        kinds = self._tenant.world.hotel.room_types
        return [{"code": kind.code, "description": kind.name, "pseudo": False} for kind in kinds]

    def _based_on(self, plan: RatePlan) -> list[Json] | None:
        if plan.code not in self._tenant.switches.derived_plans:
            return None
        base = self._tenant.world.hotel.rate_plans[0]
        rate = {
            "basedOnRatePlan": base.code,
            "baseAmount": plan.percent - 100,
            "flatOrPercentage": "PCT",
        }
        return [{"baseRate": rate, "basedOnRatePlanType": "BaseRate"}]

    def _runs(
        self, plan: RatePlan, kind: RoomType, first: date, last: date
    ) -> Iterator[tuple[RoomType, date, date, int]]:
        """Neighbouring days at one price."""
        hotel, start = self._tenant.world.hotel, first
        price = pricing.price(hotel, plan, kind, first)
        day = first
        while day < last:
            day += timedelta(1)
            fresh = pricing.price(hotel, plan, kind, day)
            if fresh != price:
                yield kind, start, day - timedelta(1), price
                start, price = day, fresh
        yield kind, start, last, price

    def _schedule(self, plan: RatePlan, kind: RoomType, start: date, end: date, price: int) -> Json:
        """`price` is for two people where two may sleep."""
        currency, sleeps_two = self._tenant.currency, kind.max_occupancy > 1
        single = price - plan.per_person if sleeps_two else price
        amounts = given(
            onePersonRate=major_number(single, currency),
            twoPersonRate=major_number(price, currency) if sleeps_two else None,
            extraPersonRate=major_number(kind.base_price // 4, currency) if kind.max_occupancy > 2 else None,
        )
        detail = {
            "start": text_day(start),
            "end": text_day(end),
            "roomTypeList": [kind.code],
            "rateAmounts": amounts,
            **dict.fromkeys(_WEEK, True),
        }
        number = crc32(f"{plan.code}:{kind.code}:{start}".encode())
        return {
            "ratePlanScheduleId": {"id": str(number), "type": "RatePlanScheduleId"},
            "ratePlanScheduleDetail": detail,
        }


def _classes(plan: RatePlan) -> Json:
    category = {"CORP": "CORP", "GRP": "GROUP"}.get(plan.code, "TRANS")
    return {"rateCategory": category, "marketCode": "GRP" if category == "GROUP" else "LEI"}
