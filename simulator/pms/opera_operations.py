"""Every operation the pretend OPERA Cloud answers, by the vendor's published id, verb and path."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from simulator.pms.opera_calls import Ask, Json, text_day
from simulator.pms.opera_events import EventQueue
from simulator.pms.opera_inventory import InventoryDesk
from simulator.pms.opera_names import OPERA_VERSION
from simulator.pms.opera_profiles import ProfileDesk
from simulator.pms.opera_rates import RateDesk
from simulator.pms.opera_reservations import ReservationDesk
from simulator.pms.opera_rooms import RoomDesk
from simulator.pms.opera_summary import SummaryDesk
from simulator.pms.opera_tenant import Tenant
from simulator.wire import Answer

Reply = Answer | Json | list[Json] | None
Verb = Literal["GET", "POST", "HEAD"]

_STAYS = "/hotels/{hotelId}/reservations"
_DAILY = "/externalSystems/{extSystemCode}/hotels/{hotelId}/reservations/dailySummary"
_EVENTS = "/externalSystem/{extSystemCode}"
_PLAN = "/hotels/{hotelId}/ratePlans/{ratePlanCode}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One published operation; `id` and `path` are the vendor's, the path without the module's own prefix."""

    id: str
    verb: Verb
    module: str
    path: str
    answer: Callable[[Ask], Reply]

    def parts(self, path: str) -> dict[str, str] | None:
        """The variable parts of a path of this operation, None for another's."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", f"/{self.module}/v1{self.path}")
        found = re.fullmatch(pattern, path)
        return None if found is None else found.groupdict()


def operations(tenant: Tenant, events: EventQueue) -> tuple[Operation, ...]:
    """Where two paths match a call, the first is meant."""
    return (
        Operation("getOperaContext", "GET", "ent/config", "/hotels/{hotelId}/operaContext", _context(tenant)),
        *_of_reservations(ReservationDesk(tenant)),
        *_of_daily_summary(SummaryDesk(tenant)),
        *_of_profiles(ProfileDesk(tenant)),
        *_of_rooms(InventoryDesk(tenant), RoomDesk(tenant)),
        *_of_rates(RateDesk(tenant)),
        Operation(
            "getBusinessEvents", "GET", "int", f"{_EVENTS}/hotels/{{hotelId}}/businessEvents", events.read
        ),
        Operation(
            "getBusinessEventsByExternalSystem", "GET", "int", f"{_EVENTS}/businessEvents", events.read
        ),
    )


def _of_reservations(desk: ReservationDesk) -> list[Operation]:
    rows: list[tuple[str, Verb, str, Callable[[Ask], Reply]]] = [
        ("pingReservationService", "GET", "/services/reservations/status", _ping),
        ("getHotelReservations", "GET", _STAYS, desk.search),
        ("searchHotelReservations", "POST", f"{_STAYS}/searches", desk.search),
        ("getReservations", "GET", "/reservations", desk.search),
        ("searchReservations", "POST", "/reservations/searches", desk.search),
        ("getReservationsSummary", "GET", f"{_STAYS}/summary", desk.summary),
        ("searchReservationsSummary", "POST", f"{_STAYS}/summary/searches", desk.summary),
        ("getDistributionReservationsSummary", "GET", f"{_STAYS}/statistics", desk.statistics),
        ("getReservation", "GET", f"{_STAYS}/{{reservationId}}", desk.one),
    ]
    return [Operation(name, verb, "rsv", path, answer) for name, verb, path, answer in rows]


def _of_daily_summary(desk: SummaryDesk) -> list[Operation]:
    one = f"{_DAILY}/{{summaryId}}"
    return [
        Operation("startReservationsDailySummaryProcess", "POST", "rsv/async", _DAILY, desk.start),
        Operation("getReservationsProcessStatus", "HEAD", "rsv/async", one, desk.progress),
        Operation("getReservationsDailySummary", "GET", "rsv/async", one, desk.fetch),
    ]


def _of_profiles(desk: ProfileDesk) -> list[Operation]:
    return [
        Operation("getProfiles", "GET", "crm", "/profiles", desk.search),
        Operation("searchProfiles", "POST", "crm", "/profiles/searches", desk.search),
        Operation("getProfile", "GET", "crm", "/profiles/{profileId}", desk.one),
        Operation("getProfilesByIds", "GET", "crm", "/profilesByIds", desk.several),
    ]


def _of_rooms(inventory: InventoryDesk, rooms: RoomDesk) -> list[Operation]:
    hotel = "/hotels/{hotelId}"
    return [
        Operation("getHotelInventory", "GET", "inv", f"{hotel}/hotelInventory", inventory.inventory),
        Operation(
            "getInventoryStatistics", "GET", "inv", f"{hotel}/inventoryStatistics", inventory.statistics
        ),
        Operation("getHotelRooms", "GET", "fof", f"{hotel}/rooms", rooms.rooms),
    ]


def _of_rates(desk: RateDesk) -> list[Operation]:
    return [
        Operation("getRatePlans", "GET", "rtp", "/ratePlans", desk.plans),
        Operation("getRatePlan", "GET", "rtp", _PLAN, desk.plan),
        Operation("getRatePlanSchedules", "GET", "rtp", f"{_PLAN}/schedules", desk.schedules),
        Operation("getPackages", "GET", "rtp", "/packages", desk.packages),
    ]


def _ping(_: Ask) -> Json:
    return {"operaVersion": OPERA_VERSION}


def _context(tenant: Tenant) -> Callable[[Ask], Json]:
    """What the hotel is and which day it lives in."""
    hotel = tenant.world.hotel
    return lambda _: {
        "hotelId": tenant.names.code,
        "hotelName": hotel.name,
        "chainCode": tenant.names.chain,
        "businessDate": text_day(tenant.today()),
        "currencyCode": hotel.currency,
        "language": "E",
        "checkInTime": "15:00:00",
        "checkOutTime": "11:00:00",
    }
