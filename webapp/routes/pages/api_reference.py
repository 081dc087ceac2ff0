"""Settings > API Access > Reference: every operation of the API, readable without the internet."""

from flask import Blueprint, Response, request

from webapp.domain.value import Value
from webapp.forms.booking_filter import visible
from webapp.models import Role
from webapp.routes.context import current_runtime
from webapp.routes.guards import open_to
from webapp.routes.respond import page_or_partial

pages = open_to(Role.ADMIN)(Blueprint("api_reference", __name__, url_prefix="/settings/api-access/reference"))


class Sample(Value, frozen=True):
    """`address` is where the API answers; `key` stands for the reader's own."""

    address: str
    key: str = "$KEY"


@pages.get("")
def index() -> Response:
    from webapp.routes.api import reference  # with all the shapes of the API

    asked = visible(request.args.get("q"))[:200]
    base = current_runtime().settings.public_base_url or request.host_url
    return page_or_partial(
        "api_reference/index.html",
        "api_reference/_list.html",
        chapters=reference.matching(asked),
        all_chapters=reference.chapters(),
        asked=asked,
        sample=Sample(f"{base.rstrip('/')}/api/v1"),
    )
