"""How Guesty says no: its statuses as errors of the hub, with the request number that its support asks for."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

import msgspec

from webapp.domain.fault import Actor
from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.contract import Property
from webapp.integrations.kit.errors import (
    N_,
    ContractBroken,
    NotFound,
    PermissionMissing,
    PropertyUnknown,
    ProviderError,
    RateLimited,
)
from webapp.integrations.kit.statuses import ErrorFor, wait_wanted

from .manifest import LEGACY_ENDS


class Refused(ContractBroken):
    """400 or 422: a question that Guesty does not take, such as a filter that this account does not have yet."""


class NotInPlan(PermissionMissing):
    """403, or 401 from a call of its own: the token is alive, and this is not allowed with it."""

    message = N_("The access token works, but Guesty does not allow %(path)s with it.")
    advice = N_(
        "Look in Guesty whether the application and the plan of the account include this. Other kinds of data go on."
    )


class ListingUnknown(PropertyUnknown):
    """`offered` are the listings there are."""

    message = N_("This Guesty account has no listing with the id “%(property)s”.")
    advice = N_("Choose one of the listings, or leave the Property/Hotel ID empty for all of them.")

    def __init__(self, property_id: str, offered: tuple[Property, ...]) -> None:
        super().__init__(property_id)
        self.offered = offered


class FewCallsLeft(RateLimited):
    """Guesty would still answer; the rest of the hour is left to people and to webhooks."""

    message = N_(
        "Fewer than %(calls)s of Guesty's calls of this hour are left, and the hub leaves them to others."
    )
    advice = N_("Nothing to do: the hub goes on in a quarter of an hour, where it stopped.")

    def __init__(self, calls: int, retry_after: float) -> None:
        super().__init__(retry_after, "the run stops early")
        self.params = {"calls": str(calls)}


class LegacyEnds(ProviderError):
    code = "legacy_ends"
    message = N_("This connection uses Guesty's older reservations API, which ends on %(day)s.")
    advice = N_("Switch to version 3 in the settings of this connection before that day.")
    actor: ClassVar[Actor] = Actor.ADMIN

    def __init__(self) -> None:
        super().__init__(day=LEGACY_ENDS.isoformat())


class V3Short(ProviderError):
    code = "v3_short"
    message = N_(
        "Version 3 of Guesty's reservations API left out %(missing)s of %(total)s confirmed stays, so the hub uses the "
        "older one."
    )
    advice = N_(
        "Ask Guesty's support why the search of reservations-v3 does not list them. The older API ends on %(day)s."
    )
    actor: ClassVar[Actor] = Actor.VENDOR

    def __init__(self, missing: int, total: int) -> None:
        super().__init__(missing=missing, total=total, day=LEGACY_ENDS.isoformat())


class _Words(msgspec.Struct):
    code: str | None = None
    requestId: str | None = None


def detail_of(answer: Answer) -> str:
    """Status, Guesty's own code and the request number; never its message, which may repeat what was asked for."""
    try:
        words = msgspec.json.decode(answer.body, type=_Words)
    except (msgspec.DecodeError, UnicodeDecodeError):
        words = _Words()
    parts = [f"status {answer.status}", _harmless(words.code)]
    request = _harmless(answer.headers.get("x-request-id") or words.requestId)
    parts.append(f"request {request}" if request else "")
    return ", ".join(part for part in parts if part)


def _harmless(given: str | None) -> str:
    return given if given and len(given) <= 64 and given.isascii() and given.isprintable() else ""


def _refused(answer: Answer, _now: datetime) -> ProviderError:
    return Refused(answer.path, detail_of(answer))


STATUS_ERRORS: Mapping[int, ErrorFor] = {
    400: _refused,
    403: lambda answer, now: NotInPlan(answer.path, detail_of(answer)),
    404: lambda answer, now: NotFound(answer.path, detail_of(answer)),
    422: _refused,
    429: lambda answer, now: RateLimited(wait_wanted(answer, now), detail_of(answer)),
}
