"""What the tests of the pretend Mews share: a partner that signs its calls, and a door for webhooks."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from simulator.pms.mews import ROOT, Mews
from simulator.server import Server

RESERVATIONS = "reservations/getAll/2023-06-06"
EVERYTHING = {"Limitation": {"Count": 1000}}


class Partner:
    """A client with the tokens of the pretend integration."""

    def __init__(self, vendor: Server, http: requests.Session) -> None:
        door = vendor.dialect("mews")
        assert isinstance(door.vendor, Mews)
        self.vendor = door.vendor
        self.names = door.vendor.names
        self.desk = door.vendor.desk
        self.url = door.base_url + ROOT
        self._http = http
        tokens = door.credentials["tokens"]
        self.signed = {
            "ClientToken": tokens["client_token"],
            "AccessToken": tokens["access_token"],
            "Client": tokens["client"],
        }

    def send(self, operation: str, headers: dict[str, str] | None = None, **body: Any) -> requests.Response:
        return self._http.post(self.url + operation, json={**self.signed, **body}, headers=headers)

    def ask(self, operation: str, **body: Any) -> Any:
        answer = self.send(operation, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reservations(self, **filters: Any) -> list[Any]:
        """The first thousand."""
        found = self.ask(RESERVATIONS, **filters, **EVERYTHING)["Reservations"]
        assert isinstance(found, list)
        return found

    def of(self, number: str) -> list[Any]:
        """Everything this vendor makes of one of the hotel's reservations, in its order."""
        ids = [order.id for order in self.vendor.orders(number)]
        found = {row["Id"]: row for row in self.reservations(ReservationIds=ids)}
        return [found[key] for key in ids]


class Inbox:
    """Takes webhooks and answers as told: `answers` first, then 200; a number is a status, a text an address."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], Any]] = []
        self.answers: list[int | str] = []
        self.is_slow = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hooks?token=made-up"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def bodies(self) -> list[Any]:
        return [body for _, _, body in self.received]

    @property
    def events(self) -> list[tuple[str, str]]:
        """Discriminator and id of every event so far."""
        return [
            (event["Discriminator"], event["Value"]["Id"])
            for body in self.bodies
            for event in body.get("Events", [])
        ]

    def stop(self) -> None:
        self.is_slow.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                answer = inbox.answers.pop(0) if inbox.answers else 200
                headers = {name.lower(): value for name, value in self.headers.items()}
                inbox.received.append((self.path, headers, body))
                if answer == 0:
                    inbox.is_slow.wait(10)
                self.send_response(answer or 200 if isinstance(answer, int) else 307)
                if isinstance(answer, str):
                    self.send_header("Location", answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                return

        return Handler
