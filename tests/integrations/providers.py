"""How the contract suite meets each provider: its pretend vendor, and credentials that fit and that do not."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import msgspec

from simulator.faults import Fault, FaultKind
from simulator.generate import build_world
from simulator.hotel import Reservation, State
from simulator.pms.cloudbeds_ids import Ids
from simulator.pms.custom_rest_hooks import Target
from simulator.pms.mews import Mews
from simulator.pms.mews_hooks import Subscription
from simulator.pms.mews_names import Names
from simulator.server import Server, start
from simulator.world import World
from webapp.domain.booking import BookingStatus
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Credentials
from webapp.vault import Secret

RECIPE = Path(__file__).parents[2] / "simulator" / "pms" / "custom_rest.recipe.json"
BUSINESS_DATE = date(2026, 7, 14)
PAGE = 150  # small enough for several pages of everything


@dataclass(frozen=True)
class Telling:
    """How a vendor tells what the world knows; as the Aurora PMS does, unless said otherwise."""

    property_id: str = "AUR1"
    booking_id: Callable[[str], str] = str
    room_type_id: Callable[[str], str] = str
    # Of its other rooms, as bookings.
    further_ids: Callable[[Reservation], set[str]] = lambda reservation: set()
    is_whole: bool = True  # a booking has all lines and amounts of the reservation
    main_guest_id: Callable[[Reservation], str] = lambda reservation: reservation.guest_id
    guest_ids: Callable[[World], set[str]] = lambda world: {guest.id for guest in world.guests()}
    holds_room: Callable[[Reservation], bool] = lambda reservation: reservation.state is State.OPTION
    notes: Callable[[Reservation], str | None] = lambda reservation: reservation.notes.strip()
    stamp: Callable[[datetime], datetime] = lambda at: at
    # A kind of data, and part of the address only it needs.
    closed: tuple[Stream, str] = (Stream.GUESTS, "/guests")
    offers_properties: bool = True  # a key that does not fit the hotel is told which ones it fits
    offered: tuple[tuple[str, str], ...] = ()  # those, where they are not the hotel itself
    is_stamped: bool = True  # bookings tell when they were changed; else a walk goes on from when it began
    tells_wait: bool = True  # how long to wait after too many calls
    own_wait: float | None = None  # seconds the adapter rests where the vendor does not tell
    states: Mapping[State, BookingStatus] = field(default_factory=dict)  # where they are told otherwise
    wrong_shape: str = "recipe_wrong"  # the error for an answer that is built otherwise
    # What proves a call: a signature over its body (and its time), a secret that is sent along, or only the address.
    proof: Literal["timed_signature", "signature", "secret", "address"] = "timed_signature"


@dataclass(frozen=True)
class Running:
    """A provider's pretend vendor at work. The credentials ask for pages of `PAGE` records, where they can."""

    base_url: str
    good: Credentials
    bad_key: Credentials
    wrong_property: Credentials
    server: Server
    telling: Telling = field(default_factory=Telling)
    # Has an address called and a secret sent, where no API orders calls but somebody at the vendor.
    called_at: Callable[[str, str], None] | None = None

    @property
    def world(self) -> World:
        return self.server.world

    def fault(self, kind: FaultKind, **settings: Any) -> None:
        self.server.faults.switch_on(Fault(kind=kind, **settings))

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(
            secret.reveal() for secret in [*self.good.secrets.values(), *self.bad_key.secrets.values()]
        )


def recipe(size: int = PAGE, **changes: Any) -> dict[str, Any]:
    """The simulator's recipe with smaller pages and no pacing."""
    document: dict[str, Any] = msgspec.json.decode(RECIPE.read_bytes())
    document["limits"] = {"per_second": 0}
    for stream in document["streams"].values():
        stream["pagination"]["size"] = size
    return document | changes


def custom_rest_credentials(server: Server, kind: str = "api_key", **options: Any) -> Credentials:
    """Good credentials of one of the form's kinds; `options` replace what the form would hold."""
    sheet = server.credentials
    client, login = sheet["oauth2_client_credentials"], sheet["login_token"]
    plain, secrets = {
        "api_key": ({"key_name": "X-Api-Key"}, {"api_key": sheet["api_key_header"]["value"]}),
        "api_key_query": (
            {"auth_kind": "api_key", "key_place": "query", "key_name": "apiKey"},
            {"api_key": sheet["api_key_query"]["value"]},
        ),
        "bearer": ({}, {"api_key": sheet["bearer"]["token"]}),
        "basic": ({"username": sheet["basic"]["username"]}, {"api_secret": sheet["basic"]["password"]}),
        "client_credentials": (
            {"client_id": client["client_id"], "token_url": client["token_url"]},
            {"api_secret": client["client_secret"]},
        ),
        "login": ({"username": login["username"]}, {"api_secret": login["password"]}),
    }[kind]
    form = {
        "endpoint_url": f"{server.url}/v2",
        "auth_kind": kind,
        "property_id": server.property_id,
        "recipe": recipe(),
        **plain,
        **options,
    }
    return Credentials(form, {name: Secret(value) for name, value in secrets.items()})


@contextmanager
def custom_rest() -> Iterator[Running]:
    with start(build_world(BUSINESS_DATE), rate_limit=0, vendors=[]) as server:
        good = custom_rest_credentials(server)
        yield Running(
            base_url=f"{server.url}/v2",
            good=good,
            bad_key=replace(good, secrets={"api_key": Secret("wr0ng-k3y-0f-n0b0dy")}),
            wrong_property=replace(good, options={**good.options, "property_id": "NOWHERE"}),
            server=server,
            called_at=lambda url, secret: server.hooks.point_at(Target(url, secret)),
        )


