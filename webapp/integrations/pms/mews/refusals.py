"""What it means when Mews says no: its statuses as errors of the hub, with the words and the request number it sent."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar

import msgspec

from webapp.domain.fault import Actor
from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.contract import Property
from webapp.integrations.kit.errors import (
    N_,
    ContractBroken,
    CredentialsRejected,
    PermissionMissing,
    PropertyUnknown,
    ProviderError,
    ProviderUnavailable,
)
from webapp.integrations.kit.statuses import ErrorFor
from webapp.vault import Secret

_LONGEST_WORDS = 200


class TokenRefused(CredentialsRejected):
    message = N_("Mews does not accept the tokens, or the integration is disabled in Mews.")
    advice = N_(
        "In Mews Operations, look under Marketplace > My subscriptions whether the integration is enabled, and copy "
        "the access token again. Tokens of the demo environment do not work on production, nor the other way round: "
        "check the Endpoint URL too."
    )


class NotEnabled(PermissionMissing):
    """Mews answers 401 to an operation that the integration was not certified for."""

    message = N_("The tokens are valid, but Mews has not enabled %(path)s for this integration.")
    advice = N_("Ask Mews support to enable this operation for the integration.")


class RuleBroken(PermissionMissing):
    """A 403 carries a sentence for the user."""

    message = N_("Mews refuses %(path)s: %(said)s")

    def __init__(self, path: str, said: str, detail: str) -> None:
        super().__init__(path, detail)
        self.params["said"] = said


class TooMuch(ProviderUnavailable):
    """Too much data for one answer, or too many ids in one question: asking the same again cannot help, asking for
    less does."""

    retryable: ClassVar[bool] = False


class Refused(ContractBroken):
    """A question that does not fit the hotel's set-up, such as an id that is gone, or that we asked wrongly."""


class HotelUnknown(PropertyUnknown):
    """`offered` are the hotels that the token does see."""

    def __init__(self, property_id: str, offered: tuple[Property, ...]) -> None:
        super().__init__(property_id)
        self.offered = offered


class NoRooms(ProviderError):
    code = "no_rooms"
    message = N_("Mews shows this integration no bookable service with rooms.")
    advice = N_("In Mews Operations, look whether the stay service is active and has room categories.")
    actor = Actor.ADMIN


class _Words(msgspec.Struct, frozen=True, rename="pascal"):
    message: str | None = None
    request_id: str | None = None


def refusals(secrets: tuple[Secret, ...]) -> Mapping[int, ErrorFor]:
    """The meaning of statuses at Mews. What it says is kept, without `secrets` should it repeat them."""

    def with_words(error: Callable[[Answer, str, str], ProviderError]) -> ErrorFor:
        def judged(answer: Answer, _now: datetime) -> ProviderError:
            said, request = _said(answer, secrets)
            detail = f"status {answer.status}" + (f", request {request}" if request else "")
            return error(answer, said, detail)

        return judged

    return {
        400: with_words(
            lambda answer, said, detail: Refused(_operation(answer), f"{detail}: {said}" if said else detail)
        ),
        401: with_words(lambda answer, said, detail: TokenRefused(detail)),
        403: with_words(lambda answer, said, detail: RuleBroken(_operation(answer), said, detail)),
        408: with_words(lambda answer, said, detail: TooMuch("status", detail)),
        # Data changed under the question: the same question again is right.
        409: with_words(lambda answer, said, detail: ProviderUnavailable("status", detail)),
        413: with_words(lambda answer, said, detail: TooMuch("status", detail)),
    }


def _said(answer: Answer, secrets: tuple[Secret, ...]) -> tuple[str, str]:
    try:
        words = msgspec.json.decode(answer.body, type=_Words)
    except (msgspec.DecodeError, UnicodeDecodeError):
        words = _Words()
    request = answer.headers.get("request-id") or words.request_id or ""
    return _shown(words.message or "", secrets), _shown(request, secrets)


def _shown(text: str, secrets: tuple[Secret, ...]) -> str:
    for secret in secrets:
        if secret:
            text = text.replace(secret.reveal(), "••••")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST_WORDS]


def _operation(answer: Answer) -> str:
    return answer.path.rpartition("/connector/v1/")[2] or answer.path
