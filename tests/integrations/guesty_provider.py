"""How the contract suite meets Guesty: its pretend vendor, and credentials that fit and that do not."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from simulator.generate import build_world
from simulator.hotel import State
from simulator.pms.guesty_books import Books
from simulator.pms.guesty_names import Names
from simulator.pms.guesty_switches import Switches
from simulator.server import Server, start
from simulator.world import World
from tests.integrations.providers import BUSINESS_DATE, Running, Telling
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Credentials
from webapp.vault import Secret

SEEN = timedelta(days=40)
"""How far around the business date the contract suite looks for guests."""
STRANGER = "9" * 24


def guesty_credentials(server: Server, **options: Any) -> Credentials:
    """Of the account; `options` replace what the form would hold."""
    sheet = server.dialect("guesty").credentials["oauth2"]
    form = {
        "endpoint_url": sheet["api_url"],
        "property_id": "",
        "reservations_api": "v3",
        "derive_check_ins": "no",
        **options,
    }
    secrets = {"api_key": sheet["client_id"], "api_secret": sheet["client_secret"]}
    return Credentials(form, {name: Secret(value) for name, value in secrets.items()})


def books_of(world: World) -> Books:
    """What the pretend vendor calls a reservation, which is one for each room."""
    return Books(world, Names(world.hotel.code), Switches)


def guesty_telling(world: World) -> Telling:
    """Ids of its own; a booking for each room; the one who booked; no rate names, and no prices of single nights."""
    books, names = books_of(world), Names(world.hotel.code)

    def booking_id(number: str) -> str:
        return books.of(world.reservation(number))[0].id

    def guest_ids(of: World) -> set[str]:
        return {
            books.guest_id(of.guest(found.guest_id))
            for found in of.reservations()
            if found.arrival < BUSINESS_DATE + SEEN and found.departure >= BUSINESS_DATE - SEEN
        }

    return Telling(
        property_id=names.account,
        booking_id=booking_id,
        further_ids=lambda found: {booking.id for booking in books.of(found)[1:]},
        room_type_id=names.room_type,
        is_whole=False,
        main_guest_id=lambda found: books.guest_id(world.guest(found.guest_id)),
        guest_ids=guest_ids,
        holds_room=lambda found: found.state is State.OPTION,
        closed=(Stream.GUESTS, "guests-crud"),
        wrong_shape="contract_broken",
        offered=tuple((names.room_type(kind.code), kind.name) for kind in world.hotel.room_types),
        is_stamped=False,
    )


@contextmanager
def guesty() -> Iterator[Running]:
    with start(build_world(BUSINESS_DATE), rate_limit=0, vendors=["guesty"]) as server:
        good = guesty_credentials(server)
        wrong = {**good.secrets, "api_secret": Secret("wr0ng-s3cret-of-n0b0dy")}
        yield Running(
            base_url=good.text("endpoint_url"),
            good=good,
            bad_key=replace(good, secrets=wrong),
            wrong_property=replace(good, options={**good.options, "property_id": STRANGER}),
            server=server,
            telling=guesty_telling(server.world),
        )


PROVIDERS: Mapping[str, Callable[[], Any]] = {"guesty": guesty}
