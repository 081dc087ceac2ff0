"""From OPERA's inventory, price schedules and packages to days of availability and of rates: pure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.integrations.kit.plain_values import amount, day, first, is_true, text, whole
from webapp.integrations.kit.unreadable import MISSING, Unreadable

from .hotel import NO_CURRENCY, Hotel
from .rate_payloads import Count, InventoryAnswer, PackageInfo, PackagesAnswer, PlanInfo, Schedule

PACKAGE = "package "
"""Begins the plan's id of what is a package and no rate plan."""


def availability_of(answer: InventoryAnswer, begin: date, end: date) -> list[AvailabilityDay]:
    """What can be sold per room type and day, both ends included. Raises Unreadable."""
    found: dict[tuple[str, date], AvailabilityDay] = {}
    for inventory in answer.hotel_inventories or ():
        for room_type in inventory.room_type_inventories or ():
            for at, count in _days(room_type.inventory_counts or (), begin, end):
                code, available = text(room_type.code), whole(count.available_count)
                if code and available is not None:
                    item = AvailabilityDay(code, at, max(available, 0), room_type=code)
                    found.setdefault((code, at), item)
    return sorted(found.values(), key=lambda item: (item.day, item.room_type_id))


def _days(counts: Sequence[Count], begin: date, end: date) -> Iterator[tuple[date, Count]]:
    """First each count's own first day, then the days up to its end: whether the end of a one-day count is the same day
    or the next is not said, and in this order either is read rightly."""
    spans = []
    for count in counts:
        since = day(count.start_date, "startDate")
        if since is None:
            raise Unreadable(MISSING, field="startDate")
        spans.append((since, day(count.end_date, "endDate") or since, count))
    for since, _until, count in spans:
        if begin <= since <= end:
            yield since, count
    for since, until, count in spans:
        for number in range(1, (min(until, end) - since).days + 1):
            if since + timedelta(number) >= begin:
                yield since + timedelta(number), count


def rates_of(
    plan: PlanInfo, schedules: Sequence[Schedule], currency: str, begin: date, end: date
) -> list[RateDay]:
    """The price for two where there is one, else for one person. Where schedules overlap, the shorter span is the
    exception that counts. Raises Unreadable."""
    code, name = text(plan.rate_plan_code), _name(plan)
    currency = (currency or NO_CURRENCY).upper()
    found: dict[tuple[str, date], RateDay] = {}
    for schedule, since, until in sorted(_spans(schedules), key=lambda span: span[2] - span[1]):
        amounts = schedule.rate_amounts
        told = first(amounts.two_person_rate, amounts.one_person_rate) if amounts else ""
        price = amount(told, currency, "rateAmounts")
        if price is None:
            continue
        for at in _on(schedule, max(since, begin), min(until, end)):
            for room_type in schedule.room_type_list or ("",):
                item = RateDay(code, at, price, currency, room_type, rate_plan=name, room_type=room_type)
                found.setdefault((room_type, at), item)
    return sorted(found.values(), key=lambda item: (item.day, item.room_type_id))


def _name(plan: PlanInfo) -> str:
    told = plan.primary_details.description if plan.primary_details else None
    words = told if isinstance(told, str) or told is None else told.default_text
    return text(words) or text(plan.rate_plan_code)


def _spans(schedules: Sequence[Schedule]) -> Iterator[tuple[Schedule, date, date]]:
    for schedule in schedules:
        since, until = day(schedule.start, "start"), day(schedule.end, "end")
        if since is None:
            raise Unreadable(MISSING, field="start")
        yield schedule, since, until or since


def _on(schedule: Schedule, begin: date, end: date) -> Iterator[date]:
    """All days where the schedule names no weekday."""
    named = [is_true(weekday) for weekday in schedule.weekdays]
    for number in range((end - begin).days + 1):
        at = begin + timedelta(number)
        if not any(named) or named[at.weekday()]:
            yield at


def packages_of(answer: PackagesAnswer, hotel: Hotel, begin: date, end: date) -> list[RateDay]:
    """The price of a package, as Oracle reckons it for two adults, on each day asked for. Raises Unreadable."""
    found: dict[str, PackageInfo] = {}
    for group in answer.package_codes_list.package_codes:
        if text(group.hotel_id).casefold() in ("", hotel.external_id.casefold()):
            found |= {
                text(info.code): info for info in group.package_code_short_info or () if text(info.code)
            }
    days = [begin + timedelta(number) for number in range((end - begin).days + 1)]
    return [item for info in found.values() for item in _package(info, hotel, days)]


def _package(info: PackageInfo, hotel: Hotel, days: Sequence[date]) -> Iterator[RateDay]:
    money = info.transaction_details.currency if info.transaction_details else None
    currency = (money or hotel.currency or NO_CURRENCY).upper()
    told = info.posting_attributes.calculated_price if info.posting_attributes else None
    price = amount(told, currency, "calculatedPrice")
    if price is None:
        return
    name = first(info.primary_details.description if info.primary_details else None, info.code)
    for at in days:
        yield RateDay(PACKAGE + text(info.code), at, price, currency, rate_plan=name)
