"""The RMS Cloud REST API over the pretend hotel, written from the vendor's own documents.

`docs/simulator.md` says what of it is here, what is switchable, and what the documents leave open.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from simulator.faults import Fault, FaultKind
from simulator.pms.rms_access import MODULE, Access, Guard
from simulator.pms.rms_books import PROPERTY, Books
from simulator.pms.rms_calls import Ask, Json, nowhere
from simulator.pms.rms_grids import Grids
from simulator.pms.rms_guests import GuestBook
from simulator.pms.rms_hooks import Hooks
from simulator.pms.rms_house import House
from simulator.pms.rms_money import Accounts
from simulator.pms.rms_rows import Reservations
from simulator.pms.rms_switches import Switches
from simulator.pms.rms_trail import Trail
from simulator.postman import Manners
from simulator.wire import Answer, Call, Refusal, json_answer
from simulator.world import World

_T = TypeVar("_T")
Route = Callable[[Ask], object]


class _Close(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seconds: float = 3_600


class RmsCloud:
    """One client's database and one agent; `switches` is what a test or the control desk changes of its habits."""

    key = "rms_cloud"

    def __init__(self, world: World, per_second: float) -> None:
        """The vendor's limits by path count, unless `per_second` is 0; blocks for refusals always do."""
        self.switches = Switches()
        self.access = Access(world.hotel.code, world.hotel.name, world.clock)
        self.guard = Guard(is_limited=per_second > 0)
        self.books = Books(world, lambda: self.switches)
        rows, guests = Reservations(self.books), GuestBook(self.books)
        self.hooks = Hooks(self.books, rows, guests, self.access)
        self.routes = self._routes(rows, guests)

    def answer(self, call: Call, empty: bool = False) -> Answer:
        """Raises Refusal; with `empty` every list has no records."""
        path = call.path.strip("/")
        self.guard.enter(call.method, path, self.switches)
        try:
            return self._answer(call, path, empty)
        except Refusal as refusal:
            self.guard.refused(path, refusal.status)
            raise

    def refused(self, refusal: Refusal) -> Answer:
        """The vendor's error body is not documented; this has what may be shown."""
        return json_answer({"message": refusal.message}, refusal.status, refusal.headers)

    def fault(self, fault: Fault) -> Answer | None:
        """A limit has no Retry-After."""
        match fault.kind:
            case FaultKind.UNAUTHORIZED:
                return self.refused(Refusal(401, "TOKEN", "The authtoken is missing, wrong or expired."))
            case FaultKind.FORBIDDEN:
                return self.refused(Refusal(403, "DENIED", "The module is not available to this client."))
            case FaultKind.NOT_FOUND:
                return self.refused(nowhere())
            case FaultKind.RATE_LIMITED:
                return self.refused(Refusal(self.switches.block_status, "LIMIT", "Too many requests."))
            case FaultKind.UNAVAILABLE:
                return self.refused(Refusal(503, "DOWN", "Service unavailable."))
            case FaultKind.GARBAGE_JSON:
                return Answer(200, b'[{"id":48213,"status":"Confi')
            case FaultKind.WRONG_SHAPE:
                return json_answer({"rows": [{"ref": "one", "of": ["else"]}]})
            case _:
                return None

    def sheet(self, base_url: str) -> Mapping[str, Mapping[str, str]]:
        return {
            "agent": {
                "base_url": base_url,
                "agent_id": str(self.access.agent_id),
                "agent_password": self.access.agent_password,
                "client_id": str(self.access.client_id),
                "client_password": self.access.client_password,
                "module_type": MODULE,
                "property_id": str(PROPERTY),
            }
        }

    def control(self, call: Call, topic: str) -> Answer:
        """Raises Refusal 404, and what decoding and the world raise."""
        asked = (call.method, topic)
        if topic == "switches" and call.method in ("GET", "POST"):
            if call.method == "POST":
                self.switches = _read(call, Switches)
            return json_answer(self.switches)
        if topic == "manners" and call.method in ("GET", "POST"):
            if call.method == "POST":
                self.hooks.postman.behave(_read(call, Manners))
            return json_answer(self.hooks.postman.manners)
        if topic == "sent" and call.method in ("GET", "DELETE"):
            if call.method == "DELETE":
                self.hooks.postman.forget()
            return json_answer(self.hooks.postman.report())
        if topic == "blocks" and call.method in ("GET", "POST", "DELETE"):
            if call.method == "POST":
                self.guard.close(_read(call, _Close).seconds)
            elif call.method == "DELETE":
                self.guard.open()
            return json_answer(self.guard.report())
        if asked == ("POST", "tokens/expire"):
            self.access.expire()
            return json_answer({})
        if asked == ("GET", "ids"):
            return json_answer(self._ids())
        raise Refusal(404, "NOT_FOUND", "The control desk has nothing at this address.")

    def stop(self) -> None:
        self.hooks.postman.stop()

    def _answer(self, call: Call, path: str, empty: bool) -> Answer:
        accept = call.headers.get("accept", "*/*").lower()
        if not any(kind in accept for kind in ("*/*", "application/*", "application/json")):
            raise Refusal(406, "ACCEPT", "Only application/json is available.")
        first, *rest = path.split("/")
        if (call.method, first, len(rest)) == ("GET", "clienturl", 1):
            return self._client_url(call, rest[0])
        if (call.method, path) == ("POST", "authToken"):
            return json_answer(self.access.grant(call.body, self.switches), 201)
        if (call.method, path) == ("GET", "healthcheck"):
            return Answer(200, b"", "text/plain")
        route = _found(self.routes, call.method, first, tuple(rest))
        token = self.access.admit(call)
        asked = Ask(call, tuple(rest), empty, token.is_training, self.switches.most_rows)
        document = route(asked)
        return Answer(200, b"", "") if document is None else json_answer(document)

    def _client_url(self, call: Call, client: str) -> Answer:
        """A JSON text, quotes included."""
        if client != str(self.access.client_id):
            raise nowhere(f"Client {client[:12]} was not found.")
        return json_answer(self.switches.client_url or call.base_url)

    def _routes(self, rows: Reservations, guests: GuestBook) -> dict[tuple[str, str], Route]:
        """By method and pattern; `*` is any one part."""
        house, grids = House(self.books, self.access.client_id), Grids(self.books)
        money, trail = Accounts(self.books), Trail(self.books)
        return {
            ("GET", "properties"): house.properties,
            ("GET", "properties/*"): house.property,
            ("GET", "properties/*/currency"): house.property,
            ("GET", "categories"): house.categories,
            ("GET", "areas"): house.areas,
            ("GET", "rates"): house.rates,
            ("POST", "rates/packages/search"): house.packages,
            ("GET", "onlineAgents"): house.online_agents,
            ("GET", "agents/*/rates"): house.agent_rates,
            ("GET", "bookingSources"): house.booking_sources,
            ("GET", "countries"): house.countries,
            ("GET", "mealPlans"): house.meal_plans,
            ("POST", "availabilityGrid"): grids.grid,
            ("POST", "availabilityRateGrid"): grids.rate_grid,
            ("POST", "auditTrail/search"): trail.search,
            ("POST", "guests/search"): guests.search,
            ("GET", "guests/*"): guests.one,
            ("POST", "reservations/search"): rows.search,
            ("GET", "reservations/arriving"): rows.daily_list("arriving"),
            ("GET", "reservations/departing"): rows.daily_list("departing"),
            ("GET", "reservations/inHouse"): rows.daily_list("inHouse"),
            ("POST", "reservations/dailyRates/search"): money.daily_rates,
            ("POST", "reservations/dailyRevenue/search"): money.daily_revenue,
            ("POST", "reservations/actualAccount/search"): money.accounts,
            ("POST", "reservations/guestMovements/search"): guests.movements,
            ("GET", "reservations/*"): rows.one,
            ("GET", "reservations/*/guestMovement"): guests.movement,
            ("GET", "reservations/*/guests"): guests.people,
            ("GET", "reservations/*/projectedBalance"): money.part,
            ("GET", "reservations/*/actualAccount"): money.part,
            ("GET", "reservations/*/dailyRates"): money.part,
            ("GET", "reservations/*/dailyRevenue"): money.part,
            ("GET", "reservations/*/packages"): money.part,
            ("GET", "webhooks"): self.hooks.list,
            ("POST", "webhooks"): self.hooks.create,
            ("PUT", "webhooks/*"): self.hooks.change,
            ("DELETE", "webhooks/*"): self.hooks.remove,
        }

    def _ids(self) -> Json:
        """How the hotel's own names are called here, for a test that compares with the truth."""
        world = self.books.world
        return {
            "client": self.access.client_id,
            "property": PROPERTY,
            "categories": self.books.categories,
            "areas": self.books.areas,
            "rates": self.books.rates,
            "guests": {guest.id: self.books.guest_id(guest.id) for guest in world.guests()},
            "reservations": {
                record.number: [row.id for row in self.books.of(record) if row.kind == "Normal"]
                for record in world.reservations()
            },
        }


def _found(routes: Mapping[tuple[str, str], Route], method: str, first: str, rest: tuple[str, ...]) -> Route:
    """The exact path before one with a part left open; raises Refusal 404."""
    exact = routes.get((method, "/".join((first, *rest))))
    if exact is None and rest:
        exact = routes.get((method, "/".join((first, "*", *rest[1:]))))
    if exact is None:
        raise nowhere()
    return exact


def _read(call: Call, kind: type[_T]) -> _T:
    return msgspec.json.decode(call.body or b"{}", type=kind)
