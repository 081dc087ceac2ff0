"""The simulator's control desk, as another process sees it."""

from typing import Any

import requests

from simulator.server import Server


class Desk:
    """Asks for topics below `/_control/`, or below a vendor's own part of it."""

    def __init__(self, vendor: Server, http: requests.Session, part: str = "") -> None:
        self._url = f"{vendor.url}/_control/{part}"
        self._http = http
        self._headers = {"X-Simulator-Token": vendor.control_token}

    def ask(self, method: str, topic: str, body: object = None, expect: int = 200) -> Any:
        answer = self._http.request(method, self._url + topic, json=body, headers=self._headers)
        assert answer.status_code == expect, answer.text
        return answer.json()
