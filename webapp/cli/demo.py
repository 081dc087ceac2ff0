"""`demo`: a new marked data folder and its people; the pretend hotel is connected once the first page can be opened."""

import argparse
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from webapp.models import Role
from webapp.runtime import Runtime, system_clock
from webapp.services import hotels, users
from webapp.services.hotels import NewHotel
from webapp.services.installation import open_runtime
from webapp.settings import Settings

from . import demo_folder
from .output import settings_of
from .serving import run_server
from .simulated import TIMEZONE

if TYPE_CHECKING:
    from .demo_hotel import Announcement

AUDIT_HOUR = 3
BUILT_IN = NewHotel("Hotel Aurora", TIMEZONE, "EUR", AUDIT_HOUR)


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


def run_demo(arguments: argparse.Namespace, announced: Callable[[], bytes], today: date) -> int:
    """Everything is made anew at each start, because the simulated hotel begins anew too.

    `announced` waits for the first line of the simulator, which is starting meanwhile, on `today` unless a hotel was
    given. The first sync runs beside the pages, as it does in a real hotel; it is over when the people are printed.
    """
    settings = settings_of(arguments, is_demo=True, PROVIDER_ALLOWED_NETWORKS="127.0.0.1/32")
    is_prepared = demo_folder.begin_anew(settings, None if arguments.hotel else repr(CAST))
    if arguments.hotel:
        runtime, arrival = _opened_for(settings, _announcement(announced))
    else:
        runtime = _peopled(settings, is_prepared=is_prepared)
        _add_hotel(runtime, BUILT_IN, today)
        arrival = _Arrival(runtime, lambda: _announcement(announced), timedelta())
    try:
        code = run_server(
            runtime, "127.0.0.1", arguments.port, with_clock=True, notes=[], when_bound=arrival.begin
        )
        arrival.tell_trouble()
        return code
    finally:
        runtime.close()


class _Arrival:
    """Connects the pretend hotel, beside the pages. When that fails the demo ends with what is wrong."""

    def __init__(self, runtime: Runtime, hotel: "Callable[[], Announcement]", offset: timedelta) -> None:
        self._runtime = runtime
        self._hotel = hotel
        self._offset = offset
        self._trouble: Exception | None = None

    def begin(self, url: str) -> None:
        threading.Thread(target=self._run, args=(url,), name="arrival", daemon=True).start()

    def tell_trouble(self) -> None:
        if self._trouble is not None:
            raise self._trouble

    def _run(self, url: str) -> None:
        from webapp.jobs.late_clock import PAUSE

        if self._runtime.stopping.wait(PAUSE):  # the first page goes first, here too
            return
        try:
            from .demo_hotel import connect, notes

            hotel = self._hotel()
            connect(self._runtime, hotel, url)
            print("\n".join(notes(hotel, CAST, self._offset)), flush=True)
        except Exception as trouble:  # the main thread tells it
            if not self._runtime.stopping.is_set():
                self._trouble = trouble
                os.kill(os.getpid(), signal.SIGTERM)


def _announcement(announced: Callable[[], bytes]) -> "Announcement":
    import msgspec

    from .demo_hotel import Announcement

    return msgspec.json.decode(announced(), type=Announcement)


def _opened_for(settings: Settings, hotel: "Announcement") -> tuple[Runtime, _Arrival]:
    """For a hotel out of a file, whose clock the hub takes over."""
    offset = hotel.now - system_clock()
    runtime = open_runtime(settings, clock_offset=offset).runtime
    _invite_cast(runtime)
    named = NewHotel(hotel.hotel_name, hotel.timezone, hotel.currency, AUDIT_HOUR)
    _add_hotel(runtime, named, hotel.business_date)
    return runtime, _Arrival(runtime, lambda: hotel, offset)


def _peopled(settings: Settings, *, is_prepared: bool) -> Runtime:
    """With tables and people; kept aside when they had to be made."""
    runtime = open_runtime(settings).runtime
    if not is_prepared:
        _invite_cast(runtime)
        demo_folder.keep(settings, repr(CAST))
    return runtime


def _add_hotel(runtime: Runtime, hotel: NewHotel, business_date: date) -> None:
    with runtime.writing() as session:
        hotels.add_hotel(runtime, session, hotel, business_date=business_date)


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
