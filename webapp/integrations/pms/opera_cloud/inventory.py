"""Reading availability by room type, the prices of rate plans, and packages."""

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.domain.stream import Window
from webapp.integrations.kit.contract import Page, Skipped
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.plain_values import is_true, text
from webapp.integrations.kit.spoilt_rows import sift
from webapp.integrations.kit.unreadable import MISSING, Unreadable, at_place

from .asking import Ohip, decoded
from .hotel import Hotel
from .rate_mapping import availability_of, packages_of, rates_of
from .rate_payloads import (
    InventoryAnswer,
    PackagesAnswer,
    PlanInfo,
    PlansAnswer,
    Schedule,
    ScheduleItem,
    SchedulesAnswer,
)
from .walking import slices

DAYS_A_CALL = 28
"""Ninety are allowed; a quarter of it keeps the pages of a walk small."""
PLANS_A_CALL = 200
SCHEDULES_A_CALL = 500
LONGEST_SPAN = 365
_MOST_CALLS = 50
PACKAGES = "packages"


class Inventory:
    def __init__(self, ohip: Ohip, hotel: Hotel, *, with_overbooking: bool) -> None:
        self._ohip = ohip
        self._hotel = hotel
        self._with_overbooking = with_overbooking

    def availability(self, window: Window, cursor: str | None) -> Iterator[Page]:
        """The cursor is the first day that is left."""
        for begin, end in slices(_resumed(cursor, window), window.to_date, DAYS_A_CALL):
            following = end + timedelta(days=1)
            cursor = following.isoformat() if following < window.to_date else None
            yield Page(tuple(self._free(begin, end)), cursor)

    def probe_availability(self, at: date) -> int:
        return len(self._free(at, at))

    def rates(self, window: Window, cursor: str | None) -> Iterator[Page]:
        """One page a plan, then the packages. The cursor is the next plan's code after `plan `, or `packages`."""
        listed, skipped = self._plans()
        plans = sorted(listed, key=lambda plan: text(plan.rate_plan_code))
        last = min(window.to_date - timedelta(days=1), window.from_date + timedelta(LONGEST_SPAN - 1))
        kind, _, wanted = (cursor or "").partition(" ")
        left = [] if kind == PACKAGES else [plan for plan in plans if text(plan.rate_plan_code) >= wanted]
        for number, plan in enumerate(left):
            following = (
                f"plan {text(left[number + 1].rate_plan_code)}" if number + 1 < len(left) else PACKAGES
            )
            prices, unread = self._prices(plan, window.from_date, last)
            yield Page(tuple(prices), following, skipped=(*skipped, *unread))
            skipped = []
        yield Page(tuple(self._packages(window.from_date, last)), None, skipped=tuple(skipped))

    def plans(self) -> list[PlanInfo]:
        """Plans by the night that can be read; each code once."""
        return self._plans()[0]

    def _plans(self) -> tuple[list[PlanInfo], list[Skipped]]:
        """A page of none ends the list, whatever `hasMore` says."""
        found: dict[str, PlanInfo] = {}
        skipped: list[Skipped] = []
        count = 0
        for _ in range(_MOST_CALLS):
            asked = {"hotelId": [self._ohip.hotel_id], "limit": PLANS_A_CALL, "offset": count}
            answer = self._ohip.get("rtp/v1/ratePlans", asked)
            if answer is None:
                break
            listed = answer.json(PlansAnswer).rate_plan_short_info_list
            plans, unread = sift(listed.rate_plan_short_info, _plan, lambda _raw: "")
            news = {text(plan.rate_plan_code): plan for plan in plans}
            if not news.keys() - found.keys():
                skipped += unread if not found else []
                break
            found |= news
            skipped += unread
            count += len(listed.rate_plan_short_info)
            if not is_true(listed.has_more):
                break
        return list(found.values()), skipped

    def _free(self, begin: date, end: date) -> list[AvailabilityDay]:
        asked = {
            "dateRangeStart": begin.isoformat(),
            "dateRangeEnd": end.isoformat(),
            "roomCountRequested": 1,
            "dailyInventory": True,
            "includeOverbooking": self._with_overbooking,
        }
        answer = self._ohip.get(f"inv/v1/hotels/{self._ohip.hotel_id}/hotelInventory", asked)
        if answer is None:
            return []
        try:
            return availability_of(answer.json(InventoryAnswer), begin, end)
        except Unreadable as error:
            raise ContractBroken(at_place("hotelInventory", error.sentence)) from None

    def _prices(self, plan: PlanInfo, begin: date, end: date) -> tuple[list[RateDay], list[Skipped]]:
        code = text(plan.rate_plan_code)
        path = f"rtp/v1/hotels/{self._ohip.hotel_id}/ratePlans/{_in_path(code)}/schedules"
        found: list[Schedule] = []
        skipped: list[Skipped] = []
        count = 0
        currency = self._hotel.currency
        for _ in range(_MOST_CALLS):
            asked = {
                "startDate": begin.isoformat(),
                "endDate": end.isoformat(),
                "limit": SCHEDULES_A_CALL,
                "offset": count,
            }
            answer = self._ohip.get(path, asked)
            if answer is None:  # a plan that follows another may have no prices of its own
                break
            told = answer.json(SchedulesAnswer)
            rows = told.rate_plan_schedule_list.rate_plan_schedule
            count += len(rows)
            schedules, unread = sift(rows, _schedule, lambda _raw: code)
            found += schedules
            skipped += unread
            currency = (told.rate_plan_master_info and told.rate_plan_master_info.currency_code) or currency
            if not rows or not is_true(told.rate_plan_schedule_list.has_more):
                break
        return rates_of(plan, found, currency, begin, end), skipped

    def _packages(self, begin: date, end: date) -> list[RateDay]:
        asked = {
            "hotelId": [self._ohip.hotel_id],
            "startDate": begin.isoformat(),
            "endDate": end.isoformat(),
            "adults": 2,
            "children": 0,
            "fetchInstructions": ["Header", "CalculatedPrice"],
        }
        answer = self._ohip.get("rtp/v1/packages", asked)
        if answer is None:
            return []
        try:
            return packages_of(answer.json(PackagesAnswer), self._hotel, begin, end)
        except Unreadable as error:
            raise ContractBroken(at_place("packages", error.sentence)) from None


def _plan(raw: msgspec.Raw) -> PlanInfo:
    """Raises ContractBroken, Unreadable."""
    plan = decoded(raw, PlanInfo, "ratePlans")
    if not text(plan.rate_plan_code):
        raise Unreadable(MISSING, field="ratePlanCode")
    return plan


def _schedule(raw: msgspec.Raw) -> Schedule:
    """One whose days and prices can be read, in whatever currency. Raises ContractBroken, Unreadable."""
    schedule = decoded(raw, ScheduleItem, "schedules").rate_plan_schedule_detail
    rates_of(PlanInfo(), [schedule], "", date.min, date.min)
    return schedule


def _in_path(code: str) -> str:
    """A code is one part of the address. Raises ContractBroken for one that would be more."""
    if not code or any(letter in "/?#%\\" or letter.isspace() for letter in code) or code.strip(".") == "":
        raise ContractBroken("ratePlans: ratePlanCode")
    return code


def _resumed(cursor: str | None, window: Window) -> date:
    try:
        begin = date.fromisoformat(cursor or "")
    except ValueError:
        return window.from_date
    return begin if window.from_date <= begin < window.to_date else window.from_date
