"""Serves a pretend hotel over HTTP on the loopback address: the vendor's API and the control desk."""

import contextlib
import secrets
import socket
import threading
from collections.abc import Collection, Mapping
from datetime import UTC, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from simulator.bulk import BulkHotel
from simulator.calls import CallBook
from simulator.control import PREFIX, ControlDesk
from simulator.credentials import Keyring, full_keyring
from simulator.dialect import Dialect, Door, inside
from simulator.faults import FaultBoard
from simulator.pms.custom_rest import AuroraApi
from simulator.pms.custom_rest_bulk import BulkRows
from simulator.pms.custom_rest_hooks import AuroraHooks
from simulator.pms.registry import VENDORS
from simulator.throttle import Throttle
from simulator.wire import Answer, Call, Refusal, refused
from simulator.world import World

HOST = "127.0.0.1"
_LARGEST_BODY = 1_000_000


class Simulator:
    """Everything behind the socket: one world, its vendors, the switches and the records."""

    def __init__(
        self,
        world: World,
        throttle: Throttle,
        token_lifetime: timedelta,
        bulk: int,
        vendors: Collection[str],
    ) -> None:
        self.world = world
        self.keyring = full_keyring(world.clock, token_lifetime)
        self.faults = FaultBoard()
        self.calls = CallBook()
        self.control_token = secrets.token_urlsafe(24)
        self.bulk: BulkHotel | None = None
        rows = None
        if bulk:
            self.bulk = BulkHotel(world.hotel, world.business_date, world.clock.now(), bulk)
            rows = BulkRows(self.bulk)
        self.hooks = AuroraHooks(world)
        self._api = AuroraApi(world, self.keyring, throttle, rows)
        self.dialects: dict[str, Dialect] = {key: VENDORS[key](world, throttle.per_second) for key in vendors}
        self._desk = ControlDesk(
            token=self.control_token,
            world=world,
            keyring=self.keyring,
            faults=self.faults,
            calls=self.calls,
            bulk=self.bulk,
            dialects=self.dialects,
            hooks=self.hooks,
        )

    def answer(self, call: Call) -> Answer:
        """Never raises for a call that is merely wrong; only the vendor's calls meet faults and are recorded."""
        if call.path.startswith(PREFIX):
            try:
                return self._desk.answer(call)
            except Refusal as refusal:
                return refused(refusal)
        fault = self.faults.take(call.path)
        vendor, seen = self._addressed(call)
        if fault is None:
            answer = self._answer(vendor, seen)
        else:
            looks = None if vendor is None else vendor.fault(fault)
            answer = looks or self.faults.answer(fault, lambda empty: self._answer(vendor, seen, empty))
        status = 0 if answer.is_dropped else answer.status
        self.calls.write(self.world.clock.now(), call.method, call.path, call.query, status)
        return answer

    def _addressed(self, call: Call) -> tuple[Dialect | None, Call]:
        """The vendor a call is for, None for the Aurora PMS, and the call as that vendor sees it."""
        for key, vendor in self.dialects.items():
            if (seen := inside(call, key)) is not None:
                return vendor, seen
        return None, call

    def _answer(self, vendor: Dialect | None, call: Call, empty: bool = False) -> Answer:
        try:
            return self._api.answer(call, empty) if vendor is None else vendor.answer(call, empty)
        except Refusal as refusal:
            return refused(refusal) if vendor is None else vendor.refused(refusal)

    def stop(self) -> None:
        self.faults.clear()
        self.hooks.stop()
        for vendor in self.dialects.values():
            vendor.stop()


