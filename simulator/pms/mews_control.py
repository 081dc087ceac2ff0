"""The part of the control desk that belongs to the pretend Mews: switches, webhooks, and the partner's side."""

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from simulator.pms.mews_access import Access
from simulator.pms.mews_customers import CustomerBook
from simulator.pms.mews_hooks import Action, Hooks, Kind, Subscription
from simulator.postman import Manners
from simulator.wire import Answer, Call, Refusal, json_answer

_T = TypeVar("_T")


class Switches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the vendor does on some days.

    `denied` are operations without permission (401); more than `most_rows` matching rows are too much (408);
    `is_retry_after_sent` is false when a 429 comes without the header; `hidden_numbers` are reservations of the
    hotel that no answer shows; with `bills_are_silent` a change of the balance alone moves no reservation's
    stamp and sends no event for it.
    """

    denied: frozenset[str] = frozenset()
    most_rows: int | None = None
    is_retry_after_sent: bool = True
    hidden_numbers: frozenset[str] = frozenset()
    bills_are_silent: bool = False


class _Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    action: Action


class _Merge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    guest_id: str
    into: str


class _Guest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    guest_id: str


@dataclass
class Desk:
    """What may be changed from outside."""

    access: Access
    customers: CustomerBook
    hooks: Hooks
    switches: Switches

    def happen(self, action: Action) -> str:
        """Does something to the integration and tells it; answers the access token afterwards."""
        token = self.access.live_through(action)
        self.hooks.announce(action, token)
        return token

    def merge(self, guest_id: str, into: str) -> str:
        """Makes a guest a duplicate of another; answers the customer id. Raises UnknownError."""
        customer = self.customers.merge(guest_id, into)
        self.hooks.tell(Kind.CUSTOMER, customer)
        return customer

    def delete(self, guest_id: str) -> str:
        """Forgets a guest; answers the customer id. Raises UnknownError."""
        customer = self.customers.delete(guest_id)
        self.hooks.tell(Kind.CUSTOMER, customer)
        return customer

    def answer(self, call: Call, topic: str) -> Answer:
        """Raises Refusal 404, and what decoding and the world raise."""
        asked = (call.method, topic)
        if asked == ("POST", "integration"):
            return json_answer({"access_token": self.happen(_read(call, _Act).action)})
        if asked == ("POST", "merge"):
            wish = _read(call, _Merge)
            return json_answer({"customer_id": self.merge(wish.guest_id, wish.into)})
        if asked == ("POST", "delete_customer"):
            return json_answer({"customer_id": self.delete(_read(call, _Guest).guest_id)})
        if topic == "switches":
            if call.method == "POST":
                self.switches = _read(call, Switches)
            return json_answer(self.switches)
        if topic == "subscription":
            if call.method == "POST":
                self.hooks.subscribe(_read(call, Subscription))
            return json_answer(self.hooks.subscription)
        if topic == "manners":
            if call.method == "POST":
                self.hooks.postman.behave(_read(call, Manners))
            return json_answer(self.hooks.postman.manners)
        if topic == "deliveries":
            if call.method == "DELETE":
                self.hooks.postman.forget()
            is_idle = self.hooks.wait_until_idle(0)
            return json_answer({"is_idle": is_idle, "deliveries": _report(self.hooks)})
        raise Refusal(404, "UNKNOWN", "The control desk has nothing at this address.")


def _report(hooks: Hooks) -> list[dict[str, object]]:
    """Without the addresses: the secret in them is all that makes a hit believable."""
    return [
        {name: value for name, value in letter.items() if name != "endpoint"}
        for letter in hooks.postman.report()
    ]


def _read(call: Call, kind: type[_T]) -> _T:
    return msgspec.json.decode(call.body or b"{}", type=kind)
