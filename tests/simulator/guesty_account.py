"""What the tests of the pretend Guesty share: an application with a token, and a door for webhooks."""

import json
from typing import Any

import requests

from simulator.pms.guesty import Guesty
from simulator.server import Server


class Application:
    """A client of the pretend account; it takes its token with the first call."""

    def __init__(self, vendor: Server, http: requests.Session) -> None:
        door = vendor.dialect("guesty")
        assert isinstance(door.vendor, Guesty)
        self.vendor = door.vendor
        self.sheet = door.credentials["oauth2"]
        self._http = http
        self._token = ""

    def mint(self, **changed: str) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "scope": "open-api",
            "client_id": self.sheet["client_id"],
            "client_secret": self.sheet["client_secret"],
        }
        return self._http.post(self.sheet["token_url"], data=form | changed)

    def send(self, path: str, method: str = "GET", body: object = None, **query: Any) -> requests.Response:
        if not self._token:
            self._token = self.mint().json()["access_token"]
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._http.request(
            method, self.sheet["api_url"] + path, params=query, json=body, headers=headers
        )

    def ask(self, path: str, **query: Any) -> Any:
        answer = self.send(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def old(self, *filters: dict[str, Any], **query: Any) -> list[Any]:
        """All pages of the old list, in a stable order unless another is asked for."""
        return self._pages("/reservations", {"filters": json.dumps(filters), "sort": "_id", **query})

    def search(self, **query: Any) -> list[Any]:
        """All pages of the new search; `checkIn_gte` stands for `filter[checkIn][gte]`."""
        named = {}
        for name, value in query.items():
            field, _, operator = name.partition("_")
            named[f"filter[{field}]" + (f"[{operator}]" if operator else "")] = value
        return self._pages("/reservations-v3/search", named)

    def by_ids(self, *ids: str) -> list[Any]:
        found = self.ask("/reservations-v3", **{"reservationIds[]": list(ids)})
        assert isinstance(found, list)
        return found

    def of(self, number: str) -> list[Any]:
        """What the new generation makes of one of the hotel's reservations."""
        record = self.vendor.books.world.reservation(number)
        return self.by_ids(*(booking.id for booking in self.vendor.books.of(record)))

    def _pages(self, path: str, query: dict[str, Any]) -> list[Any]:
        rows: list[Any] = []
        while True:
            page = self.ask(path, **query, skip=len(rows), limit=100)["results"]
            rows += page
            if len(page) < 100:
                return rows
