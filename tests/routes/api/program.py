"""A program with a key: speaks to the API as one over HTTP would, without a cookie."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PREFIX = "/api/v1"


@dataclass
class Program:
    client: FlaskClient
    key: str
    key_id: str

    def call(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        return self.client.open(PREFIX + path, method=method, headers=headers, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, body: object = None, **more: Any) -> TestResponse:
        return self.call("POST", path, json={} if body is None else body, **more)

    def patch(self, path: str, body: object, **more: Any) -> TestResponse:
        return self.call("PATCH", path, json=body, **more)

    def every(self, path: str, **asked: str) -> list[dict[str, Any]]:
        """All records of a list, page by page along the Link header."""
        found: list[dict[str, Any]] = []
        answer = self.get(path, query_string=asked)
        while True:
            assert answer.status_code == 200, answer.text
            assert answer.json is not None
            found += answer.json["data"]
            link = answer.headers.get("Link")
            if link is None:
                assert answer.json["next_cursor"] is None
                return found
            address = link[1 : link.index(">")]
            answer = self.get(address[address.index(PREFIX) + len(PREFIX) :])


def code_of(answer: TestResponse) -> str:
    """The code of a refusal, which must be a problem of RFC 9457 about itself."""
    assert answer.content_type == "application/problem+json", answer.text
    document = answer.json
    assert document is not None
    assert document["status"] == answer.status_code
    assert document["request_id"] == answer.headers["X-Request-Id"]
    code: str = document["code"]
    return code
