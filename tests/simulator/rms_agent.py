"""What the tests of the pretend RMS Cloud share: an agent that signs in once and asks."""

from typing import Any

import requests

from simulator.pms.rms import RmsCloud
from simulator.server import Server


class Agent:
    """A client of the pretend database; it takes its token with the first call."""

    def __init__(self, vendor: Server, http: requests.Session) -> None:
        door = vendor.dialect("rms_cloud")
        assert isinstance(door.vendor, RmsCloud)
        self.vendor = door.vendor
        self.sheet = door.credentials["agent"]
        self.url = door.base_url
        self._http = http
        self.token = ""

    def sign_in(self, **changed: Any) -> requests.Response:
        body = {
            "agentId": int(self.sheet["agent_id"]),
            "agentPassword": self.sheet["agent_password"],
            "clientId": int(self.sheet["client_id"]),
            "clientPassword": self.sheet["client_password"],
            "moduleType": [self.sheet["module_type"]],
            "useTrainingDatabase": False,
        }
        return self._http.post(f"{self.url}/authToken", json=body | changed)

    def send(self, path: str, method: str = "GET", body: object = None, **query: Any) -> requests.Response:
        if not self.token:
            self.token = self.sign_in().json()["token"]
        return self._http.request(
            method, f"{self.url}/{path}", params=query, json=body, headers={"authtoken": self.token}
        )

    def ask(self, path: str, **query: Any) -> Any:
        answer = self.send(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, query: dict[str, Any] | None = None, **body: Any) -> Any:
        answer = self.send(path, "POST", body, **(query or {}))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def search(self, **filters: Any) -> list[Any]:
        """Every page of full rows."""
        return self.pages("reservations/search", **filters)

    def pages(self, path: str, **filters: Any) -> list[Any]:
        rows: list[Any] = []
        while True:
            query = {"modelType": "full", "sort": "id", "limit": 200, "offset": len(rows)}
            page = self.post(path, query, **filters)
            rows += page
            if len(page) < 200:
                return rows

    def of(self, number: str) -> list[Any]:
        """The rows of the parts of one of the hotel's reservations."""
        record = self.vendor.books.world.reservation(number)
        ids = [row.id for row in self.vendor.books.of(record) if row.kind == "Normal"]
        return self.search(reservationIds=ids)
