"""What a provider's headers say is left of its call limit, whichever of the usual names it uses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from .answer import Answer
from .statuses import wait_wanted

_LIMITS = ("ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit", "x-ratelimit-limit-hour")
_REMAINING = (
    "ratelimit-remaining",
    "x-ratelimit-remaining",
    "x-rate-limit-remaining",
    "x-ratelimit-remaining-hour",
)
_LONGEST = 400 * 24 * 3600.0
_MOST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Headroom:
    """`allowed` calls in the provider's period, `remaining` of them, and seconds until they are all back."""

    allowed: int | None
    remaining: int | None
    resets_in: float | None


def headroom(answer: Answer, now: datetime) -> Headroom | None:
    """None when the headers say nothing of a limit. A refusal for too many calls leaves none.

    Reads `RateLimit-*`, `X-RateLimit-*`, `X-Rate-Limit-*`, Retry-After, and the one-line forms of the IETF drafts:
    `RateLimit: limit=100, remaining=50, reset=30` and `RateLimit: "default";r=50;t=30` with `RateLimit-Policy`.
    """
    headers = answer.headers
    one_line = headers.get("ratelimit", "")
    allowed = _first(headers, _LIMITS) or _named(one_line, "limit", "q")
    if allowed is None:
        allowed = _named(headers.get("ratelimit-policy", ""), "q")
    remaining = _first(headers, _REMAINING)
    if remaining is None:
        remaining = _named(one_line, "remaining", "r")
    resets_in = wait_wanted(answer, now)
    if resets_in is None:
        resets_in = _named(one_line, "reset", "t")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        remaining = 0
    if allowed is None and remaining is None:
        return None
    return Headroom(allowed, remaining, min(resets_in, _LONGEST) if resets_in is not None else None)


def _first(headers: Mapping[str, str], names: tuple[str, ...]) -> int | None:
    """The number at the start: `100, 100;w=60` is 100."""
    for name in names:
        found = re.match(r"\s*(\d{1,10})(?:\.\d+)?\s*(?:[,;]|$)", headers.get(name, ""), re.ASCII)
        if found:
            return min(int(found.group(1)), _MOST)
    return None


def _named(text: str, *names: str) -> int | None:
    for name in names:
        found = re.search(
            rf"(?:^|[;,\s]){name}\s*=\s*(\d{{1,10}})(?:$|[;,\s])", text, re.ASCII | re.IGNORECASE
        )
        if found:
            return min(int(found.group(1)), _MOST)
    return None
