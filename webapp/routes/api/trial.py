"""Tries a reading operation in the dashboard: the same check and the same function as behind a key, without one."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from webapp.domain.value import Value
from webapp.models import Scope
from webapp.runtime import Runtime
from webapp.services.api_access import Allowance, Caller

from . import catalogue, dispatch
from .door import PREFIX
from .operation import Call
from .problems import KINDS, ApiProblem
from .shapes import Answer

MOST_SHOWN = 40_000


class Trial(Value, frozen=True):
    """What a program would have been answered; `is_cut` when the body is longer than what is shown."""

    status: int
    title: str
    body: str
    is_cut: bool


def choices() -> tuple[tuple[str, str], ...]:
    """Addresses that read without naming one thing, with what they are for."""
    return tuple(
        (PREFIX + path, by_method["GET"].summary)
        for path, by_method in catalogue.BY_PATH.items()
        if "GET" in by_method and "{" not in path and by_method["GET"].scope is Scope.READ
    )


def run(runtime: Runtime, address: str, actor: str) -> Trial:
    """`address` is a path below `/api/v1`, with its query. Raises nothing that a caller can cause."""
    parts = urlsplit(address.strip())
    try:
        if parts.scheme or parts.netloc or not parts.path.startswith(PREFIX + "/"):
            raise ApiProblem("not_found")
        found = dispatch.find(parts.path.removeprefix(PREFIX), "GET")
        if found is None or found[0].scope is not Scope.READ:
            raise ApiProblem("not_found")
        operation, ids = found
        sent = dict(parse_qsl(parts.query, keep_blank_values=True))
        call: Call[Any, Any] = Call(
            runtime=runtime,
            caller=Caller(0, "", actor, Scope.READ),
            allowance=Allowance(0, 60, 0, 60, is_exceeded=False),
            path=parts.path,
            url=parts.path,
            ids=ids,
            sent=sent,
            query=operation.query.model_validate_strings(sent, strict=True),
            body=None,
            check_unchanged=_nothing,
        )
        body = operation.view(call).model_dump_json(indent=2)
    except ApiProblem as problem:
        kind = KINDS[problem.code]
        return Trial(kind.status, kind.title, kind.text, is_cut=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return Trial(422, KINDS["invalid"].title, f"{place}: {first['msg']}", is_cut=False)
    return Trial(200, "", body[:MOST_SHOWN], is_cut=len(body) > MOST_SHOWN)


def _nothing(_answer: Answer) -> None:
    """Reading changes nothing, so there is nothing to have changed meanwhile."""
