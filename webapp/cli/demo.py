"""`demo`: a new marked data folder, the simulator as another process, and a first sync by the normal path."""

import argparse
import subprocess  # the simulator is another process, with our own interpreter and fixed arguments
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from webapp.models import Role, RunState
from webapp.runtime import Runtime, system_clock
from webapp.services import hit_addresses, hotels, users
from webapp.services.connections import check, create, find_id, list_cards
from webapp.services.installation import DEMO, REAL, InstallationError, kind_of, open_runtime
from webapp.services.syncing import sync_once
from webapp.settings import Settings
from webapp.vault import Secret

from .output import CommandError, settings_of
from .serving import run_server

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


def run_demo(arguments: argparse.Namespace) -> int:
    """Everything is made anew at each start, because the simulated hotel begins anew too."""
    settings = settings_of(arguments, is_demo=True, PROVIDER_ALLOWED_NETWORKS="127.0.0.1/32")
    hotel_file = Path(arguments.hotel).absolute() if arguments.hotel else None
    if hotel_file is not None and not hotel_file.is_file():
        raise CommandError(f"There is no file {hotel_file}.")
    _clear_demo_folder(settings)
    with _simulator(hotel_file) as announced:
        # The simulator needs a moment; the data folder of the built-in hotel is made meanwhile.
        early = None if hotel_file else open_runtime(settings).runtime
        hotel = announced()
        offset = hotel.now - system_clock() if hotel_file else timedelta()
        runtime = early or open_runtime(settings, clock_offset=offset).runtime
        try:
            furnish(runtime, hotel)
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


def furnish(runtime: Runtime, hotel: Announcement) -> None:
    """The hotel, its people and one connection; then the first sync, over HTTP."""
    with runtime.writing() as session:
        hotels.add_hotel(
            runtime,
            session,
            hotels.NewHotel(hotel.hotel_name, hotel.timezone, hotel.currency, AUDIT_HOUR),
            business_date=hotel.business_date,
        )
    for player in CAST:
        users.create_user(
            runtime,
            email=player.email,
            name=player.name,
            role=player.role,
            password=player.password,
            actor="demo",
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
    recipe = files("simulator").joinpath("pms", "custom_rest.recipe.json").read_text(encoding="utf-8")
    return {
        "endpoint_url": f"{hotel.url}/v2",
        "auth_kind": "api_key",
        "property_id": hotel.property_id,
        "recipe": recipe,
    }


def _clear_demo_folder(settings: Settings) -> None:
    """Removes what an earlier demo left, and nothing else; a real hotel's folder is refused."""
    kind = kind_of(settings)
    if kind == REAL:
        raise InstallationError(
            f"{settings.data_dir} is the data folder of a real hotel; `demo` never opens one. Choose another with --data."
        )
    if kind != DEMO:
        return
    for name in ("hub.sqlite3", "hub.sqlite3-wal", "hub.sqlite3-shm", "secret.key"):
        (settings.data_dir / name).unlink(missing_ok=True)


@contextmanager
def _simulator(hotel_file: Path | None) -> Iterator[Callable[[], Announcement]]:
    """Starts it; the call waits for what it says. It ends when its standard input closes, so it cannot outlive us."""
    command = [sys.executable, "-m", "simulator", "--port", "0"]
    if hotel_file is not None:
        command += ["--hotel", str(hotel_file)]
    process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )

    def announced() -> Announcement:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise CommandError("The simulated hotel did not start; its own message stands above.")
        return msgspec.json.decode(line, type=Announcement)

    try:
        yield announced
    finally:
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


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
