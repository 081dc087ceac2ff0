"""How the contract suite meets RMS Cloud: its pretend database, and credentials that fit and that do not."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from simulator.generate import build_world
from simulator.hotel import Reservation, State
from simulator.pms.rms import RmsCloud
from simulator.server import Server, start
from simulator.world import World
from tests.integrations.providers import BUSINESS_DATE, Running, Telling
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Credentials
from webapp.integrations.pms.rms_cloud.refusals import BLOCK
from webapp.vault import Secret

SEEN = timedelta(days=40)
"""How far around the business date the contract suite looks for guests."""


def rms_credentials(server: Server, **options: Any) -> Credentials:
    """Of the agent and the client; `options` replace what the form would hold."""
    sheet = server.dialect("rms_cloud").credentials["agent"]
    form = {
        "endpoint_url": sheet["base_url"],
        "agent_id": sheet["agent_id"],
        "client_id": sheet["client_id"],
        "property_id": sheet["property_id"],
        "module_type": sheet["module_type"],
        "training": "no",
        **options,
    }
    secrets = {"api_key": sheet["agent_password"], "api_secret": sheet["client_password"]}
    return Credentials(form, {name: Secret(value) for name, value in secrets.items()})


def vendor_of(server: Server) -> RmsCloud:
    vendor = server.dialect("rms_cloud").vendor
    assert isinstance(vendor, RmsCloud)
    return vendor


def rms_telling(server: Server) -> Telling:
    """Numbers of its own; a booking for each part of a stay; whoever booked; rooms by the names on RMS's chart."""
    books = vendor_of(server).books

    def ids(found: Reservation) -> list[str]:
        return [str(row.id) for row in books.of(found) if row.kind == "Normal"]

    def guest_ids(of: World) -> set[str]:
        return {
            str(books.guest_id(found.guest_id))
            for found in of.reservations()
            if found.arrival < BUSINESS_DATE + SEEN and found.departure >= BUSINESS_DATE - SEEN
        }

    return Telling(
        property_id="1",
        booking_id=lambda number: ids(server.world.reservation(number))[0],
        further_ids=lambda found: set(ids(found)[1:]),
        is_whole=False,
        main_guest_id=lambda found: str(books.guest_id(found.guest_id)),
        guest_ids=guest_ids,
        holds_room=lambda found: found.state in {State.OPTION, State.WAITLIST},
        stamp=lambda at: at.replace(microsecond=0),
        closed=(Stream.GUESTS, "guests/search"),
        wrong_shape="contract_broken",
        tells_wait=False,
        own_wait=BLOCK,
        proof="secret",
    )


@contextmanager
def rms_cloud() -> Iterator[Running]:
    with start(build_world(BUSINESS_DATE), rate_limit=0, vendors=["rms_cloud"]) as server:
        good = rms_credentials(server)
        wrong = {**good.secrets, "api_secret": Secret("wr0ng-w3b-s3rvice-passw0rd")}
        yield Running(
            base_url=good.text("endpoint_url"),
            good=good,
            bad_key=replace(good, secrets=wrong),
            wrong_property=replace(good, options={**good.options, "property_id": "69731"}),
            server=server,
            telling=rms_telling(server),
        )


PROVIDERS: Mapping[str, Callable[[], Any]] = {"rms_cloud": rms_cloud}
