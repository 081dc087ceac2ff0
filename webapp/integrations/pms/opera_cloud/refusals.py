"""How OHIP says no: statuses with their own meaning, and the sentences of its 400 and 403, told apart by who must act."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

import msgspec

from webapp.domain.fault import Actor
from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.errors import (
    N_,
    ContractBroken,
    CredentialsRejected,
    NotFound,
    PermissionMissing,
    PropertyUnknown,
    ProviderError,
)
from webapp.integrations.kit.statuses import ErrorFor

_CODE = re.compile(r"[A-Z]{2,4}\d{3,8}")
_REQUEST = re.compile(r"[0-9A-Za-z-]{1,64}")
MODULES = {
    "rsv/async": N_("Reservation Asynchronous"),
    "rsv": N_("Reservation"),
    "crm": N_("Customer Relationship Management"),
    "inv": N_("Inventory"),
    "rtp": N_("Rate Plan"),
    "int": N_("Integration Processor"),
    "ent/config": N_("Enterprise Configuration"),
}
"""The part of the address that names a module -> its name in the Developer Portal."""


class SignInRefused(CredentialsRejected):
    message = N_("Oracle refuses the sign-in.")
    advice = N_(
        "Compare client id, client secret, application key, enterprise id and scope with the card of the environment "
        "in the Developer Portal. Test and production have different ones, and a customer who was moved from SSD to "
        "OCIM has new ones."
    )


class UserRefused(CredentialsRejected):
    message = N_("Oracle does not accept the integration user or its password.")
    advice = N_("Set a new password for the integration user in OPERA Cloud, and save it here.")


class KeyRefused(CredentialsRejected):
    message = N_("Oracle gave a token, but does not accept it together with this application key.")
    advice = N_(
        "Copy the application key again, and see that it belongs to the same environment as the client id."
    )


class NotSubscribed(PermissionMissing):
    """`module` is the module as the Developer Portal names it."""

    message = N_("The subscription of the application does not include the API “%(module)s”.")
    advice = N_("Add this API to the application's plan in the Developer Portal, or ask Oracle to do it.")

    def __init__(self, path: str, detail: str = "") -> None:
        super().__init__(path, detail)
        self.params["module"] = module_of(path)


class NotApproved(PermissionMissing):
    message = N_("The application is not approved for this hotel, or its user may not use the API.")
    advice = N_(
        "Let the owner of the environment approve the application in the Developer Portal. With SSD, the integration "
        "user needs the role WSACCESS. Check the hotel code too."
    )


class NotApprovedHere(PropertyUnknown):
    """Said of the cheapest call already: then it is about the hotel and not about one module."""

    message = N_(
        "The application is not approved for the hotel “%(property)s”, or its user may not use the API."
    )
    advice = NotApproved.advice


class HotelNotCovered(PropertyUnknown):
    message = N_("The user of this application may not see the hotel “%(property)s”.")
    advice = N_("Check the hotel code, and give the user access to this hotel in OPERA Cloud.")


class NotOnTheList(PermissionMissing):
    message = N_("The gateway does not let this address in.")
    advice = N_(
        "Let the hotel's IT add this hub's outgoing address to the allow list of the OHIP environment."
    )
    actor = Actor.IT


class ReleaseTooOld(PermissionMissing):
    message = N_("The hotel's release of OPERA Cloud is too old for “%(module)s”.")
    advice = N_("Untick this kind of data until the hotel has been updated, or ask Oracle when that will be.")

    def __init__(self, path: str, detail: str = "") -> None:
        super().__init__(path, detail)
        self.params["module"] = module_of(path)


class NoSuchMethod(NotFound):
    """405: the address exists, and this way of asking does not (yet, or any more)."""

    code: ClassVar[str] = "not_found"


class _Problem(msgspec.Struct, frozen=True, rename={"code": "o:errorCode"}):
    title: str | None = None
    detail: str | None = None
    code: str | None = None


def status_errors(hotel_id: str) -> Mapping[int, ErrorFor]:
    def forbidden(answer: Answer, _now: datetime) -> ProviderError:
        return _forbidden(answer, hotel_id)

    return {
        400: _bad_request,
        401: lambda answer, now: KeyRefused(detail_of(answer)),
        403: forbidden,
        404: lambda answer, now: NotFound(answer.path, detail_of(answer)),
        405: lambda answer, now: NoSuchMethod(answer.path, detail_of(answer)),
    }


def _forbidden(answer: Answer, hotel_id: str) -> ProviderError:
    """Texts of the common error messages page (November 2026)."""
    said, detail = _said(answer), detail_of(answer)
    if "subscribed plan" in said or "no subscribed" in said:
        return NotSubscribed(answer.path, detail)
    if "resort" in said or "data for the hotel" in said or "data for hotel" in said:
        return HotelNotCovered(hotel_id, detail)
    if "unauthorized" in said or "not authorized" in said or "wsaccess" in said:
        return NotApproved(answer.path, detail)
    if said.strip(' "{}.') == "forbidden" or "html" in answer.headers.get("content-type", ""):
        return NotOnTheList(answer.path, detail)
    return PermissionMissing(answer.path, detail)


def _bad_request(answer: Answer, _now: datetime) -> ProviderError:
    if "database version" in _said(answer):
        return ReleaseTooOld(answer.path, detail_of(answer))
    return ContractBroken(answer.path, detail_of(answer))


def sign_in_error(answer: Answer) -> ProviderError | None:
    """Why a sign-in was refused; None when the refusal says nothing about who we are."""
    if answer.status == 402 or "invalid_grant" in _said(answer):  # Oracle's 402 is a wrong password
        return UserRefused(detail_of(answer))
    if answer.status in {400, 401, 403}:
        return SignInRefused(detail_of(answer))
    return None


def module_of(path: str) -> str:
    """`/rsv/v1/hotels/…` -> Reservation."""
    parts = path.strip("/").split("/v1")[0]
    return next((name for part, name in MODULES.items() if parts.endswith(part)), parts)


def detail_of(answer: Answer) -> str:
    """Status, Oracle's own code, and the number of the request that its support asks for; no sentence, since those may
    name a guest."""
    code = (_problem(answer).code or "").strip()
    given = answer.headers.get("x-request-id", "")
    return ", ".join(
        [
            f"status {answer.status}",
            *([code] if _CODE.fullmatch(code) else []),
            *([f"request {given}"] if _REQUEST.fullmatch(given) else []),
        ]
    )


def _problem(answer: Answer) -> _Problem:
    """The body may be empty, a web page, or JSON of another shape."""
    try:
        return msgspec.json.decode(answer.body, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Problem()


def _said(answer: Answer) -> str:
    problem = _problem(answer)
    told = f"{problem.title or ''} {problem.detail or ''}".strip()
    return (told or answer.body[:2000].decode(errors="replace")).lower()
