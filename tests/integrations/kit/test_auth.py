"""How calls prove who we are: where keys travel, when tokens are renewed, and that a refused login never loops."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qs

import msgspec
import pytest

from tests.conftest import NOW, FixedClock
from tests.integrations.caches import MemoryTokens
from tests.integrations.conftest import MakeClient
from tests.integrations.vendor import Asked, Reply, Vendor
from webapp.integrations.kit.answer import Call
from webapp.integrations.kit.auth import (
    BasicAuth,
    KeyAuth,
    LoginAuth,
    Place,
    TokenAnswer,
    bearer,
    client_credentials,
    fingerprint,
)
from webapp.integrations.kit.errors import (
    AddressRefused,
    ContractBroken,
    CredentialsRejected,
    NotFound,
    ProviderUnavailable,
    RateLimited,
)
from webapp.integrations.kit.http import Auth
from webapp.vault import Secret


class TokenVendor:
    """Gives tokens t1, t2, … and takes only those of `valid`."""

    def __init__(self, vendor: Vendor, token_reply: Reply | None = None) -> None:
        self.logins: list[Asked] = []
        self.valid: set[str] = set()
        self._token_reply = token_reply
        vendor.answers_by(self._answer)

    def _answer(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            self.logins.append(asked)
            if self._token_reply is not None:
                return self._token_reply
            token = f"t{len(self.logins)}"
            self.valid.add(token)
            return Reply(body={"access_token": token, "expires_in": 1000})
        is_known = asked.headers.get("authorization", "").removeprefix("Bearer ") in self.valid
        return Reply(body=[1]) if is_known else Reply(status=401)


@pytest.fixture
def tokens(clock: FixedClock) -> MemoryTokens:
    return MemoryTokens(clock)


def login_to(vendor: Vendor, tokens: MemoryTokens, **more: object) -> LoginAuth:
    return client_credentials(f"{vendor.url}/token", "hotel", Secret("s3cr3t"), tokens, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("place", "header", "value"),
    [
        (Place("header", "X-Api-Key"), "x-api-key", "k3y"),
        (Place("header", "Authorization", "Token "), "authorization", "Token k3y"),
    ],
)
def test_a_key_travels_in_its_header(
    vendor: Vendor, make_client: MakeClient, place: Place, header: str, value: str
) -> None:
    make_client(vendor.url, auth=KeyAuth(Secret(" k3y\n"), place)).get("/x")
    assert vendor.asked[0].headers[header] == value


def test_a_key_travels_in_the_query_once(vendor: Vendor, make_client: MakeClient) -> None:
    client = make_client(vendor.url, auth=KeyAuth(Secret("k+y"), Place("query", "key")))
    client.get("/x", {"key": "other", "page": 1})
    assert parse_qs(vendor.paths[0].partition("?")[2]) == {"page": ["1"], "key": ["k+y"]}


def test_a_bearer_token_is_sent(vendor: Vendor, make_client: MakeClient) -> None:
    make_client(vendor.url, auth=bearer(Secret("tok"))).get("/x")
    assert vendor.asked[0].headers["authorization"] == "Bearer tok"


def test_basic_takes_any_letter(vendor: Vendor, make_client: MakeClient) -> None:
    make_client(vendor.url, auth=BasicAuth("zoë", Secret("pä:ss"))).get("/x")
    encoded = vendor.asked[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(encoded).decode() == "zoë:pä:ss"


@pytest.mark.parametrize("value", ["key\r\nX-Admin: 1", "kęy", "k\x00y"])
def test_a_key_that_no_header_can_carry_is_told(vendor: Vendor, make_client: MakeClient, value: str) -> None:
    with pytest.raises(CredentialsRejected) as rejected:
        make_client(vendor.url, auth=bearer(Secret(value))).get("/x")
    assert vendor.asked == []
    assert value not in str(rejected.value)


@pytest.mark.parametrize("auth", [bearer(Secret("")), BasicAuth("", Secret("pass"))])
def test_nothing_is_sent_without_credentials(vendor: Vendor, make_client: MakeClient, auth: Auth) -> None:
    with pytest.raises(CredentialsRejected):
        make_client(vendor.url, auth=auth).get("/x")
    assert vendor.asked == []


def test_one_login_serves_many_calls(vendor: Vendor, make_client: MakeClient, tokens: MemoryTokens) -> None:
    pretend = TokenVendor(vendor)
    client = make_client(vendor.url, auth=login_to(vendor, tokens, scope="read", extra={"audience": "pms"}))
    client.get("/x")
    client.get("/x")
    assert len(pretend.logins) == 1
    assert parse_qs(pretend.logins[0].body.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["read"],
        "audience": ["pms"],
        "client_id": ["hotel"],
        "client_secret": ["s3cr3t"],
    }


def test_a_client_may_log_in_with_basic(
    vendor: Vendor, make_client: MakeClient, tokens: MemoryTokens
) -> None:
    pretend = TokenVendor(vendor)
    make_client(vendor.url, auth=login_to(vendor, tokens, client_auth="basic")).get("/x")
    assert (
        base64.b64decode(pretend.logins[0].headers["authorization"].removeprefix("Basic ")) == b"hotel:s3cr3t"
    )
    assert b"s3cr3t" not in pretend.logins[0].body


def test_a_token_is_renewed_at_nine_tenths_of_its_life(
    vendor: Vendor, make_client: MakeClient, tokens: MemoryTokens, clock: FixedClock
) -> None:
    pretend = TokenVendor(vendor)
    client = make_client(vendor.url, auth=login_to(vendor, tokens))
    client.get("/x")
    clock.advance(seconds=899)
    client.get("/x")
    assert len(pretend.logins) == 1
    clock.advance(seconds=2)
    client.get("/x")
    assert len(pretend.logins) == 2


def test_a_refused_token_is_renewed_once_and_the_call_repeated(
    vendor: Vendor, make_client: MakeClient, tokens: MemoryTokens, clock: FixedClock
) -> None:
    pretend = TokenVendor(vendor)
    client = make_client(vendor.url, auth=login_to(vendor, tokens))
    client.get("/x")
    pretend.valid.clear()
    clock.advance(seconds=61)
    assert client.get("/x").json() == [1]
    assert vendor.paths == ["/token", "/x", "/x", "/token", "/x"]


def test_a_fresh_token_that_is_refused_is_final(
    vendor: Vendor, make_client: MakeClient, tokens: MemoryTokens, clock: FixedClock
) -> None:
    pretend = TokenVendor(vendor, Reply(body={"access_token": "useless", "expires_in": 1000}))
    client = make_client(vendor.url, auth=login_to(vendor, tokens))
    for _ in range(3):
        with pytest.raises(CredentialsRejected):
            client.get("/x")
        clock.advance(seconds=10)
    assert len(pretend.logins) == 1


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_login_is_not_tried_again_within_a_minute(
    vendor: Vendor, make_client: MakeClient, tokens: MemoryTokens, clock: FixedClock, status: int
) -> None:
    pretend = TokenVendor(vendor, Reply(status=status, body={"error": "invalid_client"}))
    client = make_client(vendor.url, auth=login_to(vendor, tokens))
    with pytest.raises(CredentialsRejected) as rejected:
        client.get("/x")
    assert rejected.value.detail == f"login: status {status}"
    for _ in range(2):
        with pytest.raises(CredentialsRejected):
            client.get("/x")
    assert len(pretend.logins) == 1
    clock.advance(seconds=61)
    with pytest.raises(CredentialsRejected):
        client.get("/x")
    assert len(pretend.logins) == 2


def test_changed_credentials_do_not_meet_the_old_token_or_refusal(
    vendor: Vendor, make_client: MakeClient, tokens: MemoryTokens
) -> None:
    pretend = TokenVendor(vendor)
    make_client(vendor.url, auth=login_to(vendor, tokens)).get("/x")
    other = client_credentials(f"{vendor.url}/token", "hotel", Secret("new"), tokens)
    make_client(vendor.url, auth=other).get("/x")
    assert len(pretend.logins) == 2


def test_two_clients_share_a_token(vendor: Vendor, make_client: MakeClient, tokens: MemoryTokens) -> None:
    pretend = TokenVendor(vendor)
    make_client(vendor.url, auth=login_to(vendor, tokens)).get("/x")
    make_client(vendor.url, auth=login_to(vendor, tokens)).get("/x")
    assert len(pretend.logins) == 1


class AnotherWasFirst(MemoryTokens):
    """While a caller waits for its turn, somebody else logs in under the same name."""

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        self.put(name, Secret("theirs"), NOW + timedelta(hours=1))
        yield


def test_whoever_waited_for_a_turn_uses_the_token_that_came_meanwhile(
    vendor: Vendor, make_client: MakeClient, clock: FixedClock
) -> None:
    pretend = TokenVendor(vendor)
    pretend.valid.add("theirs")
    assert make_client(vendor.url, auth=login_to(vendor, AnotherWasFirst(clock))).get("/x").json() == [1]
    assert pretend.logins == []


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=404), NotFound),
        (Reply(status=503), ProviderUnavailable),
        (Reply(status=429, headers={"Retry-After": "600"}), RateLimited),
        (Reply(body={"token_type": "Bearer"}), ContractBroken),
        (Reply(body={"access_token": ""}), ContractBroken),
    ],
)
def test_a_login_that_fails_otherwise_says_so(
    vendor: Vendor, make_client: MakeClient, tokens: MemoryTokens, reply: Reply, error: type[Exception]
) -> None:
    pretend = TokenVendor(vendor, reply)
    with pytest.raises(error):
        make_client(vendor.url, auth=login_to(vendor, tokens)).get("/x")
    assert len(pretend.logins) == 1, "a login is never repeated by itself"


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(3600, 3240), ("60", 54), (None, 450), ("soon", 450), (-1, 450), (float("1e400"), 450)],
)
def test_a_strange_lifetime_falls_back(
    vendor: Vendor, make_client: MakeClient, tokens: MemoryTokens, told: object, seconds: float
) -> None:
    vendor.answers(Reply(body={"session": {"token": "t1", "life": told}}))
    answer = TokenAnswer("session.token", "session.life", lifetime=500)
    place = Place("header", "X-Session")
    make_client(vendor.url, auth=login_to(vendor, tokens, answer=answer, place=place)).get("/x")
    assert vendor.asked[-1].headers["x-session"] == "t1"
    (until,) = [until for name, (_, until) in tokens.kept.items() if name.startswith("token:")]
    assert until == NOW + timedelta(seconds=seconds)


def test_the_token_address_passes_the_guard_too(
    vendor: Vendor, make_client: MakeClient, tokens: MemoryTokens
) -> None:
    auth = client_credentials("https://169.254.169.254/token", "hotel", Secret("s3cr3t"), tokens)
    with pytest.raises(AddressRefused):
        make_client(vendor.url, auth=auth).get("/x")
    assert vendor.asked == []


def test_a_fingerprint_tells_credentials_apart_and_gives_nothing_away() -> None:
    one = fingerprint("https://x", "hotel", Secret("s3cr3t"))
    assert one != fingerprint("https://x", "hotel", Secret("s3cr3u"))
    assert len(one) == 8


def test_a_key_in_the_body_stands_beside_what_is_asked() -> None:
    call = Call("POST", "https://api.example-pms.test/search", body=b'{"from": "2026-07-14"}')
    put = Place("body", "apiKey", "k-").put(call, Secret("1234"))
    assert msgspec.json.decode(put.body or b"") == {"from": "2026-07-14", "apiKey": "k-1234"}
    assert "1234" not in repr(put)


@pytest.mark.parametrize("body", [None, b"[1]"])
def test_a_key_for_the_body_is_never_sent_elsewhere(body: bytes | None) -> None:
    call = Call("GET", "https://api.example-pms.test/search", body=body)
    with pytest.raises(CredentialsRejected, match="in a JSON body"):
        Place("body", "apiKey").put(call, Secret("1234"))
