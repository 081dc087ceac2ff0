"""The demo's pretend hotel: its connection, the first sync, its webhooks, and what is printed about it."""

import urllib.request
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from webapp.models import RunState
from webapp.runtime import Runtime
from webapp.services import hit_addresses, run_views
from webapp.services.connections import check, create, find_id
from webapp.vault import Secret

from .output import CommandError
from .simulated import CALLS_PER_SECOND

if TYPE_CHECKING:
    from .demo import Player

CONNECTION = "Aurora PMS (simulated)"
WEBHOOK_SECRET = "the-demo-signs-with-this"  # noqa: S105  # of the simulated vendor, on this machine's loopback only
_LOOK = 0.05  # seconds between two looks at the first sync


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


def connect(runtime: Runtime, hotel: Announcement, hub_url: str) -> None:
    """One connection, tested; returns when the clock's first sync of it has ended, over HTTP. Raises CommandError."""
    card = create(
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
    runtime.nudge.ring()
    _order_webhooks(runtime, hotel, card.public_id, hub_url)
    if _first_sync(runtime, connection_id) != RunState.SUCCEEDED:
        raise CommandError("The first sync of the demo failed; `hotel-assistant connection test` says why.")


def _first_sync(runtime: Runtime, connection_id: int) -> RunState:
    """How it ended. Raises CommandError when the hub stops before."""
    while not runtime.stopping.wait(_LOOK):
        with runtime.reading() as session:
            run = run_views.last_run(session, connection_id)
        if run is not None and not run.is_running:
            return run.state
    raise CommandError("The hub was stopped during its first sync.")


def _order_webhooks(runtime: Runtime, hotel: Announcement, public_id: str, hub_url: str) -> None:
    """Tells the simulated vendor where to call, as an admin would on the vendor's own pages."""
    address = hit_addresses.ensure(runtime, public_id)
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


def notes(hotel: Announcement, cast: "Sequence[Player]", offset: timedelta) -> list[str]:
    lines = ["", f"  {hotel.hotel_name} is simulated: nothing here is a real guest. Sign in as", ""]
    lines += [
        f"      {player.name:<14} {player.role:<6} {player.email:<18} {player.password}" for player in cast
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
