"""What stands behind the webhook addresses: reads a call, hands it to the reception, and says how that went."""

import threading
from typing import cast

import msgspec
from flask import Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.domain.wording import N_
from webapp.integrations.kit.contract import Hit
from webapp.routes.context import current_gate, current_runtime
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import Failure, problem
from webapp.services.hit_reception import Answer, Reception

from .pms import LARGEST_BODY

_STATUS = {Answer.STORED: 200, Answer.STORED_UNVERIFIED: 202}
_REFUSALS: dict[Answer, tuple[int, str, str]] = {
    Answer.REJECTED: (
        401,
        N_("This call could not be proven genuine."),
        N_("Its signature is missing, too old, or made with another secret."),
    ),
    Answer.UNKNOWN: (
        404,
        N_("Nobody is called here."),
        N_("The address is unknown or has ended, or no connection is about the hotel that is named."),
    ),
    Answer.TOO_MANY: (
        429,
        N_("Too many calls that prove nothing."),
        N_("Use the connection's own address, or sign the calls."),
    ),
    Answer.UNAVAILABLE: (
        503,
        N_("The call could not be stored."),
        N_("Nothing was kept of it; send it again in a minute."),
    ),
}
_RETRY_AFTER = "60"
_making = threading.Lock()


def current_reception() -> Reception:
    """One per process, made for the first call."""
    known = current_app.extensions
    with _making:
        if "reception" not in known:
            known["reception"] = Reception(current_runtime(), current_gate())
    return cast(Reception, known["reception"])


def take(token: str | None) -> Response:
    request.max_content_length = LARGEST_BODY
    try:
        body = request.get_data(cache=False, parse_form_data=False)
    except RequestEntityTooLarge:
        return _refused(
            413,
            "too_large",
            N_("This is too large."),
            N_("At most 1 MB can be sent to this address at once."),
        )
    hit = Hit(
        headers=dict(request.headers.items()),
        query=request.args.to_dict(),
        body=body,
        received_at=current_runtime().clock(),
    )
    answer = current_reception().take(hit, token=token, sender=request.remote_addr or "")
    status = _STATUS.get(answer)
    if status is not None:
        return Response(msgspec.json.encode({"status": answer}), status, mimetype="application/json")
    code, title, text = _REFUSALS[answer]
    refused = _refused(code, answer, title, text)
    if code in {429, 503}:
        refused.headers["Retry-After"] = _RETRY_AFTER
    return refused


def _refused(status: int, code: str, title: str, text: str) -> Response:
    return problem(status, Failure(code=code, title=_(title), text=_(text)))
