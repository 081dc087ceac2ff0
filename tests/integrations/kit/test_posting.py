"""Signed calls to addresses that an admin named: the wire format, the guard, and every way a call can end."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW
from tests.integrations.tls_listener import make_certificate, tls_listener
from tests.receiver import Receiver, Reply, receiving
from webapp.integrations.kit import posting
from webapp.integrations.kit.guard import NetworkPolicy
from webapp.integrations.kit.posting import Posted, Poster, signed_headers
from webapp.vault import Secret

SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
OPEN = NetworkPolicy(allowed_networks=(ip_network("127.0.0.1/32"),))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def post(
    url: str, policy: NetworkPolicy = OPEN, own_ports: frozenset[int] = frozenset(), authority: str = ""
) -> Posted:
    with Poster(
        policy, clock=lambda: NOW, should_stop=lambda: False, own_ports=own_ports, authority=authority
    ) as poster:
        return poster.post(url, b'{"a":1}', {"webhook-id": "ev_1"})


def test_the_signature_is_that_of_the_published_example() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', [SECRET])
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_secrets_sign_the_newest_first() -> None:
    new = posting.new_secret(b"n" * 32)
    both = signed_headers("ev_1", NOW, b"{}", [new, SECRET])["webhook-signature"].split(" ")
    assert both == [signed_headers("ev_1", NOW, b"{}", [one])["webhook-signature"] for one in (new, SECRET)]


@pytest.mark.parametrize("text", ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64", "sk_live_1"])
def test_what_is_no_signing_secret_signs_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        posting.key_of(Secret(text))


def test_a_call_brings_the_bytes_as_they_are_and_nothing_of_ours_besides(receiver: Receiver) -> None:
    posted = post(receiver.url)
    assert (posted.status, posted.answer, posted.is_delivered) == (200, b"thanks", True)
    (told,) = receiver.told
    assert told.body == b'{"a":1}'
    assert told.headers["content-type"] == "application/json"
    assert told.headers["webhook-id"] == "ev_1"
    assert set(told.headers) <= {
        "host", "content-type", "content-length", "user-agent", "webhook-id", "connection", "accept-encoding",
    }  # fmt: skip


@pytest.mark.parametrize(("status", "is_delivered"), [(204, True), (299, True), (302, False), (500, False)])
def test_only_a_two_hundred_is_a_delivery(receiver: Receiver, status: int, is_delivered: bool) -> None:
    receiver.reply(Reply(status, {"Location": receiver.url} if status == 302 else {}, b""))
    assert post(receiver.url).is_delivered is is_delivered
    assert len(receiver.told) == 1  # no redirect was followed


def test_little_is_kept_of_a_long_answer(receiver: Receiver) -> None:
    receiver.reply(Reply(200, body=b"x" * 10_000_000))
    posted = post(receiver.url)
    assert posted.status == 200
    assert len(posted.answer) == posting.MOST_KEPT


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ((NOW + timedelta(minutes=5)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 300.0),
        ("999999", 86_400.0),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_a_wish_for_rest_is_understood(receiver: Receiver, text: str, seconds: float | None) -> None:
    receiver.reply(Reply(429, {"Retry-After": text}))
    assert post(receiver.url).retry_after == seconds


def test_the_guard_looks_at_each_call(receiver: Receiver) -> None:
    assert post(receiver.url, NetworkPolicy()).error == "blocked"
    assert post("https://169.254.169.254/latest", OPEN).error == "blocked"
    assert post("https://10.0.0.7/", OPEN).error == "blocked"
    assert receiver.told == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "[::ffff:127.0.0.1]", "a-name-of-this-machine"]
)
def test_the_hub_never_calls_itself(receiver: Receiver, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def getaddrinfo(name: str, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if name == "a-name-of-this-machine" else name, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    port = int(receiver.url.split(":")[2].split("/")[0])
    if not host.startswith("["):  # tests reach no other spelling of the loopback
        assert post(f"http://{host}:{port}/").is_delivered  # what is refused below is nothing but the port
    receiver.told.clear()
    assert post(f"http://{host}:{port}/", own_ports=frozenset({port})).error == "blocked"
    assert receiver.told == []


def test_names_and_doors_that_are_not_there_are_told_apart() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = taken.getsockname()[1]
    assert post("https://no-such-name.invalid/").error == "dns"
    assert post(f"http://127.0.0.1:{closed}/").error == "connect"


def test_a_certificate_that_nobody_vouches_for_is_refused(receiver: Receiver, tmp_path: Path) -> None:
    with tls_listener(tmp_path, name="127.0.0.1", is_self_made=True) as listener:
        assert post(f"https://127.0.0.1:{listener.port}/").error == "tls"
    assert post(receiver.url.replace("http://", "https://")).error == "tls"
    assert receiver.told == []


def test_an_authority_of_the_hotels_own_counts_for_its_endpoint_alone(tmp_path: Path) -> None:
    chain, key, authority = make_certificate(tmp_path, "localhost", (-1, 30))
    pem = authority.read_text()
    with receiving((chain, key)) as inside:
        assert post(inside.url).error == "tls"
        assert post(inside.url, authority=pem).is_delivered
        # Another name.
        assert post(inside.url.replace("localhost", "127.0.0.1"), authority=pem).error == "tls"
        assert post(inside.url).error == "tls"  # nothing is kept from the call before
    assert len(inside.told) == 1


def test_a_receiver_that_hangs_up_without_a_word_was_not_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def hang_up() -> None:
            line, _ = door.accept()
            with line:
                line.recv(4_096)

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        posted = post(f"http://127.0.0.1:{door.getsockname()[1]}/")
        thread.join()
    assert (posted.status, posted.error) == (None, "connect")


def test_a_receiver_that_hangs_or_dribbles_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TOTAL", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as door:
        stop = threading.Event()

        def dribble() -> None:
            line, _ = door.accept()
            with line:
                line.recv(4_096)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not stop.wait(0.05):
                    try:
                        line.sendall(b".")
                    except OSError:
                        return

        thread = threading.Thread(target=dribble, daemon=True)
        thread.start()
        posted = post(f"http://127.0.0.1:{door.getsockname()[1]}/")
        stop.set()
        thread.join()
    assert (posted.status, posted.error) == (None, "timeout")
    assert posted.ms < 5_000
