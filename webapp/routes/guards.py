"""Who may call a route. Each says so; one that does not keeps the program from starting, and one hook enforces it."""

from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar

from flask import Flask, Response, current_app, redirect, request, url_for
from flask.sansio.blueprints import Blueprint
from werkzeug.exceptions import Forbidden, ServiceUnavailable, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from webapp.models import Role

from .context import current_hotel, current_person
from .respond import is_htmx


class Audience(IntEnum):
    """From everybody to the few: a route is open to its audience and to those who stand above it."""

    ALL = 0
    STAFF = 1
    ADMIN = 2
    OWNER = 3

    def admits(self, role: Role | None) -> bool:
        return role is not None and Audience[role.name] >= self if self else True


Declarable = TypeVar("Declarable", bound=Callable[..., object] | Blueprint)

# What answers before somebody has set up the hotel.
BEFORE_SET_UP = frozenset(
    {"static", "setup.index", "setup.finish", "preferences.theme", "state.healthz", "state.readyz"}
)


def open_to(role: Role) -> Callable[[Declarable], Declarable]:
    """For people of `role` and above: `@open_to(Role.STAFF)` on a view, or `open_to(Role.ADMIN)(blueprint)` for all of it."""
    return open_to_audience(Audience[role.name])


def open_to_all(target: Declarable) -> Declarable:
    """For everybody, signed in or not: sign-in, set-up, the theme, health probes, doors that check callers themselves."""
    return open_to_audience(Audience.ALL)(target)


def open_to_audience(audience: Audience) -> Callable[[Declarable], Declarable]:
    def mark(target: Declarable) -> Declarable:
        target.audience = audience  # type: ignore[union-attr]  # a note on the function, read by the hook and the tests
        return target

    return mark


def audience_of(app: Flask, endpoint: str) -> Audience | None:
    """What the view declares, else what its blueprint declares; None when neither does."""
    view = app.view_functions[endpoint]
    blueprint = app.blueprints.get(endpoint.rpartition(".")[0])
    declared = getattr(view, "audience", None)
    found: Audience | None = getattr(blueprint, "audience", None) if declared is None else declared
    return found


def init_app(app: Flask) -> None:
    """Must be the first hook: a stranger is sent to sign in before a missing CSRF token is complained about."""
    open_to_audience(Audience.ALL)(app.view_functions["static"])
    app.before_request(_admit)


def require_audiences(app: Flask) -> None:
    """Raises when a route does not say whom it is for."""
    silent = sorted(rule.rule for rule in app.url_map.iter_rules() if audience_of(app, rule.endpoint) is None)
    if silent:
        raise RuntimeError(f"These routes do not say whom they are open to: {', '.join(silent)}")


def _admit() -> AnyResponse | None:
    endpoint = request.endpoint
    if endpoint is None or endpoint == "static":
        return None
    if endpoint not in BEFORE_SET_UP and not _is_set_up():
        return _to_set_up()
    audience = audience_of(current_app, endpoint)
    if audience is Audience.ALL:
        return None
    person = current_person()
    if person is None:
        raise Unauthorized
    if audience is None or not audience.admits(person.role):
        raise Forbidden
    return None


def _is_set_up() -> bool:
    """A hotel that was set up once stays so: a webhook call need not ask for it again."""
    known = current_app.extensions
    known["is_set_up"] = known.get("is_set_up") or current_hotel() is not None
    return bool(known["is_set_up"])


def _to_set_up() -> AnyResponse:
    if request.path.startswith("/api/"):
        raise ServiceUnavailable
    address = url_for("setup.index")
    return Response(status=204, headers={"HX-Redirect": address}) if is_htmx() else redirect(address, 303)
