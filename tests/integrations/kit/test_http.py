"""The one door to the network: what it sends, waits for, repeats, refuses and writes down."""

import time
from datetime import UTC, datetime

import msgspec
import pytest

from tests.conftest import FixedClock
from tests.integrations.conftest import MakeClient
from tests.integrations.vendor import Asked, Reply, Vendor, free_port
from webapp.integrations.kit.auth import KeyAuth, Place
from webapp.integrations.kit.errors import (
    AddressWrong,
    AnswerNotJson,
    AnswerTooLarge,
    AnswerTruncated,
    Cancelled,
    ContractBroken,
    CredentialsRejected,
    NotFound,
    PermissionMissing,
    ProviderError,
    ProviderHung,
    ProviderUnavailable,
    RateLimited,
)
from webapp.integrations.kit.http import CallRecord, Timeouts
from webapp.integrations.kit.manifest import Limit
from webapp.vault import Secret

QUICK = Timeouts(connect=1, read=0.3, total=0.5)


def test_a_call_says_who_we_are_and_where_it_goes(vendor: Vendor, make_client: MakeClient) -> None:
    make_client(f"{vendor.url}/v2/").get("/rooms", {"page": 1, "type": "A&B"})
    asked = vendor.asked[0]
    assert asked.path == "/v2/rooms?page=1&type=A%26B"
    assert asked.headers["user-agent"] == "AI-Hotel-Assistant/0.1"
    assert asked.headers["host"] == f"127.0.0.1:{vendor.port}"
    assert asked.headers["accept"] == "application/json"


def test_a_vendors_cookie_does_not_come_back(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(headers={"Set-Cookie": "session=abc; Path=/"}))
    client = make_client(vendor.url)
    client.get("/")
    client.get("/")
    assert "cookie" not in vendor.asked[1].headers


def test_proxies_and_netrc_of_the_machine_are_not_read(
    vendor: Vendor, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    make_client(vendor.url).get("/")
    assert vendor.paths == ["/"]


def test_the_connection_is_kept_between_calls(vendor: Vendor, make_client: MakeClient) -> None:
    client = make_client(vendor.url)
    client.get("/a")
    client.get("/b")
    assert [asked.connection for asked in vendor.asked] == [1, 1]


def test_an_answer_is_decoded_into_a_shape(vendor: Vendor, make_client: MakeClient) -> None:
    class Room(msgspec.Struct):
        number: int

    vendor.answers(Reply(body={"number": 12}), Reply(body={"number": "twelve"}))
    client = make_client(vendor.url)
    assert client.get("/room").json(Room) == Room(12)
    with pytest.raises(ContractBroken) as broken:
        client.get("/room").json(Room)
    assert broken.value.params["where"] == "number"


def test_the_vendors_clock_can_be_read(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(headers={"Date": "Tue, 14 Jul 2026 10:32:00 GMT"}))
    assert make_client(vendor.url).get("/").sent_at == datetime(2026, 7, 14, 10, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ContractBroken),
        (401, CredentialsRejected),
        (403, PermissionMissing),
        (404, NotFound),
        (405, ContractBroken),
        (410, NotFound),
        (415, ContractBroken),
        (422, ContractBroken),
        (408, ProviderUnavailable),
        (429, RateLimited),
        (500, ProviderUnavailable),
        (502, ProviderUnavailable),
        (503, ProviderUnavailable),
        (504, ProviderUnavailable),
        (599, ProviderUnavailable),
        (304, ContractBroken),
    ],
)
def test_a_status_becomes_an_error_of_ours(
    vendor: Vendor, make_client: MakeClient, status: int, error: type[ProviderError]
) -> None:
    vendor.answers(Reply(status=status, body=b""))
    with pytest.raises(error) as raised:
        make_client(vendor.url, tries=1).get("/x")
    assert type(raised.value) is error


def test_a_vendor_may_mean_something_else_by_a_status(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(status=403))
    client = make_client(vendor.url)
    client.status_errors = {403: lambda answer, now: RateLimited(5.0)}
    with pytest.raises(RateLimited):
        client.post("/x", json={})


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"<!doctype html><p>Sign in", headers={"Content-Type": "text/html; charset=utf-8"}),
        Reply(body=b"\n  <html><p>Sign in", headers={"Content-Type": "application/json"}),
    ],
)
def test_a_web_page_is_no_answer(vendor: Vendor, make_client: MakeClient, reply: Reply) -> None:
    vendor.answers(reply)
    with pytest.raises(AnswerNotJson):
        make_client(vendor.url).get("/x")


