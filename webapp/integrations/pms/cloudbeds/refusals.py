"""How Cloudbeds says no: statuses with their own meaning, and 200 with `success: false`."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.errors import (
    N_,
    ContractBroken,
    CredentialsRejected,
    NotFound,
    PermissionMissing,
    PropertyUnknown,
    ProviderError,
    RateLimited,
)
from webapp.integrations.kit.statuses import ErrorFor, wait_wanted

_LONGEST = 160
# Whatever may name a person or a thing: addresses, numbers, quoted values.
_TELLING = re.compile(r"\S*[@\d]\S*|\"[^\"]*\"|'[^']*'")

SCOPES: Mapping[str, str] = {
    "getHotels": "read:hotel",
    "getReservations": "read:reservation",
    "getReservationsWithRateDetails": "read:reservation",
    "getReservationNotes": "read:reservation",
    "getGuestsByStatus": "read:guest",
    "getGuestList": "read:guest",
    "getGuest": "read:guest",
    "getRooms": "read:room",
    "getRatePlans": "read:rate",
}
"""Method -> the permission it needs, as the API keys screen of Cloudbeds names it."""


class KeyRefused(CredentialsRejected):
    advice = N_(
        "Make a new API key in Cloudbeds (Account menu > Apps & Marketplace > API Credentials) and save it here. "
        "Cloudbeds switches off a key that nobody used for 30 days."
    )


class ApproverGone(CredentialsRejected):
    message = N_("Cloudbeds refuses the key: the person who approved it is not active there any more.")
    advice = N_("Let somebody with an active Cloudbeds user make a new API key, and save it here.")


class PropertyNotChosen(PropertyUnknown):
    message = N_("The key is good for several properties, and none is chosen.")
    advice = N_("Enter the Property/Hotel ID of this hotel. The connection test lists the ones of the key.")


class PropertyClosed(PropertyUnknown):
    message = N_("Cloudbeds says that the account of property %(property)s is closed.")
    advice = N_("Ask Cloudbeds about the account, or pause this connection.")


class ScopeMissing(PermissionMissing):
    """`scope` is the permission as Cloudbeds names it."""

    message = N_("The key is valid, but lacks the permission %(scope)s.")
    advice = N_(
        "Permissions are chosen when a key is made and cannot be added later: make a new API key in Cloudbeds with "
        "%(scope)s ticked, and save it here."
    )

    def __init__(self, path: str, detail: str = "", scopes: Sequence[str] = ()) -> None:
        super().__init__(path, detail)
        method = path.rpartition("/")[2]
        self.params["scope"] = ", ".join(scopes) or SCOPES.get(method, method)


def refusal(message: str, method: str, property_id: str, request_id: str = "") -> ProviderError:
    """The error behind a `success: false`. The words are judged, because there are no codes.

    Texts of the common API errors page (November 2026); what is not in it fails loudly as ours to mend.
    """
    text = message.lower()
    detail = f"{method}: {spoken(message)}{f', request {request_id}' if request_id else ''}"
    names_property = "property" in text or "propertyid" in text
    if names_property and ("match" in text or "not found" in text or "invalid property" in text):
        return PropertyUnknown(property_id, detail)
    if "cancel" in text and "status" in text and names_property:
        return PropertyClosed(property_id, detail)
    if names_property and ("required" in text or "provide" in text or "specify" in text or "missing" in text):
        return PropertyNotChosen(property_id, detail)
    if "active" in text and ("user" in text or "approved" in text):
        return ApproverGone(detail)
    if "scope" in text or "permission" in text or "not allowed" in text or "unauthorized" in text:
        return ScopeMissing(method, detail)
    if "too many" in text or "rate limit" in text:
        return RateLimited(None, detail)
    if "access_denied" in text or "access denied" in text or "api key" in text or "token" in text:
        return KeyRefused(detail)
    if "not found" in text or "not exist" in text or "no reservation" in text or "no guest" in text:
        return NotFound(method, detail)
    return ContractBroken(method, detail)


def spoken(message: str) -> str:
    """A vendor's sentence for the log, without what may name a guest, a booking or a key."""
    return " ".join(_TELLING.sub("…", message).split())[:_LONGEST]


def request_id(answer: Answer) -> str:
    """What Cloudbeds' support asks for."""
    given = answer.headers.get("x-request-id", "")
    return given if len(given) <= 64 and given.isascii() and given.isprintable() else ""


def _detail(answer: Answer) -> str:
    given = request_id(answer)
    return f"status {answer.status}{f', request {given}' if given else ''}"


def _bad_request(answer: Answer, _now: datetime) -> ProviderError:
    method = answer.path.rpartition("/")[2]
    try:
        message = msgspec.json.decode(answer.body, type=_Refusal).message
    except (msgspec.DecodeError, UnicodeDecodeError):
        message = ""
    if not message:
        return ContractBroken(method, _detail(answer))
    return refusal(message, method, "", request_id(answer))


def _forbidden(answer: Answer, _now: datetime) -> ProviderError:
    """A web page is not the API speaking: an address that called too often is blocked in front of it."""
    if "html" in answer.headers.get("content-type", ""):
        return PermissionMissing(answer.path, _detail(answer))
    return ScopeMissing(answer.path, _detail(answer))


def _too_many(answer: Answer, now: datetime) -> ProviderError:
    # Neither the shape nor a Retry-After is promised (the documents speak of blocking); some have met a web page.
    return RateLimited(wait_wanted(answer, now), _detail(answer))


class _Refusal(msgspec.Struct):
    message: str = ""


STATUS_ERRORS: Mapping[int, ErrorFor] = {
    400: _bad_request,
    401: lambda answer, now: KeyRefused(_detail(answer)),
    403: _forbidden,
    429: _too_many,
}
