"""What every answer carries."""

import gzip
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask, request, url_for

from tests.cast import BEN, Browser, Character
from tests.conftest import FixedClock, app_of
from webapp.runtime import Runtime
from webapp.services.installation import open_runtime
from webapp.settings import Settings

ClientOf = Callable[[Character | None], Browser]


@pytest.mark.parametrize("address", ["/login", "/nothing", "/healthz", "/static/app.css", "/account"])
def test_every_answer_carries_the_content_policy(client_of: ClientOf, address: str) -> None:
    headers = client_of(BEN).get(address).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_https_is_demanded_once_the_public_address_has_it(settings: Settings, clock: FixedClock) -> None:
    public = replace(settings, public_base_url="https://hub.aurora.example")
    runtime = open_runtime(public, clock=clock).runtime
    answer = app_of(runtime).test_client().get("/setup")
    runtime.close()
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_page_with_guests_stays_in_no_cache(client_of: ClientOf) -> None:
    assert client_of(BEN).get("/account").headers["Cache-Control"] == "no-store"


def test_a_file_is_cached_for_long_under_the_address_of_its_content(app: Flask, client_of: ClientOf) -> None:
    with app.test_request_context():
        address = url_for("static", filename="app.css")
        missing = url_for("static", filename="none.css")
    client = client_of(None)
    assert "?v=" in address
    assert missing == "/static/none.css"
    assert client.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/app.css").headers["Cache-Control"] == "public, max-age=3600"


def test_a_page_is_sent_compressed_to_whoever_can_read_it(client_of: ClientOf) -> None:
    ben = client_of(BEN)
    plain = ben.get("/account")
    packed = ben.get("/account", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    assert b"Ben Roth" in gzip.decompress(packed.data)
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_a_short_answer_is_not_compressed(client_of: ClientOf) -> None:
    answer = client_of(None).get("/healthz", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers


def test_callers_behind_a_trusted_proxy_are_told_apart(settings: Settings, clock: FixedClock) -> None:
    def asked(hops: int) -> str:
        runtime: Runtime = open_runtime(replace(settings, trusted_proxy_count=hops), clock=clock).runtime
        app = app_of(runtime)
        seen: list[str] = []
        app.before_request(lambda: seen.append(_address()))
        app.test_client().get(
            "/setup", headers={"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
        )
        runtime.close()
        return seen[0]

    assert asked(0) == "127.0.0.1 http"
    assert asked(1) == "198.51.100.7 https"


def _address() -> str:
    return f"{request.remote_addr} {request.scheme}"
