"""A name for each call under /api/: the caller's own or a new one, in the answer and in our log."""

import re
import secrets

from flask import Flask, Response, g, request

HEADER = "X-Request-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


def current_request_id() -> str:
    """The caller's, where it may stand in a log line, else one of ours; the same all through a call."""
    if "request_id" not in g:
        sent = request.headers.get(HEADER, "")
        g.request_id = sent if _ACCEPTED.fullmatch(sent) else f"rq_{secrets.token_hex(10)}"
    name: str = g.request_id
    return name


def init_app(app: Flask) -> None:
    @app.after_request
    def name_the_call(response: Response) -> Response:
        if request.path.startswith("/api/"):
            response.headers[HEADER] = current_request_id()
        return response