def test_trouble_is_tried_again(vendor: Vendor, make_client: MakeClient, calls: list[CallRecord]) -> None:
    vendor.answers(Reply(status=503), Reply(status=500), Reply(body={"ok": True}))
    assert make_client(vendor.url).get("/x").json() == {"ok": True}
    assert [(call.status, call.retry, call.fault_code) for call in calls] == [
        (503, 0, "provider_unavailable"),
        (500, 1, "provider_unavailable"),
        (200, 2, ""),
    ]


def test_waits_grow_and_end(vendor: Vendor, make_client: MakeClient, sleeps: list[float]) -> None:
    vendor.answers(Reply(status=503))
    with pytest.raises(ProviderUnavailable):
        make_client(vendor.url, tries=4).get("/x")
    assert len(vendor.asked) == 4
    assert 1 + 2 + 4 <= sum(sleeps) <= 1.5 * (1 + 2 + 4) + 1


@pytest.mark.parametrize(("is_safe", "attempts"), [(False, 1), (True, 5)])
def test_only_a_safe_post_is_tried_again(
    vendor: Vendor, make_client: MakeClient, is_safe: bool, attempts: int
) -> None:
    vendor.answers(Reply(status=503))
    with pytest.raises(ProviderUnavailable):
        make_client(vendor.url).post("/search", json={"a": 1}, is_safe=is_safe)
    assert len(vendor.asked) == attempts


def test_a_wrong_key_is_never_tried_again(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(status=401))
    with pytest.raises(CredentialsRejected):
        make_client(vendor.url).get("/x")
    assert len(vendor.asked) == 1


def test_the_wait_a_vendor_asks_for_is_kept(
    vendor: Vendor, make_client: MakeClient, sleeps: list[float]
) -> None:
    vendor.answers(Reply(status=429, headers={"Retry-After": "7"}), Reply())
    make_client(vendor.url).get("/x")
    assert 7 <= sum(sleeps) < 7.5


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "Tue, 14 Jul 2026 10:33:00 GMT", "Date": "Tue, 14 Jul 2026 10:30:00 GMT"}, 180),
        ({"X-RateLimit-Reset": str(int(datetime(2026, 7, 14, 10, 40, tzinfo=UTC).timestamp()))}, 600),
        ({"Retry-After": "soon", "RateLimit-Reset": "90"}, 90),
    ],
)
def test_a_long_wait_is_handed_back(
    vendor: Vendor, make_client: MakeClient, sleeps: list[float], headers: dict[str, str], seconds: float
) -> None:
    vendor.answers(Reply(status=429, headers=headers))
    with pytest.raises(RateLimited) as limited:
        make_client(vendor.url).get("/x")
    assert limited.value.retry_after == pytest.approx(seconds)
    assert limited.value.fault.retry_after == pytest.approx(seconds)
    assert sleeps == []


def test_a_stop_ends_a_wait(vendor: Vendor, make_client: MakeClient, sleeps: list[float]) -> None:
    vendor.answers(Reply(status=429, headers={"Retry-After": "50"}))
    with pytest.raises(Cancelled):
        make_client(vendor.url, should_stop=lambda: len(sleeps) >= 3).get("/x")
    assert len(vendor.asked) == 1
    assert sum(sleeps) < 2


def test_a_stopped_hub_does_not_begin_a_call(vendor: Vendor, make_client: MakeClient) -> None:
    with pytest.raises(Cancelled):
        make_client(vendor.url, should_stop=lambda: True).get("/x")
    assert vendor.asked == []


def test_a_stop_ends_a_call_that_hangs(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(hang=True))
    began = time.monotonic()
    with pytest.raises(Cancelled):
        make_client(vendor.url, should_stop=vendor.hanging.is_set).get("/x")
    assert time.monotonic() - began < 20  # it would hang for thirty


def test_silence_is_noticed(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(hang=True))
    with pytest.raises(ProviderHung):
        make_client(vendor.url, timeouts=QUICK, tries=1).get("/x")