# --- Cloudbeds ------------------------------------------------------------------------------------------------------


def cloudbeds_credentials(server: Server, **options: Any) -> Credentials:
    """An API key of the property; `options` replace what the form would hold."""
    door = server.dialect("cloudbeds")
    sheet = door.credentials["api_key"]
    form = {
        "endpoint_url": f"{door.base_url}/api/v1.3",
        "auth_kind": "api_key",
        "property_id": sheet["property_id"],
        **options,
    }
    return Credentials(form, {"api_key": Secret(sheet["api_key"])})


def cloudbeds_telling(world: World) -> Telling:
    """Its own numbers, a guest for each reservation, one word for all that is not confirmed, and few notes."""
    ids = Ids(world.hotel)

    def guest_ids(of: World) -> set[str]:
        return {
            ids.guest(reservation.number, place)
            for reservation in of.reservations()
            for place in range(1 + len(reservation.sharer_ids))
        }

    def notes(reservation: Reservation) -> str | None:
        """Read only of whom somebody may ask about soon."""
        is_soon = BUSINESS_DATE <= reservation.arrival < BUSINESS_DATE + timedelta(days=7)
        is_coming = reservation.state not in {State.CANCELLED, State.NO_SHOW, State.CHECKED_OUT}
        is_read = reservation.state is State.IN_HOUSE or (is_soon and is_coming)
        return reservation.notes.strip() if is_read else None

    return Telling(
        booking_id=ids.reservation,
        room_type_id=ids.room_type,
        main_guest_id=lambda reservation: ids.guest(reservation.number, 0),
        guest_ids=guest_ids,
        holds_room=lambda reservation: reservation.state in {State.OPTION, State.INQUIRY, State.WAITLIST},
        notes=notes,
        stamp=lambda at: at.replace(microsecond=0),
        closed=(Stream.GUESTS, "getGuestList"),
        wrong_shape="contract_broken",
        proof="address",
    )


@contextmanager
def cloudbeds() -> Iterator[Running]:
    with start(build_world(BUSINESS_DATE), rate_limit=0, vendors=["cloudbeds"]) as server:
        good = cloudbeds_credentials(server)
        property_id = good.text("property_id")
        yield Running(
            base_url=good.text("endpoint_url"),
            good=good,
            bad_key=replace(good, secrets={"api_key": Secret("cbat_wr0ng-k3y-0f-n0b0dy")}),
            wrong_property=replace(good, options={**good.options, "property_id": "999999"}),
            server=server,
            telling=replace(cloudbeds_telling(server.world), property_id=property_id),
        )


# --- Mews -----------------------------------------------------------------------------------------------------------


def mews_credentials(server: Server, **options: Any) -> Credentials:
    """The two tokens of the integration; `options` replace what the form would hold."""
    door = server.dialect("mews")
    tokens = door.credentials["tokens"]
    form = {
        "endpoint_url": door.base_url,
        "property_id": door.credentials["integration"]["enterprise_id"],
        **options,
    }
    secrets = {"api_key": tokens["access_token"], "api_secret": tokens["client_token"]}
    return Credentials(form, {name: Secret(value) for name, value in secrets.items()})


def mews_telling(world: World) -> Telling:
    """Ids of its own; a booking for each room and room type, all in a group; no notes, nothing about what is owed."""
    names = Names(world.hotel.code)

    def further_ids(reservation: Reservation) -> set[str]:
        kinds = [kind for kind, _ in groupby(reservation.lines, key=lambda line: (line.unit, line.room_type))]
        return {names.id("reservation", reservation.number, place) for place in range(1, len(kinds))}

    return Telling(
        property_id=names.enterprise,
        booking_id=lambda number: names.id("reservation", number, 0),
        further_ids=further_ids,
        is_whole=False,
        room_type_id=lambda code: names.id("category", code),
        main_guest_id=lambda reservation: names.id("customer", reservation.guest_id),
        guest_ids=lambda of: {names.id("customer", guest.id) for guest in of.guests()},
        notes=lambda reservation: "",
        stamp=lambda at: at.replace(microsecond=0),
        closed=(Stream.RATES, "rates/getPricing"),
        wrong_shape="contract_broken",
        proof="secret",
    )


@contextmanager
def mews() -> Iterator[Running]:
    with start(build_world(BUSINESS_DATE), rate_limit=0, vendors=["mews"]) as server:
        good = mews_credentials(server)
        wrong = {**good.secrets, "api_key": Secret("WR0NGT0KENWR0NGT0KENWR0NGT0KEN00-1")}
        stranger = "99999999-9999-4999-8999-999999999999"
        vendor = server.dialect("mews").vendor
        assert isinstance(vendor, Mews)

        def called_at(url: str, secret: str) -> None:
            vendor.desk.hooks.subscribe(Subscription(general_url=f"{url}?secret={secret}", lag_ms=0))

        yield Running(
            base_url=good.text("endpoint_url"),
            good=good,
            bad_key=replace(good, secrets=wrong),
            wrong_property=replace(good, options={**good.options, "property_id": stranger}),
            server=server,
            telling=mews_telling(server.world),
            called_at=called_at,
        )


PROVIDERS: Mapping[str, Callable[[], Any]] = {
    "custom_rest": custom_rest,
    "cloudbeds": cloudbeds,
    "mews": mews,
}
