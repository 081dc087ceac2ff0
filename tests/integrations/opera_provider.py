"""How the contract suite meets OPERA Cloud: its pretend gateway, and credentials that fit and that do not."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from simulator.generate import build_world
from simulator.hotel import Reservation, State
from simulator.pms.opera import OperaCloud
from simulator.pms.opera_names import Names
from simulator.pms.opera_switches import Switches
from simulator.server import Server, start
from simulator.world import World
from tests.integrations.providers import BUSINESS_DATE, Running, Telling
from webapp.domain.booking import BookingStatus
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Credentials
from webapp.vault import Secret

SEEN = timedelta(days=40)
"""How far around the business date the contract suite looks for guests."""


def opera_credentials(server: Server, kind: str = "ocim", **options: Any) -> Credentials:
    """Of one way to sign in; `options` replace what the form would hold."""
    sheet = server.dialect("opera_cloud").credentials[kind]
    form = {
        "endpoint_url": sheet["gateway_url"],
        "auth_kind": kind,
        "client_id": sheet["client_id"],
        "property_id": sheet["hotel_code"],
        "external_system": sheet["external_system"],
        "time_zone": server.world.hotel.zone.key,
        **{name: sheet[name] for name in ("enterprise_id", "scope", "username") if name in sheet},
        **options,
    }
    secrets = {
        "api_key": sheet["app_key"],
        "api_secret": sheet["client_secret"],
        "user_password": sheet.get("password", ""),
    }
    return Credentials(form, {name: Secret(value) for name, value in secrets.items() if value})


def opera_telling(world: World) -> Telling:
    """Ids of its own; a booking for each room; only guests of bookings; no notes and no prices of single nights."""
    names = Names(world.hotel)

    def units(reservation: Reservation) -> list[int]:
        return sorted({line.unit for line in reservation.lines})

    def guest_ids(of: World) -> set[str]:
        return {
            names.profile(guest)
            for found in of.reservations()
            if found.arrival < BUSINESS_DATE + SEEN and found.departure > BUSINESS_DATE - SEEN
            for guest in (found.guest_id, *found.sharer_ids)
        }

    return Telling(
        property_id=world.hotel.code,
        booking_id=lambda number: names.reservation(number, 1),
        further_ids=lambda found: {names.reservation(found.number, unit) for unit in units(found)[1:]},
        room_type_id=str,
        is_whole=False,
        main_guest_id=lambda found: names.profile(found.guest_id),
        guest_ids=guest_ids,
        holds_room=lambda found: False,
        notes=lambda found: "",
        stamp=lambda at: at.replace(microsecond=at.microsecond // 100_000 * 100_000),
        closed=(Stream.GUESTS, "/crm/"),
        wrong_shape="contract_broken",
        offers_properties=False,
        tells_wait=False,
        # An option is a reservation with a deadline for its guarantee, and no status of its own.
        states={State.OPTION: BookingStatus.CONFIRMED},
    )


def dialect_of(server: Server) -> OperaCloud:
    vendor = server.dialect("opera_cloud").vendor
    assert isinstance(vendor, OperaCloud)
    return vendor


@contextmanager
def opera_cloud() -> Iterator[Running]:
    with start(build_world(BUSINESS_DATE), rate_limit=0, vendors=["opera_cloud"]) as server:
        dialect_of(server).switch(Switches(summary_seconds=0))
        good = opera_credentials(server)
        wrong = {**good.secrets, "api_secret": Secret("wr0ng-s3cret-0f-n0b0dy")}
        yield Running(
            base_url=good.text("endpoint_url"),
            good=good,
            bad_key=replace(good, secrets=wrong),
            wrong_property=replace(good, options={**good.options, "property_id": "NOWHERE"}),
            server=server,
            telling=opera_telling(server.world),
        )


PROVIDERS: Mapping[str, Callable[[], Any]] = {"opera_cloud": opera_cloud}