def test_silence_gets_one_more_chance_only(
    vendor: Vendor, make_client: MakeClient, calls: list[CallRecord]
) -> None:
    vendor.answers(Reply(hang=True))
    with pytest.raises(ProviderHung):
        make_client(vendor.url, timeouts=Timeouts(read=0.05), tries=5).get("/x")
    assert len(calls) == 2


@pytest.mark.parametrize("part", ["body", "head"])
def test_a_dribbling_answer_is_cut(vendor: Vendor, make_client: MakeClient, part: str) -> None:
    """Each byte comes well within the read time-out; only the total time can end this."""
    vendor.answers(Reply(body=b'"' + b"x" * 500 + b'"', dribble=part))
    began = time.monotonic()
    with pytest.raises(ProviderHung):
        make_client(vendor.url, timeouts=QUICK, tries=1).get("/x")
    assert time.monotonic() - began < 8  # of the ten seconds and more that it would take


def test_an_answer_that_breaks_off_is_told(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(body=b'{"rooms": [1', promised=500))
    with pytest.raises(AnswerTruncated):
        make_client(vendor.url, tries=1).get("/x")


@pytest.mark.parametrize("body", [b"", b'{"rooms": [1'])
def test_half_an_answer_is_told(vendor: Vendor, make_client: MakeClient, body: bytes) -> None:
    vendor.answers(Reply(body=body))
    with pytest.raises(AnswerTruncated):
        make_client(vendor.url).get("/x").json()


def test_nonsense_is_told(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(body=b"OK, thanks"))
    with pytest.raises(ContractBroken):
        make_client(vendor.url).get("/x").json()


def test_a_huge_answer_is_refused(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(body=b"[" + b"1," * 2000 + b"1]"))
    with pytest.raises(AnswerTooLarge):
        make_client(vendor.url, max_bytes=1000).get("/x")


def test_a_closed_port_is_told(make_client: MakeClient) -> None:
    with pytest.raises(AddressWrong) as wrong:
        make_client(f"http://127.0.0.1:{free_port()}").get("/")
    assert wrong.value.kind == "closed"


def test_a_redirect_on_the_same_host_is_followed(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(status=302, headers={"Location": "/v3/x"}), Reply(body=[1]))
    assert make_client(vendor.url).get("/v2/x").json() == [1]
    assert vendor.paths == ["/v2/x", "/v3/x"]


@pytest.mark.parametrize(
    "location", ["http://127.0.0.2/x", "https://elsewhere.example/x", "http://169.254.169.254/"]
)
def test_a_redirect_to_another_host_is_not(vendor: Vendor, make_client: MakeClient, location: str) -> None:
    vendor.answers(Reply(status=302, headers={"Location": location}))
    with pytest.raises(AddressWrong) as wrong:
        make_client(vendor.url).get("/x")
    assert wrong.value.kind == "redirect"
    assert len(vendor.asked) == 1


def test_a_redirect_in_circles_ends(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(status=302, headers={"Location": "/x"}))
    with pytest.raises(AddressWrong):
        make_client(vendor.url).get("/x")
    assert len(vendor.asked) < 5


def test_a_post_is_not_redirected(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(status=307, headers={"Location": "/y"}))
    with pytest.raises(AddressWrong):
        make_client(vendor.url).post("/x", json={"secret": 1})
    assert vendor.paths == ["/x"]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v2/rooms",
        "//evil.example/v2/rooms",
        "/v1/rooms",
        "/v2extra/rooms",
        "/v2/../admin",
        "/v2/%2e%2e/admin",
        "http://[",
    ],
)
def test_a_link_that_leads_away_is_refused(vendor: Vendor, make_client: MakeClient, link: str) -> None:
    with pytest.raises(ContractBroken) as broken:
        make_client(f"{vendor.url}/v2").own_link(link)
    assert str(broken.value.params["where"]) == "unexpected next link"


def test_a_link_comes_back_full_and_without_our_key(vendor: Vendor, make_client: MakeClient) -> None:
    client = make_client(f"{vendor.url}/v2", auth=KeyAuth(Secret("k3y"), Place("query", "apiKey")))
    link = client.own_link("/v2/rooms?cursor=a%20b&apiKey=k3y#top")
    assert link == f"{vendor.url}/v2/rooms?cursor=a+b"
    client.get(link)
    assert vendor.paths == ["/v2/rooms?cursor=a+b&apiKey=k3y"]