class Server:
    """A running simulator; stop it, or use it as a context manager."""

    def __init__(self, simulator: Simulator, port: int) -> None:
        self._simulator = simulator
        self._http = _HttpServer((HOST, port), simulator)
        self.port = int(self._http.server_address[1])
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def world(self) -> World:
        return self._simulator.world

    @property
    def faults(self) -> FaultBoard:
        return self._simulator.faults

    @property
    def calls(self) -> CallBook:
        return self._simulator.calls

    @property
    def hooks(self) -> AuroraHooks:
        return self._simulator.hooks

    @property
    def keyring(self) -> Keyring:
        return self._simulator.keyring

    @property
    def bulk(self) -> BulkHotel | None:
        return self._simulator.bulk

    @property
    def control_token(self) -> str:
        return self._simulator.control_token

    @property
    def property_id(self) -> str:
        return self.world.hotel.code

    @property
    def credentials(self) -> Mapping[str, Mapping[str, str]]:
        """One credential of every kind, by the name of the kind."""
        return self.keyring.sheet(self.url)

    @property
    def dialects(self) -> Mapping[str, Door]:
        """Every further vendor, by key."""
        return {key: self.dialect(key) for key in self._simulator.dialects}

    def dialect(self, key: str) -> Door:
        """Raises KeyError for a vendor that is not in the registry."""
        vendor, base_url = self._simulator.dialects[key], f"{self.url}/{key}"
        return Door(vendor, base_url, vendor.sheet(base_url))

    def stop(self) -> None:
        """Lets hanging calls go, drops every connection and waits for the threads; may be called twice."""
        self._http.shutdown()
        self._http.server_close()
        self._simulator.stop()
        self._http.drop_connections()
        self._thread.join()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    world: World,
    port: int = 0,
    *,
    rate_limit: float = 20,
    token_lifetime: timedelta = timedelta(hours=1),
    bulk: int = 0,
    vendors: Collection[str] = tuple(VENDORS),
) -> Server:
    """Serves `world` on a port of the loopback address (0: a free one).

    `rate_limit` is calls per second and credential, twice that at once, 0 for none. With `bulk`, that many
    computed reservations take the place of the world's and nothing is limited. `vendors` are those that answer
    beside the Aurora PMS, whose books a test of another need not wait for.
    """
    per_second = 0 if bulk else rate_limit
    throttle = Throttle(per_second, burst=max(1, round(per_second * 2)))
    return Server(Simulator(world, throttle, token_lifetime, bulk, vendors), port)


class _HttpServer(ThreadingHTTPServer):
    """A thread per connection, each known, so that stopping never waits for a client."""

    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        self.simulator = simulator
        self._guard = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        super().__init__(address, _Handler)

    def process_request(self, request: object, client_address: object) -> None:
        connection = cast(socket.socket, request)
        thread = threading.Thread(target=self._converse, args=(connection, client_address), daemon=True)
        with self._guard:
            self._open[connection] = thread
        thread.start()

    def _converse(self, request: socket.socket, client_address: object) -> None:
        try:
            # A client that goes away in the middle is part of the game.
            with contextlib.suppress(ConnectionError):
                self.finish_request(request, client_address)
        finally:
            with self._guard:
                self._open.pop(request, None)
            self.shutdown_request(request)

    def drop_connections(self) -> None:
        with self._guard:
            conversations = dict(self._open)
        for connection in conversations:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in conversations.values():
            thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    """Turns the bytes of a connection into calls, and answers into bytes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HttpServer

    def _converse(self) -> None:
        length = self.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > _LARGEST_BODY:
            self.close_connection = True
            self._send(refused(Refusal(413, "BODY_TOO_LARGE", "The body is too large.")))
            return
        parts = urlsplit(self.path)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        call = Call(
            method=self.command,
            path=parts.path,
            query=dict(pairs),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
            base_url=f"http://{self.headers.get('host', HOST)}",
            pairs=tuple(pairs),
        )
        self._send(self.server.simulator.answer(call))

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = _converse

    def _send(self, answer: Answer) -> None:
        if answer.cut_at is not None:
            self.close_connection = True
        if answer.is_dropped:
            return
        date = format_datetime(self.server.simulator.world.clock.now().astimezone(UTC), usegmt=True)
        lines = [
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
            f"Date: {date}",
            *([f"Content-Type: {answer.content_type}"] if answer.content_type else []),
            *([f"Content-Length: {len(answer.body)}"] if answer.status != 204 else []),
            *(f"{name}: {value}" for name, value in answer.headers),
            *(["Connection: close"] if self.close_connection else []),
        ]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        self.wfile.write(head if self.command == "HEAD" else head + answer.body[: answer.cut_at])

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the call book keeps what was asked."""
