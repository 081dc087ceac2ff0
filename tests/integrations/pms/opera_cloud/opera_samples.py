"""Hand-made answers of OHIP with invented people, and a scripted gateway that gives them."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.integrations.vendor import Asked, Reply
from webapp.integrations.kit.contract import Credentials
from webapp.integrations.pms.opera_cloud.hotel import Hotel
from webapp.vault import Secret

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2026, 12, 4, 12, 0, tzinfo=UTC)
HOTEL = Hotel("HTL1", "Hotel Invented", "Europe/Lisbon", "EUR")
APP_KEY = "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9"
NOTHING = Reply(204, b"")
TOKEN = Reply(body={"access_token": "made-up-token", "expires_in": 3600, "token_type": "Bearer"})
SEARCH = "/rsv/v1/hotels/HTL1/reservations/searches"
LIST = "/rsv/v1/hotels/HTL1/reservations"

Answers = Mapping[str, Reply | Callable[[Asked], Reply]]


def sample(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def credentials(url: str, **options: Any) -> Credentials:
    secrets = {"api_key": APP_KEY, "api_secret": "s3cret-0f-the-cl1ent", "user_password": "p4ss-0f-the-user"}
    form = {
        "endpoint_url": url,
        "auth_kind": "ocim",
        "client_id": "ENT1_Client",
        "enterprise_id": "ENT1",
        "username": "WS_USER",
        "property_id": "HTL1",
        "time_zone": "Europe/Lisbon",
        **options,
    }
    return Credentials(form, {name: Secret(value) for name, value in secrets.items()})


def error(status: int, text: str = "", code: str = "GEN00001") -> Reply:
    """As OHIP shapes its errors; an empty body without a text."""
    if not text:
        return Reply(status, b"")
    return Reply(status, {"type": "about:blank", "title": text, "status": status, "o:errorCode": code})


class Gateway:
    """Answers by address without its query, unless a test says otherwise; what it does not know has nothing."""

    def __init__(self, answers: Answers) -> None:
        self.answers = {
            "/oauth/v1/tokens": TOKEN,
            "/rsv/v1/services/reservations/status": Reply(body={"operaVersion": "26.2.0.1"}),
            "/ent/config/v1/hotels/HTL1/operaContext": Reply(body={"hotelName": "Hotel Invented"}),
            **answers,
        }

    def __call__(self, asked: Asked) -> Reply:
        found = self.answers.get(urlsplit(asked.path).path, NOTHING)
        return found if isinstance(found, Reply) else found(asked)


def query(asked: Asked) -> dict[str, list[str]]:
    return parse_qs(urlsplit(asked.path).query)


def row(number: str = "990017", **changes: Any) -> dict[str, Any]:
    """A row of the list, with some of its fields changed; `roomStay` is changed field by field."""
    found = sample("reservations")["reservations"]["reservationInfo"][0]
    stay = {**found["roomStay"], **changes.pop("roomStay", {})}
    ids = [{"id": number, "type": "Reservation"}, {"id": f"7{number}", "type": "Confirmation"}]
    return {**found, "reservationIdList": ids, **changes, "roomStay": stay}


def listed(*rows: Any, **more: Any) -> Reply:
    found = {"reservationInfo": list(rows), "hasMore": False, "count": len(rows), **more}
    return Reply(body={"reservations": found, "links": []})
