"""Which pages may be sent more than the rest: said before anything reads the form, and without loading the page."""

from typing import Any

from flask import Flask, request


def init_app(app: Flask) -> None:
    app.url_value_preprocessor(_allow_files)


def _allow_files(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    if request.blueprint == "tickets":
        from webapp.services.ticket_files import LARGEST, MOST

        # A file too many or too large is still read, so that what was typed comes back with the complaint.
        request.max_content_length = (MOST + 1) * LARGEST
