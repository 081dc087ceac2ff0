"""A program of the hotel that is told of events: a small HTTP server on loopback that answers as a test says."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True)
class Told:
    """One call as it came."""

    path: str
    headers: dict[str, str]  # names in small letters
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Reply:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"


@dataclass
class Receiver:
    """`answers` decides by the call; `told` are all calls so far."""

    url: str
    told: list[Told] = field(default_factory=list)
    answers: Callable[[Told], Reply] = lambda _told: Reply()
    open: threading.Event = field(default_factory=threading.Event)  # cleared: calls hang

    def __post_init__(self) -> None:
        self.open.set()

    def reply(self, *replies: Reply) -> None:
        """One after the other; the last goes on for ever."""
        waiting = list(replies)
        self.answers = lambda _told: waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextmanager
def receiving(certificate: tuple[Path, Path] | None = None) -> Iterator[Receiver]:
    """With the files of a chain and its key it speaks TLS, as `localhost`."""
    found: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one piece: in two, the second waits for the first one's acknowledgement

        def do_POST(self) -> None:
            receiver = found[0]
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told = Told(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            receiver.told.append(told)
            receiver.open.wait(30)
            reply = receiver.answers(told)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A caller that hangs up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    where = f"http://127.0.0.1:{server.server_port}/hooks"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        where = f"https://localhost:{server.server_port}/hooks"
    found.append(Receiver(where))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield found[0]
    finally:
        found[0].open.set()
        server.shutdown()
        server.server_close()
        thread.join()
