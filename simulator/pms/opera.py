"""OPERA Cloud through Oracle's integration platform over the pretend hotel, written from the vendor's documents.

What those leave open, and how it was settled here, stands in `docs/simulator.md`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeVar

import msgspec

from simulator.faults import Fault, FaultKind
from simulator.pms.opera_access import Access, NotListed
from simulator.pms.opera_calls import Ask, Criteria, document, empty_answer, invalid, problem
from simulator.pms.opera_events import EventQueue
from simulator.pms.opera_names import EXTERNAL_SYSTEM, SCOPE
from simulator.pms.opera_operations import Operation, operations
from simulator.pms.opera_switches import Switches
from simulator.pms.opera_tenant import Tenant
from simulator.wire import Answer, Call, Refusal, json_answer
from simulator.world import World

_TOKENS = "/oauth/v1/tokens"
_JSON = "application/json"
_DOWN = b"<html><head><title>503 Service Unavailable</title></head><body>Service Unavailable</body></html>"

_T = TypeVar("_T")


class _Subject(msgspec.Struct, forbid_unknown_fields=True):
    """`guest_id` and `into` are the hotel's own ids."""

    guest_id: str
    into: str = ""


class OperaCloud:
    """One hotel of a chain behind one gateway, with one approved application."""

    key = "opera_cloud"

    def __init__(self, world: World, per_second: float) -> None:
        """The vendor's own limit counts, unless `per_second` is 0."""
        self.tenant = Tenant(world)
        self.access = Access(self.tenant.names, world.clock, lambda: self.tenant.switches, per_second)
        self.events = EventQueue(self.tenant)
        self.operations = operations(self.tenant, self.events)

    @property
    def switches(self) -> Switches:
        return self.tenant.switches

    def switch(self, switches: Switches) -> None:
        self.tenant.switches = switches

    def answer(self, call: Call, empty: bool = False) -> Answer:
        """Never raises; with `empty` every list has no records, which is 204 here."""
        try:
            return self._answered(call, empty)
        except NotListed as refusal:
            return refusal.page
        except Refusal as refusal:
            return problem(refusal, call.path)

    def refused(self, refusal: Refusal) -> Answer:
        return problem(refusal, "")

    def fault(self, fault: Fault) -> Answer | None:
        match fault.kind:
            case FaultKind.UNAUTHORIZED:
                return empty_answer(HTTPStatus.UNAUTHORIZED)
            case FaultKind.FORBIDDEN:
                return self.refused(Refusal(403, "GEN00403", "Unauthorized access to the resource."))
            case FaultKind.NOT_FOUND:
                return empty_answer(HTTPStatus.NOT_FOUND)
            case FaultKind.RATE_LIMITED:
                return empty_answer(HTTPStatus.TOO_MANY_REQUESTS)
            case FaultKind.UNAVAILABLE:
                return Answer(HTTPStatus.SERVICE_UNAVAILABLE, _DOWN, "text/html")
            case _:
                return None

    def sheet(self, base_url: str) -> Mapping[str, Mapping[str, str]]:
        names, access = self.tenant.names, self.access
        shared = {
            "gateway_url": base_url,
            "app_key": access.app_key,
            "hotel_code": names.code,
            "chain_code": names.chain,
            "external_system": EXTERNAL_SYSTEM,
        }
        ocim, ssd = access.clients["ocim"], access.clients["ssd"]
        return {
            "ocim": {
                **shared,
                "client_id": ocim[0],
                "client_secret": ocim[1],
                "enterprise_id": names.enterprise,
                "scope": SCOPE,
            },
            "ssd": {
                **shared,
                "client_id": ssd[0],
                "client_secret": ssd[1],
                "username": access.user[0],
                "password": access.user[1],
            },
        }

    def control(self, call: Call, topic: str) -> Answer:
        asked = (call.method, topic)
        if topic == "switches" and call.method in ("GET", "POST"):
            if call.method == "POST":
                self.switch(_read(call, Switches))
            return json_answer(self.switches)
        if asked == ("GET", "tokens"):
            return json_answer({"given": self.access.tokens_given})
        if asked == ("POST", "tokens/expire"):
            self.access.expire_tokens()
            return json_answer({})
        if asked == ("GET", "events"):
            return json_answer({"waiting": self.events.waiting})
        if asked == ("GET", "ids"):
            return json_answer(self._ids())
        if call.method == "POST" and topic in ("merge", "inactivate", "anonymize"):
            subject = _read(call, _Subject)
            return json_answer({"profile_id": self._change_profile(topic, subject)})
        raise Refusal(404, "NOT_FOUND", "The control desk has nothing at this address.")

    def stop(self) -> None:
        """There are no threads: this vendor calls nobody."""

    def _answered(self, call: Call, empty: bool) -> Answer:
        if call.path == _TOKENS:
            if call.method != "POST":
                raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "", "")
            return self.access.token(call)
        here = [(op, parts) for op in self.operations if (parts := op.parts(call.path)) is not None]
        module = here[0][0].module if here else call.path.split("/")[1]
        self.access.admit(call, module.split("/")[0], here[0][1].get("hotelId") if here else None)
        if not here:
            raise Refusal(HTTPStatus.NOT_FOUND, "", "")
        operation, parts = self._chosen(here, call.method)
        self._understood(call)
        criteria = Criteria.of_body(call) if call.method == "POST" else Criteria.of_query(call)
        reply = operation.answer(Ask(call, parts, criteria, empty))
        if reply is None:
            return empty_answer(HTTPStatus.NO_CONTENT)
        return reply if isinstance(reply, Answer) else document(reply)

    def _chosen(
        self, here: list[tuple[Operation, dict[str, str]]], verb: str
    ) -> tuple[Operation, dict[str, str]]:
        """Raises Refusal when the address has no such verb, or this release has not that operation."""
        found = next((pair for pair in here if pair[0].verb == verb), None)
        if found is None:
            raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "", "")
        status = self.switches.missing.get(found[0].id)
        if status == 400:
            raise invalid("GEN00099", "This operation is not available in the current database version")
        if status is not None:
            raise Refusal(status, "", "")
        return found

    @staticmethod
    def _understood(call: Call) -> None:
        """JSON goes in and out."""
        accepted = call.headers.get("accept", "*/*")
        if _JSON not in accepted and "*/*" not in accepted:
            raise Refusal(HTTPStatus.NOT_ACCEPTABLE, "", "")
        if call.method == "POST" and not call.headers.get("content-type", "").lower().startswith(_JSON):
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "", "")

    def _ids(self) -> dict[str, object]:
        """The vendor's numbers by the hotel's own, for a test that compares with the truth."""
        names = self.tenant.names
        stays = [stay for stay in self.tenant.stays() if not stay.is_pseudo]
        return {
            "reservations": {f"{stay.number}/{stay.unit}": stay.id for stay in stays},
            "profiles": {guest.id: names.profile(guest.id) for guest in self.tenant.world.guests()},
        }

    def _change_profile(self, act: str, subject: _Subject) -> str:
        """Raises UnknownError."""
        tenant = self.tenant
        guest = tenant.world.guest(subject.guest_id)
        if act == "merge":
            tenant.profiles.merge(guest.id, subject.into)
        elif act == "inactivate":
            tenant.profiles.inactive.add(guest.id)
        else:
            tenant.profiles.anonymized[guest.id] = tenant.world.clock.now()
        self.events.tell_profile(guest.id)
        return tenant.names.profile(guest.id)


def _read(call: Call, kind: type[_T]) -> _T:
    return msgspec.json.decode(call.body or b"{}", type=kind)
