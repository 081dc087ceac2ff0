"""What the tests of the pretend OPERA Cloud share: an integration that signs in and calls."""

from collections.abc import Iterator
from typing import Any

import requests

from simulator.hotel import State
from simulator.pms.opera import OperaCloud
from simulator.pms.opera_names import EXTERNAL_SYSTEM
from simulator.pms.opera_stays import Stay
from simulator.pms.opera_switches import Switches
from simulator.server import Server


class Partner:
    """A client with the credentials of the pretend hotel; it signs in before its first call."""

    def __init__(self, vendor: Server, http: requests.Session) -> None:
        door = vendor.dialect("opera_cloud")
        assert isinstance(door.vendor, OperaCloud)
        self.vendor = door.vendor
        self.world = vendor.world
        self.url = door.base_url
        self.credentials = door.credentials
        self.hotel = door.credentials["ocim"]["hotel_code"]
        self.headers = {"x-app-key": door.credentials["ocim"]["app_key"], "x-hotelid": self.hotel}
        self._http = http

    def sign_in(self, kind: str = "ocim", **changes: str | None) -> requests.Response:
        """Asks for a token; `changes` take the place of credentials, None leaves one out."""
        words = {**self.credentials[kind], **changes}
        form = {"grant_type": "client_credentials", "scope": words["scope"]} if kind == "ocim" else {
            "grant_type": "password", "username": words["username"], "password": words["password"],
        }  # fmt: skip
        headers = {"x-app-key": words["app_key"]}
        if kind == "ocim":
            headers["enterpriseId"] = words["enterprise_id"]
        client = (words["client_id"] or "", words["client_secret"] or "")
        url = f"{self.url}/oauth/v1/tokens"
        shown = {name: value for name, value in headers.items() if value is not None}
        answer = self._http.post(url, data=form, auth=client, headers=shown)
        if answer.status_code == 200:
            self.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer

    def call(
        self,
        verb: str,
        path: str,
        body: Any = None,
        headers: dict[str, str | None] | None = None,
        **query: Any,
    ) -> requests.Response:
        """`{hotel}` in a path is the hotel's code."""
        if "Authorization" not in self.headers:
            assert self.sign_in().status_code == 200
        url = self.url + path.replace("{hotel}", self.hotel)
        sent = {**self.headers, **(headers or {})}
        shown = {name: value for name, value in sent.items() if value is not None}
        return self._http.request(verb, url, params=query, json=body, headers=shown)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def search(self, **criteria: Any) -> list[Any]:
        """Every reservation that matches, by the new form."""
        found: list[Any] = []
        while True:
            body = {**criteria, "limit": 200, "offset": len(found)}
            answer = self.call("POST", "/rsv/v1/hotels/{hotel}/reservations/searches", body)
            if answer.status_code == 204:
                return found
            assert answer.status_code == 200, answer.text
            page = answer.json()["reservations"]
            found += page["reservationInfo"]
            if not page["hasMore"]:
                return found

    def one(self, stay_id: str, **query: Any) -> Any:
        answer = self.get(f"/rsv/v1/hotels/{{hotel}}/reservations/{stay_id}", **query)
        (row,) = answer["reservations"]["reservation"]
        return row

    def listed(self, stay_id: str) -> Any:
        (row,) = self.search(reservationIdList=[stay_id])
        return row

    def events(self) -> list[Any]:
        """Reads the queue until it is empty."""
        return [event for page in self._event_pages() for event in page["businessEventData"]]

    def heads(self) -> list[tuple[str, str]]:
        """What happened to whom, read from the queue."""
        headers = [event["businessEvent"]["header"] for event in self.events()]
        return [(head["actionType"], head["primaryKey"]) for head in headers]

    def switch(self, **switches: Any) -> None:
        self.vendor.switch(Switches(**switches))

    def stays(self, state: State) -> list[Stay]:
        return [stay for stay in self.vendor.tenant.stays() if stay.state is state and not stay.is_pseudo]

    def _event_pages(self) -> Iterator[Any]:
        path = f"/int/v1/externalSystem/{EXTERNAL_SYSTEM}/hotels/{{hotel}}/businessEvents"
        while (answer := self.call("GET", path)).status_code == 200:
            yield answer.json()
        assert answer.status_code == 204


def number(row: Any, kind: str = "Reservation") -> str:
    """One of the numbers of a reservation."""
    (found,) = [each["id"] for each in row["reservationIdList"] if each["type"] == kind]
    return str(found)
