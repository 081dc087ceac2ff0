"""The webhooks of the Aurora PMS: what is told, signed as its document says, to the address the hotel set."""

import hashlib
import hmac
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest
import requests

from simulator.control import CONTROL_HEADER
from simulator.hotel import State
from simulator.server import Server

VENDORS = ()
SECRET = "a secret of the hotel"


class Ear:
    """An address that takes whatever comes."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/hook"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,))
        self.thread.start()

    def stop(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    @property
    def types(self) -> list[str]:
        return [msgspec.json.decode(body)["type"] for _, body in self.heard]


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.stop()


@pytest.fixture
def pointed(vendor: Server, http: requests.Session, ear: Ear) -> Server:
    """The hotel has typed the address on the vendor's page."""
    http.headers[CONTROL_HEADER] = vendor.control_token
    answer = http.post(f"{vendor.url}/_control/webhooks/target", json={"url": ear.url, "secret": SECRET})
    assert answer.status_code == 200
    return vendor


def arriving(vendor: Server) -> str:
    world = vendor.world
    return next(
        found.number
        for found in world.reservations()
        if found.state is State.CONFIRMED and found.arrival == world.business_date
    )


def test_each_act_is_told_with_its_number(pointed: Server, ear: Ear) -> None:
    number = arriving(pointed)
    pointed.world.check_in(number)
    pointed.world.set_notes(number, "late")
    pointed.world.check_out(number)
    assert pointed.hooks.postman.wait_until_idle(60)
    assert ear.types == ["reservation.arrived", "reservation.changed", "reservation.departed"]
    first = msgspec.json.decode(ear.heard[0][1])
    assert (first["property"], first["data"]) == (pointed.property_id, {"reservationNo": number})


def test_a_call_is_signed_as_the_document_says(pointed: Server, ear: Ear) -> None:
    pointed.world.check_in(arriving(pointed))
    assert pointed.hooks.postman.wait_until_idle(60)
    headers, body = ear.heard[0]
    content = headers["x-aurora-timestamp"].encode() + b"." + body
    wanted = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
    assert headers["x-aurora-signature"] == f"v1={wanted}"


def test_a_day_and_a_guest_are_told_too(pointed: Server, ear: Ear) -> None:
    guest = pointed.world.reservation(arriving(pointed)).guest_id
    pointed.world.edit_guest(guest, email="new@guest.example")
    pointed.world.advance(1)
    assert pointed.hooks.postman.wait_until_idle(30)
    assert ear.types[0] == "guest.changed"
    assert "day.closed" in ear.types


def test_nothing_is_told_before_and_after(
    vendor: Server, http: requests.Session, ear: Ear, request: pytest.FixtureRequest
) -> None:
    number = arriving(vendor)
    vendor.world.set_notes(number, "before")
    request.getfixturevalue("pointed")
    http.delete(f"{vendor.url}/_control/webhooks/target")
    vendor.world.set_notes(number, "after")
    assert vendor.hooks.postman.wait_until_idle(60)
    assert ear.heard == []
    assert http.get(f"{vendor.url}/_control/webhooks/sent").json() == []
    assert http.post(f"{vendor.url}/_control/webhooks/nothing").status_code == 404


def test_manners_can_be_set(pointed: Server, http: requests.Session, ear: Ear) -> None:
    url = f"{pointed.url}/_control/webhooks/manners"
    assert http.post(url, json={"duplicate": True}).json()["duplicate"] is True
    pointed.world.check_in(arriving(pointed))
    assert pointed.hooks.postman.wait_until_idle(60)
    assert ear.types == ["reservation.arrived", "reservation.arrived"]
