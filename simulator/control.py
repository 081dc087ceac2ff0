"""The control desk of the simulator: faults, changes of the world and what was seen, behind a random token."""

import hmac
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

import msgspec

from simulator import neutral
from simulator.bulk import BulkHotel
from simulator.calls import CallBook
from simulator.credentials import AuthKind, Keyring
from simulator.dialect import Dialect
from simulator.faults import Fault, FaultBoard
from simulator.hotel import Guest, NewReservation, Reservation
from simulator.pms.custom_rest_hooks import AuroraHooks
from simulator.register import NotPossibleError, UnknownError
from simulator.wire import Answer, Call, Refusal, json_answer
from simulator.world import World

PREFIX = "/_control/"
CONTROL_HEADER = "x-simulator-token"

_T = TypeVar("_T")


class _Act(msgspec.Struct, forbid_unknown_fields=True):
    """What a change of the world may carry; each verb reads its own."""

    number: str = ""
    room: str | None = None
    arrival: date | None = None
    departure: date | None = None
    balance: int = 0
    notes: str = ""
    guest_id: str = ""
    email: str | None = None
    phone: str | None = None


class _Days(msgspec.Struct, forbid_unknown_fields=True):
    days: int = 1


class _Share(msgspec.Struct, forbid_unknown_fields=True):
    share: float


class _Issue(msgspec.Struct, forbid_unknown_fields=True):
    kind: AuthKind
    scopes: list[str]


VERBS: Mapping[str, Callable[[World, _Act], Reservation | Guest]] = {
    "confirm": lambda world, act: world.confirm(act.number),
    "cancel": lambda world, act: world.cancel(act.number),
    "no_show": lambda world, act: world.mark_no_show(act.number),
    "check_in": lambda world, act: world.check_in(act.number, act.room),
    "reverse_check_in": lambda world, act: world.reverse_check_in(act.number),
    "check_out": lambda world, act: world.check_out(act.number),
    "reverse_check_out": lambda world, act: world.reverse_check_out(act.number),
    "reinstate": lambda world, act: world.reinstate(act.number),
    "move_room": lambda world, act: world.move_room(act.number, act.room or ""),
    "change_stay": lambda world, act: world.change_stay(act.number, act.arrival, act.departure),
    "set_balance": lambda world, act: world.set_balance(act.number, act.balance),
    "set_notes": lambda world, act: world.set_notes(act.number, act.notes),
    "edit_guest": lambda world, act: world.edit_guest(act.guest_id, email=act.email, phone=act.phone),
}


class ControlDesk:
    """Answers calls below `/_control/`."""

    def __init__(
        self,
        *,
        token: str,
        world: World,
        keyring: Keyring,
        faults: FaultBoard,
        calls: CallBook,
        bulk: BulkHotel | None,
        dialects: Mapping[str, Dialect],
        hooks: AuroraHooks,
    ) -> None:
        self._token = token
        self._world = world
        self._keyring = keyring
        self._faults = faults
        self._calls = calls
        self._bulk = bulk
        self._dialects = dialects
        self._hooks = hooks

    def answer(self, call: Call) -> Answer:
        """Raises Refusal: 401 without the token, 404, 409 when the world says no, 422 for a wrong body."""
        given = call.headers.get(CONTROL_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token.encode()):
            raise Refusal(401, "CONTROL_TOKEN", "The control token is missing or wrong.")
        topic = call.path.removeprefix(PREFIX)
        try:
            return self._topic(call, topic)
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as wrong:
            raise Refusal(422, "BODY_INVALID", str(wrong)) from None
        except UnknownError as unknown:
            raise Refusal(404, "UNKNOWN", str(unknown)) from None
        except NotPossibleError as conflict:
            raise Refusal(409, "NOT_POSSIBLE", str(conflict)) from None

    def _topic(self, call: Call, topic: str) -> Answer:
        asked = (call.method, topic)
        part, _, rest = topic.partition("/")
        desk = self._hooks if part == "webhooks" else self._dialects.get(part)
        if desk is not None:
            return desk.control(call, rest)
        if asked == ("GET", "world"):
            return json_answer(truth(self._world))
        if asked == ("GET", "neutral"):
            return json_answer(neutral.export(self._world))
        if asked == ("GET", "calls"):
            return json_answer(self._calls.seen())
        if asked == ("DELETE", "calls"):
            self._calls.clear()
            return json_answer([])
        if topic == "faults":
            return self._fault(call)
        if asked == ("POST", "advance"):
            self._world.advance(_body(call, _Days).days)
            return json_answer({"business_date": self._world.business_date, "now": self._world.clock.now()})
        if asked == ("POST", "touch") and self._bulk is not None:
            changed = self._bulk.touch(_body(call, _Share).share, self._world.clock.now())
            return json_answer({"changed": changed})
        if asked == ("POST", "tokens/expire"):
            self._keyring.expire_tokens()
            return json_answer({})
        if asked == ("POST", "credentials"):
            wanted = _body(call, _Issue)
            issued = self._keyring.issue(wanted.kind, wanted.scopes)
            return json_answer({"kind": issued.kind, "name": issued.name, "secret": issued.secret})
        if call.method == "POST" and topic == "world/book":
            return json_answer(self._world.book(_body(call, NewReservation)))
        verb = VERBS.get(topic.removeprefix("world/")) if topic.startswith("world/") else None
        if call.method == "POST" and verb is not None:
            return json_answer(verb(self._world, _body(call, _Act)))
        raise Refusal(404, "NOT_FOUND", "The control desk has nothing at this address.")

    def _fault(self, call: Call) -> Answer:
        if call.method == "POST":
            self._faults.switch_on(_body(call, Fault))
        elif call.method == "DELETE":
            self._faults.clear()
        return json_answer({"faults": self._faults.active(), "hanging": self._faults.hanging})


def truth(world: World) -> dict[str, object]:
    """Everything the world knows, in its own words, for tests to compare with."""
    return {
        "property_id": world.hotel.code,
        "business_date": world.business_date,
        "now": world.clock.now(),
        "hotel": {
            "name": world.hotel.name,
            "timezone": world.hotel.timezone,
            "currency": world.hotel.currency,
            "room_types": world.hotel.room_types,
            "rooms": world.hotel.rooms,
            "rate_plans": world.hotel.rate_plans,
            "out_of_order": world.hotel.out_of_order,
        },
        "reservations": world.reservations(),
        "guests": world.guests(),
    }


def _body(call: Call, kind: type[_T]) -> _T:
    return msgspec.json.decode(call.body or b"{}", type=kind)