def test_a_key_in_the_query_is_written_down_nowhere(
    vendor: Vendor, make_client: MakeClient, calls: list[CallRecord]
) -> None:
    secret = "s3cr3t-k3y"
    client = make_client(vendor.url, auth=KeyAuth(Secret(secret), Place("query", "12")), tries=1)
    vendor.answers(Reply(hang=True), Reply(body=b'{"a', promised=99), Reply(status=500), Reply())
    texts = []
    for timeouts in (Timeouts(read=0.1), Timeouts(), Timeouts()):
        client.timeouts = timeouts
        with pytest.raises(ProviderError) as raised:
            client.get("/x", {"name": "Ada Lovelace", "page": 2})
        texts += [str(raised.value), repr(raised.value), repr(raised.value.fault)]
        assert raised.value.__suppress_context__ or raised.value.__context__ is None
    client.get("/x")
    assert secret not in " ".join([*texts, *map(repr, calls), repr(client)])
    assert calls[0].path == "/x?name=…&page=2&12=…"


@pytest.mark.paced
def test_calls_keep_to_the_limit(vendor: Vendor, make_client: MakeClient, sleeps: list[float]) -> None:
    client = make_client(vendor.url, limit=Limit(calls=2, seconds=10.0))
    for _ in range(3):
        client.get("/x")
    assert 9 < sum(sleeps) <= 10


@pytest.mark.paced
def test_clients_of_one_address_share_the_limit(
    vendor: Vendor, make_client: MakeClient, sleeps: list[float]
) -> None:
    limit = Limit(calls=1, seconds=20.0)
    make_client(vendor.url, limit=limit).get("/x")
    assert sleeps == []
    make_client(vendor.url, limit=limit).get("/x")
    assert 19 < sum(sleeps) <= 20


def test_a_call_record_says_what_happened(
    vendor: Vendor, make_client: MakeClient, calls: list[CallRecord], clock: FixedClock
) -> None:
    vendor.answers_by(lambda asked: Reply(body={"echo": asked.method}))
    make_client(vendor.url).post("/rooms", json={"guest": "Ada"})
    record = calls[0]
    assert (record.at, record.method, record.path, record.status) == (clock(), "POST", "/rooms", 200)
    assert record.size == len(b'{"echo":"POST"}')
    assert "Ada" not in repr(record)


def test_a_form_and_a_json_body_are_sent_as_such(vendor: Vendor, make_client: MakeClient) -> None:
    seen: list[Asked] = vendor.asked
    client = make_client(vendor.url)
    client.post("/a", json={"a": [1, "ø"]})
    client.post("/b", form={"a": "1 & 2"})
    assert (seen[0].headers["content-type"], seen[0].body) == ("application/json", '{"a":[1,"ø"]}'.encode())
    assert (seen[1].headers["content-type"], seen[1].body) == (
        "application/x-www-form-urlencoded",
        b"a=1+%26+2",
    )


@pytest.mark.paced
def test_a_wish_for_rest_holds_for_every_client_of_the_address(
    vendor: Vendor, make_client: MakeClient, sleeps: list[float]
) -> None:
    """Each connection and each webhook call has a client of its own: none may ask while the provider wants rest."""
    limit = Limit(calls=1000, seconds=1.0)
    vendor.answers(Reply(status=429, headers={"Retry-After": "7"}), Reply())
    with pytest.raises(RateLimited):
        make_client(vendor.url, limit=limit, tries=1).get("/x")
    assert sleeps == []
    make_client(vendor.url, limit=limit, tries=1).get("/y")
    assert 6 < sum(sleeps) <= 7


def test_parameters_are_added_to_a_link_that_has_some(vendor: Vendor, make_client: MakeClient) -> None:
    client = make_client(f"{vendor.url}/v2")
    client.get(client.own_link("rooms?cursor=c2"), {"limit": 5, "type": ["A", "B"]})
    assert vendor.paths == ["/v2/rooms?cursor=c2&limit=5&type=A&type=B"]
