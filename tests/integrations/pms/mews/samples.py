"""Hand-made answers of Mews with invented people, and a scripted Mews that gives them."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from tests.integrations.vendor import Asked, Reply
from webapp.domain.stream import Mode, Window
from webapp.integrations.kit.contract import Credentials, Page
from webapp.integrations.pms.mews.mapping import Names, Parts
from webapp.integrations.pms.mews.shapes import Companionship, Customer, OrderItem, Reservation
from webapp.vault import Secret

T = TypeVar("T")

FIXTURES = Path(__file__).parent / "fixtures"
PREFIX = "/api/connector/v1/"
ZONE = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 7, 14, 8, 20, tzinfo=UTC)

ANSWERS: Mapping[str, str] = {
    "configuration/get": "configuration",
    "services/getAll": "services",
    "resourceCategories/getAll": "resource_categories",
    "resources/getAll": "resources",
    "ageCategories/getAll": "age_categories",
    "rates/getAll": "rates",
    "reservations/getAll/2023-06-06": "reservations",
    "companionships/getAll": "companionships",
    "orderItems/getAll": "order_items",
    "customers/getAll": "customers",
    "services/getAvailability/2024-01-22": "availability",
    "services/getAvailability": "availability_public",
    "rates/getPricing": "pricing",
}
"""Operation -> the file with an answer of it."""


def identity(kind: str, number: int = 0) -> str:
    """The ids of the samples: one digit for each kind of thing, and its number at the end."""
    return f"{kind * 8}-{kind * 4}-4{kind * 3}-8{kind * 3}-{kind * 11}{number}"


HOTEL, STAY, DOUBLE, SUITE, ROOM = (
    identity("1"),
    identity("4"),
    identity("6"),
    identity("6", 1),
    identity("b"),
)
ANA, BEN, CLEO, DUPLICATE, HOUSE, ERASED, CARL, COMPANY = (identity("5", number) for number in range(8))
BOOKED, IN_HOUSE, LEFT, CANCELLED, NO_SHOW, HELD, WAITING, ASKED, OF_COMPANY = (
    identity("3", number) for number in range(1, 10)
)
BEST, CORPORATE, OLD_RATE = (identity("7", number) for number in range(3))
NOBODY = "99999999-9999-4999-8999-999999999999"


def sample(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def rows(name: str, field: str, shape: type[T]) -> list[T]:
    """The rows of a sample, as the adapter reads them."""
    return msgspec.convert(sample(name)[field], list[shape])  # type: ignore[valid-type]


def reservation(number: str = BOOKED, **changes: Any) -> Reservation:
    """One of the sample's reservations, with some fields called as in Mews changed."""
    found = next(row for row in sample("reservations")["Reservations"] if row["Id"] == number)
    return msgspec.convert({**found, **changes}, Reservation)


def names() -> Names:
    return Names(
        zone=ZONE,
        currency="EUR",
        categories={DOUBLE: "Double", SUITE: "Suite"},
        rooms={ROOM: "214"},
        plans={BEST: "Best available"},
        children=frozenset({identity("9", 1), identity("9", 2)}),
    )


def parts() -> Parts:
    """What belongs to the sample's reservations, merged customers already followed."""
    items: dict[str, list[OrderItem]] = {}
    for item in rows("order_items", "OrderItems", OrderItem):
        items.setdefault(item.service_order_id, []).append(item)
    companions: dict[str, list[str]] = {}
    for row in rows("companionships", "Companionships", Companionship):
        if row.reservation_id:
            companions.setdefault(row.reservation_id, []).append(row.customer_id)
    customers = {row.id: row for row in rows("customers", "Customers", Customer)}
    return Parts(items, companions, customers | {DUPLICATE: customers[CLEO]})


def credentials(url: str, *, webhook_secret: str = "", **options: Any) -> Credentials:
    secrets = {"api_key": Secret("ACCESS-T0KEN"), "api_secret": Secret("CLIENT-T0KEN")}
    if webhook_secret:
        secrets["webhook_secret"] = Secret(webhook_secret)
    return Credentials({"endpoint_url": url, **options}, secrets)


class Script:
    """Answers each operation with its sample, unless a test wrote something else: a reply, or a function of what was
    asked that gives one."""

    def __init__(self) -> None:
        self.instead: dict[str, Reply | Callable[[Any], Reply]] = {}
        self.asked: list[tuple[str, Any]] = []

    def __call__(self, asked: Asked) -> Reply:
        operation = asked.path.removeprefix(PREFIX)
        body = json.loads(asked.body)
        self.asked.append((operation, body))
        other = self.instead.get(operation)
        if other is not None:
            return other if isinstance(other, Reply) else other(body)
        return Reply(body=sample(ANSWERS[operation]))

    def bodies(self, operation: str) -> list[Any]:
        return [body for name, body in self.asked if name == operation]

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.asked]


def told(status: int, message: str = "Something.", **headers: str) -> Reply:
    """How Mews refuses."""
    return Reply(status, {"Message": message, "RequestId": "made-up-0001"}, headers)


def list_of(name: str, field: str, ids: list[str]) -> Reply:
    """A sample with these rows only."""
    document = sample(name)
    document[field] = [row for row in document[field] if row["Id"] in ids]
    return Reply(body=document)


def by_ids(name: str, field: str, asked: str) -> Callable[[Any], Reply]:
    """Answers the rows that are asked for by id, and all when none are."""

    def answer(body: Any) -> Reply:
        every = [row["Id"] for row in sample(name)[field]]
        return list_of(name, field, body.get(asked) or every)

    return answer


def window(
    mode: Mode = Mode.BACKFILL, since: datetime | None = None, days: tuple[int, int] = (-7, 20)
) -> Window:
    """From and to days counted from the samples' day."""
    first, last = (NOW.date() + timedelta(number) for number in days)
    return Window(mode, since, NOW, first, last)


def records(pages: Iterable[Page]) -> list[Any]:
    return [record for page in pages for record in page.records]
