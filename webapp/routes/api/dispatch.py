"""Finds the operation of a call, checks what came with it, does it once, and writes the answer."""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.routing import Map, RequestRedirect, Rule

from webapp.routes.context import current_runtime
from webapp.services import idempotency
from webapp.services.api_access import Allowance, Caller
from webapp.services.idempotency import Begun, OtherBody, Reply, StillRunning

from . import catalogue
from .operation import IDEMPOTENCY_KEY, IF_MATCH, Call, Operation
from .problems import ApiProblem, Fault
from .shapes import Answer, Body, id_pattern

DOCUMENT = "/openapi.json"
Checked = TypeVar("Checked", bound=BaseModel)


def _addresses() -> Map:
    rules = [
        Rule(re.sub(r"\{(\w+)\}", r"<\1>", path), endpoint=path, methods=tuple(by_method))
        for path, by_method in catalogue.BY_PATH.items()
    ]
    return Map(
        [*rules, Rule(DOCUMENT, endpoint=DOCUMENT, methods=("GET",))],
        strict_slashes=True,
        merge_slashes=False,
    )


ADDRESSES = _addresses()


def find(path: str, method: str) -> tuple[Operation, Mapping[str, str]] | None:
    """The operation and the ids in its path; None for the document. Raises ApiProblem (404, 405)."""
    try:
        endpoint, ids = ADDRESSES.bind("").match(path, method)
    except MethodNotAllowed as error:
        allowed = ", ".join(sorted(error.valid_methods or ()))
        raise ApiProblem("method_not_allowed", f"It answers {allowed}.", headers={"Allow": allowed}) from None
    except (NotFound, RequestRedirect):
        raise ApiProblem("not_found") from None
    if endpoint == DOCUMENT:
        return None
    return catalogue.BY_PATH[endpoint]["GET" if method == "HEAD" else method], ids


def run(operation: Operation, ids: Mapping[str, str], caller: Caller, allowance: Allowance) -> Response:
    """Raises ApiProblem."""
    _check_accept()
    for name, prefix in operation.ids.items():
        if not re.fullmatch(id_pattern(prefix), ids[name]):
            raise ApiProblem("not_found")
    if operation.takes_if_match:
        _check_if_match()
    raw = _raw_body()
    sent = _sent()
    call: Call[Any, Any] = Call(
        runtime=current_runtime(),
        caller=caller,
        allowance=allowance,
        path=request.path,
        url=_own_address(),
        ids=ids,
        sent=sent,
        query=_checked(lambda: operation.query.model_validate_strings(sent, strict=True), in_query=True),
        body=_body(operation.body, raw),
        check_unchanged=_check_unchanged,
    )
    repeated = _idempotency_key() if operation.is_repeatable else None
    if repeated is None:
        return _response(_reply(operation, call))
    return _once(operation, call, repeated, raw)


def _own_address() -> str:
    """Of this call, as its caller knows it: a proxy that ends TLS tells us http, and a key must not go out over that."""
    ours = current_runtime().settings.public_base_url
    if ours is not None and urlsplit(ours).netloc.lower() == request.host.lower():
        return ours.rstrip("/") + request.path
    return request.base_url


def _once(operation: Operation, call: Call[Any, Any], name: str, raw: bytes) -> Response:
    """Done the first time, answered again the next ones."""
    try:
        begun = idempotency.begin(
            call.runtime,
            key_id=call.caller.key_id,
            route=f"{operation.method} {call.path}"[:200],
            name=name,
            body=raw,
        )
    except OtherBody:
        raise ApiProblem("idempotency_mismatch") from None
    except StillRunning:
        raise ApiProblem("in_progress", headers={"Retry-After": "1"}) from None
    if not isinstance(begun, Begun):
        answer = _response(begun)
        answer.headers["Idempotent-Replayed"] = "true"
        return answer
    try:
        reply = _reply(operation, call)
    # Also what the caller did wrong: it is answered anew, and may be mended under the same key.
    except BaseException:
        idempotency.abandon(call.runtime, begun)
        raise
    idempotency.finish(call.runtime, begun, reply)
    return _response(reply)


def _reply(operation: Operation, call: Call[Any, Any]) -> Reply:
    body = operation.view(call).model_dump_json().encode()
    if operation.has_etag:
        call.headers["ETag"] = _etag(body)
    return Reply(operation.status, body, dict(call.headers))


def _response(reply: Reply) -> Response:
    headers = dict(reply.headers)
    etag = headers.get("ETag")
    if etag and request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(etag.strip('"')):
        return Response(status=304, headers={"ETag": etag})
    return Response(reply.body, reply.status, headers=headers, content_type="application/json")


def _etag(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def _check_unchanged(now: Answer) -> None:
    wanted = request.if_match
    if request.headers.get("If-Match") is None or wanted.star_tag:
        return
    if not wanted.contains(_etag(now.model_dump_json().encode()).strip('"')):
        raise ApiProblem("changed_meanwhile")


def _check_if_match() -> None:
    header = request.headers.get("If-Match")
    if header is not None and not re.fullmatch(IF_MATCH, header.strip()):
        raise ApiProblem("bad_etag")


def _check_accept() -> None:
    if request.headers.get("Accept") and not request.accept_mimetypes.quality("application/json"):
        raise ApiProblem("not_acceptable")


def _raw_body() -> bytes:
    if request.method in ("GET", "HEAD"):
        return b""
    try:
        return request.get_data(cache=False, parse_form_data=False)
    except RequestEntityTooLarge:
        raise ApiProblem("too_large") from None


def _body(shape: type[Body] | None, raw: bytes) -> Body | None:
    if raw and request.mimetype != "application/json":
        raise ApiProblem("unsupported_media_type")
    if shape is None:
        return None
    if not raw:
        raise ApiProblem("malformed_json", "A JSON object is needed.")
    return _checked(lambda: shape.model_validate_json(raw), in_query=False)


def _sent() -> dict[str, str]:
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise ApiProblem("invalid", faults=[Fault(f"?{name}", "is given more than once") for name in twice])
    return request.args.to_dict()


def _checked(check: Callable[[], Checked], *, in_query: bool) -> Checked:
    try:
        return check()
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        raise ApiProblem("malformed_json", found[0]["msg"])
    raise ApiProblem("invalid", faults=[Fault(_pointer(one["loc"], in_query), one["msg"]) for one in found])


def _pointer(place: tuple[int | str, ...], in_query: bool) -> str:
    if in_query:
        return f"?{place[0]}" if place else "?"
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _idempotency_key() -> str | None:
    """As sent, without the quotes of a structured string. Raises ApiProblem (bad_idempotency_key)."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    sent = header.strip()
    if not re.fullmatch(IDEMPOTENCY_KEY, sent):
        raise ApiProblem("bad_idempotency_key")
    return sent[1:-1] if len(sent) > 2 and sent[0] == sent[-1] == '"' else sent
