"""From a status code to an error of ours: one table, and the provider's wish when to come back."""

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus

from .answer import Answer, http_date
from .errors import (
    AnswerNotJson,
    ContractBroken,
    CredentialsRejected,
    NotFound,
    PermissionMissing,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
)

ErrorFor = Callable[[Answer, datetime], ProviderError]

# The header names in use, most precise first; all tell either seconds to wait or a moment.
_WAIT_HEADERS = ("retry-after", "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_A_MOMENT = 1_000_000_000  # a number this big is a unix time, not seconds to wait


def wait_wanted(answer: Answer, now: datetime, own_header: str = "") -> float | None:
    """Seconds the provider asks us to wait, from seconds, a unix time or an HTTP date; None when it does not say.
    `own_header`, in small letters, is one of the provider's own, which goes before the usual ones."""
    for name in (own_header, *_WAIT_HEADERS):
        text = answer.headers.get(name, "").strip()
        if not text:
            continue
        try:
            seconds = float(text)
        except ValueError:
            moment = http_date(text)
            if moment is None:
                continue
            seconds = (moment - (answer.sent_at or now)).total_seconds()
        else:
            if seconds >= _A_MOMENT:
                seconds -= now.timestamp()
        if seconds == seconds and seconds != float("inf"):  # noqa: PLR0124 - not a number is not equal to itself
            return max(seconds, 0.0)
    return None


def _contract(answer: Answer, _now: datetime) -> ProviderError:
    return ContractBroken(answer.path, f"status {answer.status}")


def _unavailable(answer: Answer, now: datetime) -> ProviderError:
    return ProviderUnavailable("status", f"status {answer.status}", retry_after=wait_wanted(answer, now))


ERRORS: Mapping[int, ErrorFor] = {
    401: lambda answer, now: CredentialsRejected("status 401"),
    403: lambda answer, now: PermissionMissing(answer.path, "status 403"),
    404: lambda answer, now: NotFound(answer.path, "status 404"),
    407: lambda answer, now: CredentialsRejected("status 407"),
    408: _unavailable,
    410: lambda answer, now: NotFound(answer.path, "status 410"),
    425: _unavailable,
    429: lambda answer, now: RateLimited(wait_wanted(answer, now), "status 429"),
}


def error_for(
    answer: Answer, now: datetime, overrides: Mapping[int, ErrorFor] | None = None
) -> ProviderError | None:
    """None for a success; a web page is none, whatever its status. A vendor's own meaning of a status goes first."""
    if answer.is_success:
        is_page = "html" in answer.headers.get("content-type", "") or answer.body[:64].lstrip()[:1] == b"<"
        return AnswerNotJson(answer.path) if is_page else None
    chosen = (overrides or {}).get(answer.status) or ERRORS.get(answer.status)
    if chosen is None:
        chosen = _unavailable if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else _contract
    return chosen(answer, now)
