"""The webhooks of the pretend RMS Cloud: bare entities, no signature, no second attempt."""

import base64
import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from simulator.hotel import Guest, Reservation
from simulator.pms.rms_access import Access
from simulator.pms.rms_books import PROPERTY, Books, Row
from simulator.pms.rms_calls import MODELS, Ask, Json, nowhere, wrong
from simulator.pms.rms_guests import GuestBook
from simulator.pms.rms_rows import Reservations
from simulator.postman import Letter, Manners, Postman
from simulator.register import Change, News

ACTIONS = {
    "reservation": frozenset(
        "creation modification statusModification regoAccessModified accountBalanceModification".split()
    ),
    "guest": frozenset("creation modification delete idScan".split()),
    "area": frozenset({"statusModification"}),
    "mealPlan": frozenset("creation modification delete".split()),
    "groupAllotment": frozenset("creation modification delete".split()),
    "rateType": frozenset("creation modification".split()),
    "agent": frozenset("creation modification".split()),
    "sundry": frozenset("creation modification".split()),
}
STATUS_ACTIONS = frozenset("unconfirmed confirmed arrived departed cancelled preCheckIn noShow quote".split())
_AREA_ACTIONS = frozenset(
    "areaVacantClean areaVacantDirty areaOccupied areaVacantInspect areaMaintenance".split()
)
MANNERS = Manners(attempts=1, deadline_ms=10_000)


class Header(msgspec.Struct, frozen=True):
    key: str
    value: str


class Wish(msgspec.Struct, frozen=True, rename="camel"):
    """A whole subscription; what is left out of a PUT is gone."""

    endpoint: str = ""
    entity_type: str = ""
    action: str = ""
    sub_action: str = ""
    property_id: int = 0
    model_type: str = "basic"
    headers: list[Header] = []


@dataclass(frozen=True, slots=True)
class Subscription:
    id: int
    wish: Wish
    is_training: bool


class Hooks:
    """Keeps the subscriptions and turns what happens in the hotel into letters."""

    def __init__(self, books: Books, rows: Reservations, guests: GuestBook, access: Access) -> None:
        self._books = books
        self._rows = rows
        self._guests = guests
        self._access = access
        self._lock = threading.Lock()
        self._count = itertools.count(501)
        self._subscriptions: dict[int, Subscription] = {}
        self.postman = Postman(books.world.clock.now, MANNERS)
        books.world.listen(self._hear)

    def create(self, ask: Ask) -> object:
        wish = _checked(ask.body(Wish))
        with self._lock:
            made = Subscription(next(self._count), wish, ask.is_training)
            self._subscriptions[made.id] = made
        return _row(made)

    def list(self, ask: Ask) -> object:
        """Those of one property, and those of all."""
        asked = ask.number("propertyId")
        with self._lock:
            found = list(self._subscriptions.values())
        return ask.page(
            lambda: [_row(each) for each in found if each.wish.property_id in (0, asked) or not asked]
        )

    def change(self, ask: Ask) -> object:
        wish = _checked(ask.body(Wish))
        with self._lock:
            if ask.id not in self._subscriptions:
                raise nowhere(f"Webhook {ask.id} was not found.")
            made = Subscription(ask.id, wish, ask.is_training)
            self._subscriptions[made.id] = made
        return [_row(made)]

    def remove(self, ask: Ask) -> object:
        with self._lock:
            if self._subscriptions.pop(ask.id, None) is None:
                raise nowhere(f"Webhook {ask.id} was not found.")
        return None

    def _hear(self, news: News) -> None:
        """Called while the books are locked: it only writes letters."""
        if not isinstance(news, Change):
            return
        with self._lock:
            live = [each for each in self._subscriptions.values() if not each.is_training]
        if not live:
            return
        after = news.after
        if isinstance(after, Guest):
            action = "creation" if news.before is None else "modification"
            for each in live:
                if (each.wish.entity_type, each.wish.action) == ("guest", action):
                    self._post(each, f"guest/{action}", self._guests.row(after, each.wish.model_type))
            return
        before = news.before if isinstance(news.before, Reservation) else None
        for row, action, sub_action in self._told(before, after):
            for each in live:
                wish = each.wish
                if (wish.entity_type, wish.action) != ("reservation", action):
                    continue
                if wish.sub_action and wish.sub_action != sub_action:
                    continue
                if wish.property_id in (0, PROPERTY):
                    name = "/".join(filter(None, ("reservation", action, sub_action)))
                    self._post(each, name, self._rows.row(row, wish.model_type))

    def _told(self, before: Reservation | None, after: Reservation) -> Iterator[tuple[Row, str, str]]:
        """What happened to each row of a reservation: a change of status is no modification."""
        had = {row.id: row for row in self._books.of(before)} if before is not None else {}
        is_silent = self._books.switches().is_status_silent
        for row in self._books.of(after):
            if row.kind != "Normal":
                continue
            old = had.get(row.id)
            if old is None:
                yield row, "creation", ""
                continue
            if old.status != row.status and not is_silent:
                yield row, "statusModification", _sub_action(row.status)
            if old.balance != row.balance:
                yield row, "accountBalanceModification", ""
            if _stay(old) != _stay(row):
                yield row, "modification", ""

    def _post(self, subscription: Subscription, event: str, entity: Json) -> None:
        headers = {"Content-Type": "application/json"}
        if subscription.wish.headers:
            headers |= {each.key: each.value for each in subscription.wish.headers}
        else:
            pair = f"{self._access.agent_id}:{self._access.agent_password}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        body = msgspec.json.encode(entity)
        self.postman.post(Letter(subscription.wish.endpoint, event, body, headers))


def _checked(wish: Wish) -> Wish:
    if not wish.endpoint.startswith(("http://", "https://")):
        raise wrong("endpoint is not valid.")
    if wish.action not in ACTIONS.get(wish.entity_type, ()):
        raise wrong("entityType and action do not go together.")
    allowed: frozenset[str] = frozenset()
    if wish.action == "statusModification":
        allowed = STATUS_ACTIONS if wish.entity_type == "reservation" else _AREA_ACTIONS
    if wish.sub_action and wish.sub_action not in allowed:
        raise wrong("subAction is not valid.")
    if wish.model_type not in MODELS:
        raise wrong("modelType must be lite, basic or full.")
    return wish


def _row(made: Subscription) -> Json:
    wish = made.wish
    return {
        "id": made.id,
        "endpoint": wish.endpoint,
        "entityType": wish.entity_type,
        "action": wish.action,
        "subAction": wish.sub_action or None,
        "propertyId": wish.property_id,
        "modelType": wish.model_type,
        "headers": [{"key": each.key, "value": each.value} for each in wish.headers],
    }


def _sub_action(status: str) -> str:
    plain = status.replace(" ", "")
    return plain[:1].lower() + plain[1:]


def _stay(row: Row) -> tuple[object, ...]:
    return (row.arrival, row.departure, row.room, row.notes, row.total, row.line and row.line.room_type)
