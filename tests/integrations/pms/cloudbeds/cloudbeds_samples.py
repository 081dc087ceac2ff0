"""Samples in the shapes of Cloudbeds' contract, and a Cloudbeds that answers them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.integrations.vendor import Asked, Reply
from webapp.integrations.kit.contract import Credentials
from webapp.integrations.pms.cloudbeds.hotel import Hotel
from webapp.vault import Secret

FIXTURES = Path(__file__).parent / "fixtures"
HOTEL = Hotel("901234", "Hotel Solbacken", "Europe/Stockholm", "EUR")
KEY = "cbat_0123456789abcdef"
HOTELS = {
    "success": True,
    "count": 1,
    "total": 1,
    "data": [
        {
            "propertyID": "901234",
            "propertyName": "Hotel Solbacken",
            "propertyTimezone": "Europe/Stockholm",
            "propertyCurrency": {"currencyCode": "EUR", "currencySymbol": "€", "currencyPosition": "before"},
        }
    ],
}
NOTHING = {"success": True, "data": [], "count": 0, "total": 0}

Answers = Mapping[str, Any]


def sample(name: str) -> Any:
    return msgspec.json.decode((FIXTURES / f"{name}.json").read_bytes())


def reservation(number: str) -> dict[str, Any]:
    """One row of the sample list."""
    found: dict[str, Any] = next(
        row for row in sample("reservations")["data"] if row["reservationID"] == number
    )
    return found


def credentials(**options: Any) -> Credentials:
    return Credentials({"property_id": "901234", **options}, {"api_key": Secret(KEY)})


def method_of(asked: Asked) -> str:
    """`getReservations`, or `oauth/metadata`."""
    return urlsplit(asked.path).path.partition("/api/v1.3/")[2]


def query_of(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}


def answering(answers: Answers) -> Callable[[Asked], Reply]:
    """By method; a function is given the query. Without an answer of its own a method finds nothing, and the hotel
    is the one of the samples."""
    usual: Answers = {
        "oauth/metadata": {"success": "true", "data": {"api": {"url": ""}}},
        "getHotels": HOTELS,
    }

    def answer(asked: Asked) -> Reply:
        given = {**usual, **answers}.get(method_of(asked), NOTHING)
        found = given(query_of(asked)) if callable(given) else given
        return found if isinstance(found, Reply) else Reply(body=found)

    return answer
