"""Hand-made answers of Guesty with invented people, and a scripted Guesty that gives them."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from tests.integrations.vendor import Asked, Reply
from webapp.domain.stream import Mode, Window
from webapp.integrations.kit.contract import Credentials
from webapp.integrations.pms.guesty.house import Listing
from webapp.vault import Secret

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ACCOUNT = "66f0c0ffee0000000000e001"
HARBOUR, HARBOUR_2, SEASIDE = (f"66f0c0ffee0000000000b00{number}" for number in (1, 2, 3))
BOOKED, MOVED, GONE = (f"66f0c0ffee0000000000a00{number}" for number in (1, 2, 3))
MARA, RAVI = (f"66f0c0ffee0000000000c00{number}" for number in (1, 2))
SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1ob29rcw=="
KEYS = {"api_key": Secret("0oa-client-of-the-hub"), "api_secret": Secret("cl13nt-s3cret")}

Query = dict[str, str]
Answer = Any


def sample(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def row(identity: str, **changes: Any) -> dict[str, Any]:
    """A reservation as version 3 tells it by its id."""
    names = ("_id", "reservationId", "id")
    found = next(one for one in sample("by_ids") if identity in [one.get(name) for name in names])
    return {**found, **changes}


def old_row(**changes: Any) -> dict[str, Any]:
    return {**sample("legacy")["results"][0], **changes}


def listed(identity: str, guest: str = MARA, **more: Any) -> dict[str, Any]:
    """A row of the search of version 3."""
    return {"reservationId": identity, "status": "confirmed", "guestId": guest, **more}


def search(*rows: dict[str, Any], has_more: bool = False) -> dict[str, Any]:
    return {"results": list(rows), "pagination": {"skip": 0, "limit": 100, "hasMore": has_more}}


def credentials(**options: Any) -> Credentials:
    form = {"property_id": "", "reservations_api": "v3", "derive_check_ins": "no", **options}
    return Credentials(form, dict(KEYS))


def window(mode: Mode = Mode.BACKFILL, since: datetime | None = None) -> Window:
    return Window(mode, since, NOW, date(2026, 11, 1), date(2027, 1, 1))


def path_of(asked: Asked) -> str:
    return urlsplit(asked.path).path.removeprefix("/v1/").removeprefix("/")


def query_of(asked: Asked) -> Query:
    """The last value of each name; `ids_of` gives all ids."""
    return dict(parse_qsl(urlsplit(asked.path).query, keep_blank_values=True))


def ids_of(asked: Asked) -> list[str]:
    return [value for name, value in parse_qsl(urlsplit(asked.path).query) if name == "reservationIds[]"]


class Places:
    """What the ids of the samples stand for."""

    def listing(self, identity: str) -> Listing | None:
        zones = {HARBOUR: "Europe/Stockholm", HARBOUR_2: "Europe/Stockholm", SEASIDE: "Asia/Tokyo"}
        rows = [*sample("listings")["results"], *sample("inactive_listings")["results"]]
        found = next((one for one in rows if one["_id"] == identity), None)
        if found is None:
            return None
        return Listing(
            id=identity,
            name=found["title"],
            nickname=found["nickname"],
            zone_name=zones[identity],
            currency=found["prices"]["currency"],
            check_in_time=found.get("defaultCheckInTime", ""),
            check_out_time=found.get("defaultCheckOutTime", ""),
            is_active=found["active"],
        )

    def zone(self, identity: str) -> ZoneInfo:
        found = self.listing(identity)
        return ZoneInfo(found.zone_name if found else "UTC")


class Script:
    """Answers by path; what is not said here is answered from the samples. `answers` may hold functions of the call."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.tokens = 0
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        path = path_of(asked)
        if path == "oauth2/token" and path not in self.answers:
            self.tokens += 1
            return Reply(
                body={"token_type": "Bearer", "expires_in": 86_400, "access_token": f"t{self.tokens}"}
            )
        answer = self.answers.get(f"{asked.method} {path}", self.answers.get(path))
        if answer is None:
            answer = _USUAL.get(path, Reply(404, {"message": "Not found", "code": "NOT_FOUND"}))
        found = answer(asked) if callable(answer) else answer
        return found if isinstance(found, Reply) else Reply(body=found)

    def calls(self, path: str) -> list[Query]:
        """What was asked at a path."""
        return [query_of(asked) for asked in self.asked if path_of(asked) == path]


def _listings(asked: Asked) -> Any:
    return sample("listings" if query_of(asked).get("active") == "true" else "inactive_listings")


def _by_ids(asked: Asked) -> Any:
    wanted = set(ids_of(asked))
    return [
        one for one in sample("by_ids") if wanted & {one.get(name) for name in ("_id", "reservationId", "id")}
    ]


def _guests(asked: Asked) -> Any:
    wanted = set(json.loads(query_of(asked)["filters"])["_id"]["@in"])
    rows = [one for one in sample("guests")["results"] if {one.get("_id"), one.get("id")} & wanted]
    return {"results": rows, "total": len(rows)}


def _money(asked: Asked) -> Any:
    """The older list: the rows that its filter names, or the sample."""
    filters = json.loads(query_of(asked)["filters"])
    wanted = next((one["value"] for one in filters if one["field"] == "_id"), None)
    rows = [one for one in sample("legacy")["results"] if wanted is None or one["_id"] in wanted]
    return {"results": rows, "count": len(rows), "limit": 100, "skip": 0}


_USUAL: Mapping[str, Callable[[Asked], Any] | Any] = {
    "accounts/me": {"_id": ACCOUNT, "name": "Nordic Stays", "active": True, "timezone": "Europe/Stockholm", "currency": "EUR"},
    "listings": _listings,
    "reservations-v3": _by_ids,
    "reservations-v3/search": search(listed(BOOKED), listed(MOVED, RAVI), listed(GONE)),
    "reservations": _money,
    "guests-crud": _guests,
    "availability-pricing/api/calendar/listings": sample("calendar"),
}  # fmt: skip
