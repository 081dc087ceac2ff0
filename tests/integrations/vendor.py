"""A vendor that answers what a test wrote down, byte for byte, and remembers what it was asked."""

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

EACH_BYTE = 0.02  # seconds between two bytes of a dribbling answer


@dataclass(frozen=True)
class Asked:
    method: str
    path: str  # with the query
    headers: dict[str, str]  # names in small letters
    body: bytes
    connection: int  # which connection it came over, counted from 1


@dataclass(frozen=True)
class Reply:
    """`body` is JSON unless it is bytes. `dribble` sends it byte by byte, with the head too when it is "head";
    `promised` is a Content-Length longer than the body; `hang` answers nothing until the vendor closes."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    dribble: str = ""
    promised: int = 0
    hang: bool = False

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)


Answerer = Callable[[Asked], Reply]


class Vendor:
    """Listens on a free port of 127.0.0.1 until `close()`."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self.hanging = threading.Event()
        self.connections = 0
        self._answer: Answerer = lambda asked: Reply()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.vendor = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self, *replies: Reply) -> None:
        """These one after another, the last one for ever."""
        left = list(replies)
        self._answer = lambda asked: left.pop(0) if len(left) > 1 else left[0]

    def answers_by(self, answer: Answerer) -> None:
        self._answer = answer

    def reply_to(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return self._answer(asked)

    @property
    def paths(self) -> Sequence[str]:
        return [asked.path for asked in self.asked]

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    vendor: Vendor
    daemon_threads = True
    block_on_close = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(5)
        self.server.vendor.connections += 1
        self.number = self.server.vendor.connections

    def handle_any(self) -> None:
        vendor = self.server.vendor
        length = int(self.headers.get("content-length", "0"))
        named = {name.lower(): value for name, value in self.headers.items()}
        reply = vendor.reply_to(Asked(self.command, self.path, named, self.rfile.read(length), self.number))
        if reply.hang:
            self.close_connection = True
            vendor.hanging.set()
            vendor.closing.wait(5)
            return
        if reply.promised or reply.dribble:
            self.close_connection = True
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(reply.promised or len(reply.raw)),
            **reply.headers,
        }
        lines = [f"HTTP/1.1 {reply.status} Said", *(f"{name}: {value}" for name, value in headers.items())]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self._write(head, slowly=reply.dribble == "head")
        self._write(reply.raw, slowly=bool(reply.dribble))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any

    def _write(self, data: bytes, *, slowly: bool) -> None:
        if not slowly:
            self.wfile.write(data)
            return
        for byte in data:
            if self.server.vendor.closing.wait(EACH_BYTE):
                return
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                return

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: `asked` tells."""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
