"""An operation of the REST API: who may call it, what it takes and gives, and the function that does it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from webapp.models import Scope
from webapp.runtime import Runtime
from webapp.services.api_access import Allowance, Caller

from .shapes import Answer, Body, NoQuery, Query

IF_MATCH = r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$'
IDEMPOTENCY_KEY = '^([!-~]([ -~]{0,253}[!-~])?|"[ -~]{1,255}")$'
"""Bare, or in the quotes of a structured string."""

Asked = TypeVar("Asked", bound=Query)
Sent = TypeVar("Sent", bound=Body | None)


@dataclass
class Call(Generic[Asked, Sent]):
    """One call, checked. `sent` are the parameters as they came; `headers` are added to the answer.

    `check_unchanged(answer)` raises a 412 where the caller's If-Match is not the ETag of `answer`: what is stored now,
    as GET would show it.
    """

    runtime: Runtime
    caller: Caller
    allowance: Allowance
    path: str
    url: str
    ids: Mapping[str, str]
    sent: Mapping[str, str]
    query: Asked
    body: Sent
    check_unchanged: Callable[[Answer], None]
    headers: dict[str, str] = field(default_factory=dict)


View = Callable[[Call[Any, Any]], Answer]


@dataclass(frozen=True)
class Operation:
    """`path` as it stands in the document: `/bookings/{booking_id}`. `problems` are codes beyond those of every call."""

    method: str
    path: str
    view: View
    scope: Scope
    group: str
    summary: str
    description: str
    answer: type[Answer]
    status: int
    query: type[Query]
    body: type[Body] | None
    problems: tuple[str, ...]
    ids: Mapping[str, str]
    has_etag: bool
    takes_if_match: bool

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def is_repeatable(self) -> bool:
        """Takes an Idempotency-Key."""
        return self.method == "POST"


OPERATIONS: list[Operation] = []
ViewOf = TypeVar("ViewOf", bound=View)


def operation(
    method: str,
    path: str,
    *,
    group: str,
    answer: type[Answer],
    scope: Scope | None = None,
    status: int = 200,
    query: type[Query] = NoQuery,
    body: type[Body] | None = None,
    problems: tuple[str, ...] = (),
    ids: Mapping[str, str] | None = None,
    has_etag: bool = False,
    takes_if_match: bool = False,
) -> Callable[[ViewOf], ViewOf]:
    """Registers a function as an operation. Its docstring is the description: the first line is the summary.

    `ids` gives the prefix of each id in the path. GET needs `read` and everything else `write`, unless `scope` says so.
    """

    def register(view: ViewOf) -> ViewOf:
        summary, _, rest = (view.__doc__ or "").strip().partition("\n")
        OPERATIONS.append(
            Operation(
                method=method,
                path=path,
                view=view,
                scope=scope or (Scope.READ if method == "GET" else Scope.WRITE),
                group=group,
                summary=summary.rstrip("."),
                description=" ".join(rest.split()),
                answer=answer,
                status=status,
                query=query,
                body=body,
                problems=problems,
                ids=ids or {},
                has_etag=has_etag,
                takes_if_match=takes_if_match,
            )
        )
        return view

    return register
