"""Every decision about HTMX: whole page or partial, where to go after saving, how a form or a failure comes back."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec
from flask import Response, flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.value import Value

from .request_ids import current_request_id


class Failure(Value, frozen=True):
    """What went wrong, in the reader's language. `code` is stable and for programs; the action is the way out."""

    code: str
    title: str
    text: str = ""
    advice: str = ""
    reference: str | None = None
    tone: str = "bad"
    action_url: str | None = None
    action_label: str | None = None


def is_htmx() -> bool:
    """Any request that htmx makes, boosted ones too."""
    return request.headers.get("HX-Request") == "true"


def wants_partial() -> bool:
    """Not for a boosted link or a page that htmx restores from history: both replace the whole page."""
    headers = request.headers
    return (
        is_htmx()
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def page_or_partial(page_template: str, partial_template: str, **view: Any) -> Response:
    """The partial for htmx, else the page that includes it. Both get the same `view`."""
    return _html(partial_template if wants_partial() else page_template, **view)


def saved(url: str, message: str | None = None) -> AnyResponse:
    """Go on to `url` after a change: 303, or HX-Redirect for htmx. `message` is shown there once."""
    if message is not None:
        flash(message, "success")
    if is_htmx():
        return Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": url})
    return redirect(url, HTTPStatus.SEE_OTHER)


def invalid(
    page_template: str,
    partial_template: str,
    *,
    retarget: str | None = None,
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY,
    **view: Any,
) -> Response:
    """The form again with its errors: 422. `retarget` ("#connection-form") says what the partial replaces."""
    response = page_or_partial(page_template, partial_template, **view)
    response.status_code = status
    if retarget is not None and wants_partial():
        response.headers["HX-Retarget"] = retarget
        response.headers["HX-Reswap"] = "outerHTML"
    return response


def problem(status: int, failure: Failure) -> Response:
    """A failure in the form the caller understands: problem+json under /api/, a banner for htmx, else a page."""
    if request.path.startswith("/api/"):
        return _problem_json(status, failure)
    response = _html("errors/_error.html" if is_htmx() else "errors/error.html", error=failure)
    response.status_code = status
    if is_htmx():
        response.headers["HX-Retarget"] = "#banner"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def same_site_path(target: str | None, default: str = "/") -> str:
    """`target` if it is a path of this site, else `default`: "//evil.example", "https:…" and "/\\evil" are not."""
    if (
        not target
        or not target.startswith("/")
        or target.startswith(("//", "/\\"))
        or not target.isprintable()
    ):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


def page_behind() -> str:
    """The path of the page that htmx asked from; "/" when it is not one of ours."""
    parts = urlsplit(request.headers.get("HX-Current-URL", ""))
    if parts.netloc != request.host:
        return "/"
    return same_site_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def _html(template: str, **view: Any) -> Response:
    return Response(render_template(template, **view), mimetype="text/html")


def _place() -> str:
    """The address that was asked, without the secret that a webhook address holds."""
    has_secret = request.url_rule is not None and "token" in (request.view_args or {})
    return request.url_rule.rule if has_secret and request.url_rule else request.path


def _problem_json(status: int, failure: Failure) -> Response:
    detail = " ".join(filter(None, (failure.text, failure.advice)))
    document = {
        "type": "about:blank",
        "title": failure.title,
        "status": status,
        "code": failure.code,
        "detail": detail,
        "instance": _place(),
        "request_id": current_request_id(),
    }
    if failure.reference is not None:
        document["reference"] = failure.reference
    return Response(msgspec.json.encode(document), status=status, content_type="application/problem+json")
