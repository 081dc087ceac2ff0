"""Hand-made answers of RMS with invented people, and a scripted RMS that gives them."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from tests.integrations.vendor import Asked, Reply
from webapp.domain.stream import Mode, Window
from webapp.integrations.kit.contract import Credentials
from webapp.integrations.pms.rms_cloud.mapping import Frame
from webapp.vault import Secret

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SYDNEY = ZoneInfo("Australia/Sydney")
FRAME = Frame(SYDNEY, NOW, "AUD")
KEYS = {"api_key": Secret("ag3nt-passw0rd"), "api_secret": Secret("w3b-s3rvice-passw0rd")}


def sample(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def row(**changes: Any) -> dict[str, Any]:
    return {**sample("reservations")[0], **changes}


def credentials(**options: Any) -> Credentials:
    form = {
        "agent_id": "431",
        "client_id": "69731",
        "property_id": "1",
        "module_type": "guestServices",
        "training": "no",
        **options,
    }
    return Credentials(form, dict(KEYS))


def window(mode: Mode = Mode.BACKFILL, since: datetime | None = None) -> Window:
    return Window(mode, since, NOW, date(2026, 11, 1), date(2027, 1, 1))


def path_of(asked: Asked) -> str:
    return urlsplit(asked.path).path.strip("/")


def query_of(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(asked.path).query))


def body_of(asked: Asked) -> Any:
    return json.loads(asked.body)


class Script:
    """Answers by path; `replies` replaces an answer by a reply, or by what makes one of a call."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.asked: list[Asked] = []
        self.tokens = 0
        self.dead: set[str] = set()
        self.replies: dict[str, Any] = {}

    def __call__(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        path = path_of(asked)
        chosen = self.replies.get(path)
        if chosen is not None:
            reply: Reply = chosen(asked) if callable(chosen) else chosen
            return reply
        if path.startswith("clienturl/"):
            return Reply(200, self.home)
        if path == "authToken":
            self.tokens += 1
            return Reply(
                201, {"token": f"t0ken-{self.tokens}", "expiryDate": stamp(NOW + timedelta(hours=24))}
            )
        token = asked.headers.get("authtoken", "")
        if not token or token in self.dead:
            return Reply(401, {"message": "Unauthorised"})
        return Reply(200, self._answers().get(path, []))

    def paths(self) -> list[str]:
        return [path_of(asked) for asked in self.asked]

    def bodies(self, path: str) -> list[Any]:
        return [body_of(asked) for asked in self.asked if path_of(asked) == path]

    def _answers(self) -> Mapping[str, Any]:
        return {
            "properties": sample("properties"),
            "properties/1/currency": [
                {"primaryCurrencyName": "Australian Dollar", "primaryCurrencySymbol": "$"}
            ],
            "categories": [{"id": 3, "name": "Double", "numberOfAreas": 8, "inactive": False}],
            "countries": [{"id": 201, "name": "Sweden", "ISOCountryCode": "SWE"}],
            "onlineAgents": [{"id": 4, "name": "Booking Engine"}],
            "agents/4/rates": [{"rateId": 12, "rateName": "Flexible", "propertyId": 1}],
            "reservations/search": sample("reservations"),
            "reservations/dailyRates/search": sample("daily_rates"),
            "reservations/actualAccount/search": sample("accounts"),
            "auditTrail/search": sample("audit_trail"),
            "guests/search": sample("guests"),
            "availabilityGrid": sample("grid"),
            "availabilityRateGrid": sample("rate_grid"),
            "rates/packages/search": sample("packages"),
        }


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
