"""How an API of an admin's own description says no: with 200 and words, or with a header that tells how long to wait."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec

from webapp.domain.wording import N_
from webapp.integrations.kit.answer import Answer, Call
from webapp.integrations.kit.errors import (
    ContractBroken,
    CredentialsRejected,
    NotFound,
    PermissionMissing,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RecipeWrong,
)
from webapp.integrations.kit.http import Auth
from webapp.integrations.kit.select import getter
from webapp.integrations.kit.statuses import ErrorFor, wait_wanted

from .recipe import Recipe, Refusal, Success

_SHORT = 16_000
"""Bytes. A refusal is a sentence; a longer answer holds records, and is not decoded twice to look for one."""

_ERRORS: Mapping[Refusal, Callable[[str, str], ProviderError]] = {
    "credentials": lambda where, said: CredentialsRejected(said),
    "permission": PermissionMissing,
    "not_found": NotFound,
    "rate_limit": lambda where, said: RateLimited(None, said),
    "unavailable": lambda where, said: ProviderUnavailable("status", said),
}


def require_success(success: Success | None, body: Any, where: str) -> None:
    """For APIs that answer 200 to say no. Raises what the recipe's texts make of it, else ContractBroken."""
    if success is None or getter(success.path)(body) == success.equals:
        return
    at = f"{where}: {success.path}"
    meant = _meant(success, body)
    # Not the API's own sentence: it may name a guest or repeat a key.
    raise (
        _ERRORS[meant](at, f"{at} ({meant})")
        if meant
        else ContractBroken(at, "the answer says that it failed")
    )


def _meant(success: Success, body: Any) -> Refusal | None:
    """The first kind, in the order of the table above, one of whose texts stands in the message."""
    said = str(getter(success.message)(body) or "").casefold() if success.message else ""
    return next(
        (kind for kind in _ERRORS if any(text.casefold() in said for text in success.texts.get(kind, ()))),
        None,
    )


def heedful(auth: Auth | None, recipe: Recipe) -> Auth | None:
    """The same way of logging in, which also takes a refused token under 200 for the 401 it means."""
    parts = [source.success for source in recipe.streams.values()]
    parts += [recipe.health.success] if recipe.health else []
    telling = tuple({part.path: part for part in parts if part and part.texts.get("credentials")}.values())
    return _Heedful(auth, telling) if auth is not None and telling else auth


class _Heedful:
    def __init__(self, auth: Auth, telling: tuple[Success, ...]) -> None:
        self._auth = auth
        self._telling = telling
        self.secret_query = auth.secret_query

    def flow(self, call: Call, now: datetime) -> Generator[Call, Answer, None]:
        inner = self._auth.flow(call, now)
        try:
            step = next(inner)
            while True:
                try:
                    answer = yield step
                except ProviderError as error:
                    step = inner.throw(error)
                    continue
                refused = not step.is_login and self._is_refused(answer)
                step = inner.send(replace(answer, status=HTTPStatus.UNAUTHORIZED) if refused else answer)
        except StopIteration:
            return
        finally:
            inner.close()

    def _is_refused(self, answer: Answer) -> bool:
        if not answer.is_success or len(answer.body) > _SHORT:
            return False
        try:
            body = msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return False
        return any(
            getter(part.path)(body) != part.equals and _meant(part, body) == "credentials"
            for part in self._telling
        )


def status_errors(recipe: Recipe) -> Mapping[int, ErrorFor]:
    """What differs from the usual table of statuses: a question refused is the recipe's fault, and a header of the
    API's own tells when to come back."""
    chosen: dict[int, ErrorFor] = dict.fromkeys((400, 405, 415, 422), _question_refused)
    header = recipe.limits.retry_after_header.casefold()
    if header:
        chosen[429] = lambda answer, now: RateLimited(wait_wanted(answer, now, header), "status 429")
        for status in (408, 425, 500, 502, 503, 504):
            chosen[status] = lambda answer, now: ProviderUnavailable(
                "status", f"status {answer.status}", retry_after=wait_wanted(answer, now, header)
            )
    return chosen


def _question_refused(answer: Answer, _now: datetime) -> ProviderError:
    return RecipeWrong(
        answer.path, N_("The API refuses the question (status %(status)s)."), status=answer.status
    )
