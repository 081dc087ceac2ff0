"""What is free to sell in the pretend OPERA Cloud, by day and room type, and the house's statistics."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from simulator.inventory import AvailabilityDay
from simulator.pms.opera_calls import Ask, Json, given, invalid, text_day
from simulator.pms.opera_stays import PSEUDO_TYPE
from simulator.pms.opera_tenant import Tenant

_INVENTORY_DAYS, _STATISTICS_DAYS = 90, 62
_PSEUDO_ROOMS = 10
_REPORTS = (
    "DetailedAvailabiltySummary",
    "RoomCalendarStatistics",
    "SellLimitSummary",
    "RoomsAvailabilitySummary",
)


class InventoryDesk:
    """Answers what is asked about free rooms."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def inventory(self, ask: Ask) -> Json | None:
        """Counts by room type and for the house; the house counts no posting masters."""
        criteria, tenant = ask.criteria, self._tenant
        first, last = criteria.days("dateRangeStart", "dateRangeEnd", _INVENTORY_DAYS)
        if criteria.text("roomCountRequested") is None:
            raise invalid("INV00002", "roomCountRequested is required")
        wanted_rooms = criteria.whole("roomCountRequested", 1, least=1)
        if ask.is_empty:
            return None
        is_daily = criteria.flag("dailyInventory")
        spare = tenant.switches.overbooking if criteria.flag("includeOverbooking", True) else 0
        kinds = criteria.several("roomTypes")
        days = tenant.world.availability(first, last)
        counted: dict[str, list[tuple[date, int, int]]] = {}
        for row in days:
            counted.setdefault(row.room_type, []).append((row.day, _left(row) + spare, row.held))
        house = _house(days, spare)
        counted[PSEUDO_TYPE] = [(day, _PSEUDO_ROOMS, 0) for day, _, _ in house]
        by_type = [
            {"code": code, "inventoryCounts": _counts(rows, is_daily, wanted_rooms)}
            for code, rows in counted.items()
            if kinds is None or code in kinds
        ]
        told = given(
            houseInventory=_counts(house, is_daily, wanted_rooms),
            roomTypeInventories=None if criteria.flag("houseLevel") else by_type,
        )
        return {"hotelInventories": [told], "links": []}

    def statistics(self, ask: Ask) -> list[Json] | None:
        """By day for the house and for each room type; the values are texts, as in the vendor's examples."""
        criteria, tenant = ask.criteria, self._tenant
        criteria.required("reportCode")
        (report,) = criteria.words("reportCode", _REPORTS) or ("",)
        first, last = criteria.days("dateRangeStart", "dateRangeEnd", _STATISTICS_DAYS)
        if ask.is_empty:
            return None
        days = tenant.world.availability(first, last)
        house = {"statCode": tenant.names.code, "statCategoryCode": "HotelCode"}
        by_day = [(day, list(rows)) for day, rows in groupby(days, key=lambda row: row.day)]
        statistics = [{**house, "statisticDate": [_statistic(day, rows) for day, rows in by_day]}]
        for kind in tenant.world.hotel.room_types:
            mine = [row for row in days if row.room_type == kind.code]
            statistics.append(
                {
                    "statCode": kind.code,
                    "statCategoryCode": "HotelRoomCode",
                    "statCodeClass": "ALL",
                    "description": kind.name,
                    "statisticDate": [_statistic(row.day, [row]) for row in mine],
                }
            )
        name = tenant.world.hotel.name
        return [{"statistics": statistics, "hotelName": name, "reportCode": report}]


def _left(row: AvailabilityDay) -> int:
    """May be below zero, when more is sold than there is."""
    return row.rooms - row.out_of_order - row.sold - row.held


def _house(days: Iterable[AvailabilityDay], spare: int) -> list[tuple[date, int, int]]:
    found = []
    for day, rows in groupby(days, key=lambda row: row.day):
        of_day = list(rows)
        left = sum(_left(row) + spare for row in of_day)
        found.append((day, left, sum(row.held for row in of_day)))
    return found


def _counts(rows: list[tuple[date, int, int]], is_daily: bool, wanted: int) -> list[Json]:
    """Day by day, or the least of all days."""
    if not is_daily:
        least = min(left for _, left, _ in rows)
        tentative = max(held for _, _, held in rows)
        return [_count(rows[0][0], rows[-1][0], least, tentative, wanted)]
    return [_count(day, day, left, held, wanted) for day, left, held in rows]


def _count(start: date, end: date, left: int, tentative: int, wanted: int) -> Json:
    return {
        "startDate": text_day(start),
        "endDate": text_day(end),
        "available": left >= wanted,
        "availableCount": left,
        "availableTentativeCount": tentative,
    }


def _statistic(day: date, rows: list[AvailabilityDay]) -> Json:
    values = {
        "PhysicalRooms": sum(row.rooms for row in rows),
        "OutOfOrderRooms": sum(row.out_of_order for row in rows),
        "RoomsSold": sum(row.sold for row in rows),
        "TentativeRooms": sum(row.held for row in rows),
        "AvailableRooms": sum(_left(row) for row in rows),
    }
    inventory = [{"code": code, "value": str(value)} for code, value in values.items()]
    return {"statisticDate": text_day(day), "weekendDate": day.weekday() >= 4, "inventory": inventory}
