"""The door of `/api/v1`: names the call, asks for the key, counts it, and hands it on to an operation."""

from typing import cast

from flask import Blueprint, Response, current_app, request

from webapp.domain.api_key import is_well_formed
from webapp.models import Scope
from webapp.routes.guards import open_to_all
from webapp.routes.request_ids import current_request_id
from webapp.services.api_access import Allowance, ApiDoor, Caller, KeyRefused

from . import problems
from .problems import ApiProblem

PREFIX = "/api/v1"
LARGEST_BODY = 1024 * 1024
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")
_KEY_NAMES = frozenset({"api_key", "apikey", "api-key", "key", "token", "access_token", "authorization"})
_REFUSALS = {
    "missing": "no_key",
    "invalid": "invalid_key",
    "expired": "expired_key",
    "address": "address_not_allowed",
}

api = open_to_all(Blueprint("api", __name__, url_prefix=PREFIX))


@api.route("", defaults={"rest": ""}, methods=METHODS, provide_automatic_options=False)
@api.route("/<path:rest>", methods=METHODS, provide_automatic_options=False)
def door(rest: str) -> Response:
    request.max_content_length = LARGEST_BODY
    visit = _Visit()
    try:
        answer = visit.serve(f"/{rest}")
    except ApiProblem as problem:
        answer = problems.answer(problem, path=request.path, request_id=current_request_id())
    visit.leave(answer)
    return answer


def current_door() -> ApiDoor:
    return cast(ApiDoor, current_app.extensions["api_door"])


class _Visit:
    """One call: who came, and how much is left of the allowance."""

    def __init__(self) -> None:
        self.address = request.remote_addr or ""
        self.caller: Caller | None = None
        self.allowance: Allowance | None = None

    def serve(self, path: str) -> Response:
        """Raises ApiProblem."""
        from . import dispatch, openapi  # pydantic and a hundred models: not for a hub that nobody calls

        found = dispatch.find(path, request.method)
        _refuse_keys_in_the_address()
        if found is None:
            return openapi.served()
        operation, ids = found
        caller, allowance = self._enter()
        if not caller.may(operation.scope):
            raise _too_small(operation.scope)
        return dispatch.run(operation, ids, caller, allowance)

    def leave(self, answer: Response) -> None:
        """Tells how much is left, and adds the call up."""
        if self.allowance is not None:
            _tell(answer, self.allowance)
        if self.caller is not None:
            current_door().note_use(self.caller, self.address, is_refused=answer.status_code in (403, 429))

    def _enter(self) -> tuple[Caller, Allowance]:
        """Whose key it is, and what is left for it. Raises ApiProblem."""
        watch = current_door()
        try:
            self.caller = watch.admit(_key_sent(), self.address)
        except KeyRefused as refused:
            self.caller = refused.caller
            self.allowance = watch.stranger_allowance(self.address, is_known=refused.caller is not None)
            if self.allowance.is_exceeded:
                raise _exceeded(self.allowance) from None
            raise _refusal(refused.code) from None
        self.allowance = watch.allowance(self.caller)
        if self.allowance.is_exceeded:
            raise _exceeded(self.allowance)
        return self.caller, self.allowance


def _key_sent() -> str | None:
    """The text after `Bearer`; None without the header, "" where it is of another kind."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    kind, _, text = header.strip().partition(" ")
    return text.strip() if kind.lower() == "bearer" else ""


def _refuse_keys_in_the_address() -> None:
    """The value is not repeated anywhere."""
    for name, values in request.args.lists():
        if name.lower() in _KEY_NAMES or any(is_well_formed(value) for value in values):
            raise ApiProblem("key_in_address")


def _refusal(code: str) -> ApiProblem:
    kind = _REFUSALS[code]
    if kind == "address_not_allowed":
        return ApiProblem(kind)
    challenge = 'Bearer realm="api"' if kind == "no_key" else 'Bearer realm="api", error="invalid_token"'
    return ApiProblem(kind, headers={"WWW-Authenticate": challenge})


def _too_small(wanted: Scope) -> ApiProblem:
    challenge = f'Bearer realm="api", error="insufficient_scope", scope="{wanted}"'
    return ApiProblem(
        "insufficient_scope", f"This needs a key with “{wanted}”.", headers={"WWW-Authenticate": challenge}
    )


def _exceeded(allowance: Allowance) -> ApiProblem:
    return ApiProblem(
        "quota_exceeded",
        headers={"Retry-After": str(allowance.resets_in)},
        more={"violated-policies": ["default"]},
    )


def _tell(answer: Response, allowance: Allowance) -> None:
    """The current draft's fields, and the older ones that many programs still read."""
    headers = answer.headers
    headers["RateLimit-Policy"] = f'"default";q={allowance.quota};w={allowance.seconds}'
    headers["RateLimit"] = f'"default";r={allowance.remaining};t={allowance.resets_in}'
    headers["X-RateLimit-Limit"] = str(allowance.quota)
    headers["X-RateLimit-Remaining"] = str(allowance.remaining)
    headers["X-RateLimit-Reset"] = str(allowance.resets_in)
