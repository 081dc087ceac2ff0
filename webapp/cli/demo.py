"""`demo`: a new marked data folder, the simulated hotel beside it, and a first sync by the normal path."""

import argparse
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import import_module
from importlib.resources import files
from typing import Any

import msgspec

from webapp.models import Role, RunState
from webapp.runtime import Runtime, system_clock
from webapp.services import hit_addresses, hotels, users
from webapp.services.connections import check, create, find_id, list_cards
from webapp.services.installation import open_runtime
from webapp.services.syncing import sync_once
from webapp.settings import Settings
from webapp.vault import Secret

from . import demo_folder
from .output import CommandError, settings_of
from .serving import run_server
from .simulated import CALLS_PER_SECOND

CONNECTION = "Aurora PMS (simulated)"
AUDIT_HOUR = 3
WEBHOOK_SECRET = "the-demo-signs-with-this"  # noqa: S105  # of the simulated vendor, on this machine's loopback only


@dataclass(frozen=True, slots=True)
class Player:
    """Someone to sign in as; the passwords are printed and work on this machine's loopback only."""

    name: str
    email: str
    role: Role
    password: str


CAST = (
    Player("Ada Lindqvist", "ada@demo.example", Role.OWNER, "ada-owns-the-demo"),
    Player("Ian Moreau", "ian@demo.example", Role.ADMIN, "ian-runs-the-demo"),
    Player("Ben Okafor", "ben@demo.example", Role.STAFF, "ben-works-the-desk"),
)


class Announcement(msgspec.Struct, frozen=True):
    """The first line of the simulator: where it listens and who may ask."""

    url: str
    control_token: str
    property_id: str
    hotel_name: str
    timezone: str
    currency: str
    business_date: date
    now: datetime
    credentials: dict[str, dict[str, str]]


def run_demo(arguments: argparse.Namespace, announced: Callable[[], bytes]) -> int:
    """Everything is made anew at each start, because the simulated hotel begins anew too.

    `announced` waits for the first line of the simulator, which is starting meanwhile.
    """
    settings = settings_of(arguments, is_demo=True, PROVIDER_ALLOWED_NETWORKS="127.0.0.1/32")
    is_prepared = demo_folder.begin_anew(settings, None if arguments.hotel else repr(CAST))
    # The simulator needs a moment; the data folder of the built-in hotel is made meanwhile.
    early = None if arguments.hotel else _peopled(settings, is_prepared=is_prepared)
    hotel = msgspec.json.decode(announced(), type=Announcement)
    offset = hotel.now - system_clock() if arguments.hotel else timedelta()
    runtime = early or open_runtime(settings, clock_offset=offset).runtime
    try:
        if early is None:
            _invite_cast(runtime)
        # Loaded while the first sync waits for the simulator's answers.
        pages = threading.Thread(target=import_module, args=("webapp.routes.pages",), name="load pages")
        pages.start()
        furnish(runtime, hotel)
        pages.join()
        return run_server(
            runtime,
            "127.0.0.1",
            arguments.port,
            with_clock=True,
            notes=_notes(hotel, offset),
            when_bound=lambda url: _order_webhooks(runtime, hotel, url),
        )
    finally:
        runtime.close()


def _peopled(settings: Settings, *, is_prepared: bool) -> Runtime:
    """With tables and people; kept aside when they had to be made."""
    runtime = open_runtime(settings).runtime
    if not is_prepared:
        _invite_cast(runtime)
        demo_folder.keep(settings, repr(CAST))
    return runtime


def _invite_cast(runtime: Runtime) -> None:
    for player in CAST:
        users.create_user(
            runtime,
            email=player.email,
            name=player.name,
            role=player.role,
            password=player.password,
            actor="demo",
        )


def furnish(runtime: Runtime, hotel: Announcement) -> None:
    """The hotel and one connection; then the first sync, over HTTP."""
    with runtime.writing() as session:
        hotels.add_hotel(
            runtime,
            session,
            hotels.NewHotel(hotel.hotel_name, hotel.timezone, hotel.currency, AUDIT_HOUR),
            business_date=hotel.business_date,
        )
    create(
        runtime,
        provider="custom_rest",
        name=CONNECTION,
        options=_options(hotel),
        secrets={
            "api_key": Secret(hotel.credentials["api_key_header"]["value"]),
            "webhook_secret": Secret(WEBHOOK_SECRET),
        },
        streams=("bookings", "guests", "availability", "rates", "check_ins"),
        frequency_minutes=5,
        history_days=90,
        actor="demo",
    )
    with runtime.reading() as session:
        connection_id = find_id(session, CONNECTION)
    if connection_id is None or not check(runtime, connection_id, actor="demo").ok:
        raise CommandError("The simulated hotel does not answer the connection test.")
    if sync_once(runtime, connection_id, trigger="first").state != RunState.SUCCEEDED:
        raise CommandError("The first sync of the demo failed; `hotel-assistant connection test` says why.")


def _order_webhooks(runtime: Runtime, hotel: Announcement, hub_url: str) -> None:
    """Tells the simulated vendor where to call, as an admin would on the vendor's own pages."""
    with runtime.reading() as session:
        card = list_cards(session)[0]
    address = hit_addresses.ensure(runtime, card.public_id)
    target = {"url": hub_url + address.path, "secret": WEBHOOK_SECRET}
    request = urllib.request.Request(  # noqa: S310  # our own simulator on loopback, at the address it printed
        f"{hotel.url}/_control/webhooks/target",
        data=msgspec.json.encode(target),
        headers={"X-Simulator-Token": hotel.control_token, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310  # see above
        pass


def _options(hotel: Announcement) -> dict[str, Any]:
    document = files("simulator").joinpath("pms", "custom_rest.recipe.json").read_bytes()
    recipe = msgspec.json.decode(document) | {"limits": {"per_second": CALLS_PER_SECOND * 9 // 10}}
    return {
        "endpoint_url": f"{hotel.url}/v2",
        "auth_kind": "api_key",
        "property_id": hotel.property_id,
        "recipe": msgspec.json.format(msgspec.json.encode(recipe)).decode(),
    }


def _notes(hotel: Announcement, offset: timedelta) -> list[str]:
    lines = ["", f"  {hotel.hotel_name} is simulated: nothing here is a real guest. Sign in as", ""]
    lines += [
        f"      {player.name:<14} {player.role:<6} {player.email:<18} {player.password}" for player in CAST
    ]
    lines += ["", f"  Its business date is {hotel.business_date}; bookings come over HTTP from {hotel.url}."]
    if offset:
        lines.append(f"  The clock of this demo is shifted: here it is {hotel.now:%Y-%m-%d %H:%M %Z}.")
    lines += [
        f"  Its control desk answers to the header X-Simulator-Token: {hotel.control_token}",
        "  Stop with Ctrl-C. Every start begins anew.",
        "",
    ]
    return lines
