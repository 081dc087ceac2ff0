"""Failures as a person can use them: what happened, what to do, and a reference instead of a traceback."""

import logging
import secrets

from flask import Flask, Response, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.value import Value
from webapp.domain.wording import N_

from .i18n import gettext as _
from .request_ids import current_request_id
from .respond import Failure, is_htmx, page_behind, problem, same_site_path

log = logging.getLogger(__name__)


class Explanation(Value, frozen=True):
    """`code` is for programs; the rest are sentences to translate."""

    code: str
    title: str
    text: str
    advice: str


EXPLANATIONS = {
    400: Explanation(
        "bad_request",
        N_("This could not be understood."),
        N_("Something in the request was missing or malformed."),
        N_("Go back, reload the page and try again."),
    ),
    401: Explanation(
        "not_signed_in",
        N_("You are signed out."),
        N_("Your session has ended, so nothing was changed."),
        N_("Sign in again; you come back to this page."),
    ),
    403: Explanation(
        "forbidden",
        N_("This is not open to you."),
        N_("Your role does not include this page."),
        N_("Ask the owner of this hub if you need it."),
    ),
    404: Explanation(
        "not_found",
        N_("There is nothing here."),
        N_("The page was moved or removed, or the address has a typing mistake."),
        N_("Use the menu or go back to the dashboard."),
    ),
    405: Explanation(
        "method_not_allowed",
        N_("This address does not work that way."),
        N_("It answers another kind of request."),
        N_("Go back and use the buttons of the page."),
    ),
    409: Explanation(
        "conflict",
        N_("Somebody else changed this in the meantime."),
        N_("What you see is no longer what is stored, so nothing was changed."),
        N_("Reload the page, compare, and try again."),
    ),
    413: Explanation(
        "too_large",
        N_("This is too large."),
        N_("More was sent at once than this page takes."),
        N_("Send less, or a smaller file."),
    ),
    429: Explanation(
        "too_many_requests",
        N_("Too many tries."),
        N_("To keep guessing from being worth it, there is a pause now."),
        N_("Wait a few minutes, then try again."),
    ),
    500: Explanation(
        "internal_error",
        N_("Something went wrong on our side."),
        N_("The details were written to the log of this hub."),
        N_("Try again; if it stays, tell support the reference."),
    ),
    503: Explanation(
        "not_ready",
        N_("This hub is not ready yet."),
        N_("Its set-up is not finished, or it is being started or updated."),
        N_("Finish the set-up in the browser, or try again in a minute."),
    ),
}
EXPIRED_PAGE = Explanation(
    "page_expired",
    N_("Your page was open too long."),
    N_("Nothing was changed."),
    N_("Reload and try again."),
)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(InternalServerError, _apologise)
    app.log_exception = lambda exc_info: None  # type: ignore[method-assign]  # _apologise logs it, with its reference


def _explain(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    if status == 401:
        return _ask_to_sign_in()
    known = EXPLANATIONS.get(status) or EXPLANATIONS[400 if status < 500 else 500]
    explanation = EXPIRED_PAGE if isinstance(error, CSRFError) else known
    response = _answer(status, explanation)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _ask_to_sign_in() -> AnyResponse:
    """A page goes to sign-in and comes back; a partial says so in the banner, since a redirect would land in a card."""
    if is_htmx():
        return _answer(401, EXPLANATIONS[401], sign_in=url_for("sign_in.form", next=page_behind()))
    if request.path.startswith("/api/"):
        return _answer(401, EXPLANATIONS[401])
    here = request.full_path if request.query_string else request.path
    wanted = same_site_path(here) if request.method == "GET" else "/"
    return redirect(url_for("sign_in.form", next=wanted if wanted != "/" else None), 303)


def _apologise(error: InternalServerError) -> Response:
    """The only place where an unexpected exception ends: logged with its traceback, shown as a reference."""
    reference = current_request_id() if request.path.startswith("/api/") else secrets.token_hex(4)
    log.error(
        "Reference %s: %s %s failed",
        reference,
        request.method,
        request.path,
        exc_info=error.original_exception,
    )
    try:
        return _answer(500, EXPLANATIONS[500], reference=reference)
    except Exception:  # the page's own frame needs the database, which may be what broke
        log.exception("Reference %s: the error page failed too", reference)
        return Response(
            f"Something went wrong, and so did the page that says so. Reference {reference}.",
            500,
            mimetype="text/plain",
        )


def _answer(
    status: int, explanation: Explanation, *, reference: str | None = None, sign_in: str | None = None
) -> Response:
    failure = Failure(
        code=explanation.code,
        title=_(explanation.title),
        text=_(explanation.text),
        advice=_(explanation.advice),
        reference=reference,
        action_url=sign_in,
        action_label=_("Sign in") if sign_in else None,
    )
    return problem(status, failure)
