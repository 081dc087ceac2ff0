"""What every answer carries: the content policy, caching, and gzip for pages."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, url_for

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # data: is for the icons in Bootstrap's own style sheet
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
FIXED = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # Flask-WTF checks the referrer on https
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
A_YEAR = 365 * 24 * 3600
SMALLEST_GZIP = 1024


def init_app(app: Flask, *, https: bool) -> None:
    """Registered before the extensions, so that it sees the answer last."""
    fixed = {**FIXED, "Strict-Transport-Security": f"max-age={A_YEAR}"} if https else FIXED

    @app.after_request
    def finish(response: Response) -> Response:
        said = {name for name, _ in response.headers}  # setdefault reads all of them, once for each name
        for name, value in fixed.items():
            if name not in said:
                response.headers.add(name, value)
        if request.endpoint == "static":
            _cache_file(response)
            return response
        if response.mimetype == "text/html":
            response.vary.add("HX-Request")
        # Pages show guests: no copy stays in a browser or a proxy.
        response.headers.setdefault("Cache-Control", "no-store")
        return _compress(response)

    app.jinja_env.globals["file_url"] = file_url

    @app.url_defaults
    def version_files(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values and app.static_folder:
            values["v"] = _digest(Path(app.static_folder) / values["filename"])


def file_url(filename: str) -> str:
    """For templates: the address of a static file, with its digest. A page shows dozens of icons out of one."""
    return _file_url(filename, request.script_root)


@lru_cache
def _file_url(filename: str, _script_root: str) -> str:
    return url_for("static", filename=filename)


def _cache_file(response: Response) -> None:
    """A file asked for by its digest never changes; one asked for plainly (the font, from the style sheet) may."""
    response.headers["Cache-Control"] = (
        f"public, max-age={A_YEAR}, immutable" if "v" in request.args else "public, max-age=3600"
    )


def _compress(response: Response) -> Response:
    if not response.is_streamed and (response.content_length or 0) < SMALLEST_GZIP:
        return response
    response.vary.add("Accept-Encoding")
    if (
        response.status_code in {204, 304}
        or response.direct_passthrough
        or response.is_streamed
        or "Content-Encoding" in response.headers
        or "ETag" in response.headers  # a strong one is that of the bytes which If-Match will speak of
        or not request.accept_encodings.quality("gzip")
    ):
        return response
    # A list says the same things over and over: an eighth less than at level 1, for a quarter of a millisecond.
    response.set_data(gzip.compress(response.get_data(), compresslevel=6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache
def _digest(path: Path) -> str | None:
    """A few letters of the content's hash; None for a file that does not exist (its 404 tells)."""
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=5).hexdigest()
    except OSError:
        return None
