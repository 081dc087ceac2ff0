"""What the REST API says when it cannot do what was asked: `application/problem+json`, one stable code each."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from flask import Response

from webapp.domain.value import Value

MEDIA_TYPE = "application/problem+json"
QUOTA = "https://iana.org/assignments/http-problem-types#quota-exceeded"


class Kind(Value, frozen=True):
    """`text` explains the code where nothing more exact is known; `type` is the problem's URI."""

    status: int
    title: str
    text: str = ""
    type: str = "about:blank"


KINDS: dict[str, Kind] = {
    "malformed_json": Kind(400, "The body is not JSON"),
    "key_in_address": Kind(
        400,
        "Never put a key into an address",
        "Send it as “Authorization: Bearer …”. Addresses end up in logs.",
    ),
    "bad_cursor": Kind(
        400,
        "This is no cursor of this list",
        "A cursor fits the list and the filters that it came with. Begin again without one.",
    ),
    "bad_idempotency_key": Kind(400, "An Idempotency-Key has 1 to 255 visible ASCII characters"),
    "bad_etag": Kind(400, "If-Match holds an ETag in quotes, as it was answered, or *"),
    "no_key": Kind(
        401, "A key is needed", "Send “Authorization: Bearer …” with a key from Settings > API Access."
    ),
    "invalid_key": Kind(401, "This key does not work", "It is unknown, misspelt or revoked."),
    "expired_key": Kind(401, "This key has expired", "Make a new one in Settings > API Access."),
    "insufficient_scope": Kind(403, "The key's scope is too small"),
    "address_not_allowed": Kind(
        403,
        "The key may not be used from this address",
        "Its list of networks is in Settings > API Access.",
        "urn:ai-hotel-assistant:problem:address-not-allowed",
    ),
    "not_found": Kind(404, "There is nothing here"),
    "method_not_allowed": Kind(405, "This address does not work that way"),
    "not_acceptable": Kind(406, "Only application/json can be answered"),
    "conflict": Kind(409, "This does not fit what is stored"),
    "in_progress": Kind(409, "The first call with this Idempotency-Key is still going on"),
    "changed_meanwhile": Kind(
        412, "It was changed in the meantime", "Read it again, and send its new ETag as If-Match."
    ),
    "too_large": Kind(413, "The body is larger than 1 MiB"),
    "unsupported_media_type": Kind(415, "Only application/json is understood"),
    "invalid": Kind(422, "Something in the request is wrong"),
    "idempotency_mismatch": Kind(
        422, "This Idempotency-Key was used with another body", "Use a new one for a new call."
    ),
    "quota_exceeded": Kind(429, "Too many calls", "Wait for as long as Retry-After says.", QUOTA),
    "internal_error": Kind(500, "Something went wrong on our side", "Tell support the request id."),
    "not_ready": Kind(
        503, "This hub is not ready yet", "Its set-up is not finished, or it is being updated."
    ),
}


class Fault(Value, frozen=True):
    """One wrong place: a JSON pointer into the body, or `?name` of the query."""

    pointer: str
    detail: str


class ApiProblem(Exception):
    """Raised anywhere in an operation; `code` is one of KINDS."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.detail, self.faults = code, detail, tuple(faults)
        self.headers, self.more = dict(headers or {}), dict(more or {})

    @property
    def status(self) -> int:
        return KINDS[self.code].status


def invalid(pointer: str, detail: str) -> ApiProblem:
    """422 about one place."""
    return ApiProblem("invalid", faults=(Fault(pointer, detail),))


def answer(problem: ApiProblem, *, path: str, request_id: str) -> Response:
    kind = KINDS[problem.code]
    document: dict[str, Any] = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "code": problem.code,
        "detail": problem.detail or kind.text or kind.title,
        "instance": path,
        "request_id": request_id,
        **problem.more,
    }
    if problem.faults:
        document["errors"] = [{"pointer": one.pointer, "detail": one.detail} for one in problem.faults]
    return Response(
        msgspec.json.encode(document), kind.status, headers=problem.headers, content_type=MEDIA_TYPE
    )
