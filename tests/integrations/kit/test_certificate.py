"""Certificates: until when one is good, and what is wrong with one that is not."""

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from requests import adapters

from tests.integrations.tls_listener import NAME, Listener, tls_listener
from tests.integrations.vendor import free_port
from webapp.integrations.kit.certificate import (
    CertificateExpired,
    CertificateWrongHost,
    certificate_error,
    end_of,
    shake_hands,
)
from webapp.integrations.kit.errors import CertificateRejected

HOST = "127.0.0.1"
NEAR = timedelta(minutes=5)


@pytest.fixture
def dial(monkeypatch: pytest.MonkeyPatch) -> Callable[[Listener], socket.socket]:
    """An open socket to a server whose authority is trusted."""

    def open_to(listener: Listener) -> socket.socket:
        monkeypatch.setattr(adapters, "DEFAULT_CA_BUNDLE_PATH", str(listener.authority))
        return socket.create_connection((HOST, listener.port), 5)

    return open_to


def in_days(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def test_a_good_certificate_tells_when_it_ends(
    tmp_path: Path, dial: Callable[[Listener], socket.socket]
) -> None:
    with tls_listener(tmp_path, days=(-30, 9)) as listener, dial(listener) as plain:
        found = shake_hands(plain, NAME)
    assert found.version.startswith("TLSv1.")
    assert found.ends_at is not None
    assert abs(found.ends_at - in_days(9)) < NEAR


@pytest.mark.parametrize(
    ("days", "host", "kind"),
    [
        ((-30, -3), NAME, CertificateExpired),
        ((3, 30), NAME, CertificateExpired),
        ((-30, 30), "other.example.com", CertificateWrongHost),
    ],
    ids=["ended", "not begun", "another name"],
)
def test_a_bad_certificate_is_told_apart(
    tmp_path: Path,
    dial: Callable[[Listener], socket.socket],
    days: tuple[int, int],
    host: str,
    kind: type[CertificateRejected],
) -> None:
    with tls_listener(tmp_path, days=days) as listener, dial(listener) as plain:
        with pytest.raises(ssl.SSLCertVerificationError) as refused:
            shake_hands(plain, host)
        ends_at = end_of(host, HOST, listener.port, 5)
    assert ends_at is not None
    assert abs(ends_at - in_days(days[1])) < NEAR
    error = certificate_error(host, refused.value, ends_at)
    assert type(error) is kind
    assert error.params["host"] == host
    assert error.detail
    if kind is CertificateExpired:
        assert error.params["day"] == ends_at.date().isoformat()
        assert certificate_error(host, refused.value).params["day"] == "?"


def test_a_server_that_speaks_no_tls_is_told() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with pytest.raises(ssl.SSLError) as failed:
            shake_hands(ours, NAME)
    error = certificate_error(NAME, failed.value)
    assert type(error) is CertificateRejected
    assert (error.params["host"], error.detail) == (NAME, "WRONG_VERSION_NUMBER")


def test_a_server_that_is_gone_leaves_the_day_open() -> None:
    assert end_of(NAME, HOST, free_port(), 1) is None
