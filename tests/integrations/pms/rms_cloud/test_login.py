from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.conftest import FixedClock
from tests.integrations.pms.rms_cloud.conftest import MakeAdapter
from tests.integrations.pms.rms_cloud.samples import KEYS, NOW, Script, credentials, path_of, sample, window
from tests.integrations.vendor import Asked, Reply, Vendor
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Rung
from webapp.integrations.kit.errors import CredentialsRejected, PermissionMissing, ProviderError, RateLimited
from webapp.integrations.pms.rms_cloud.adapter import Adapter
from webapp.integrations.pms.rms_cloud.patience import MOST_REFUSALS
from webapp.integrations.pms.rms_cloud.refusals import BLOCK, LoginBlocked, Paused

LOGIN = ["clienturl/69731", "authToken"]


@pytest.fixture
def other_host() -> Iterator[Vendor]:
    running = Vendor()
    yield running
    running.close()


def read(adapter: Adapter) -> list[str]:
    found = adapter.fetch(Stream.BOOKINGS, window(), None)
    return [record.external_id for page in found for record in page.records]  # type: ignore[union-attr]


def fault_of(adapter: Adapter) -> Rung:
    return next(rung for rung in adapter.check([Stream.BOOKINGS]) if rung.fault)


def test_the_host_is_asked_for_before_the_token_and_numbers_are_numbers(
    adapter: Adapter, script: Script
) -> None:
    assert read(adapter) == ["48213", "48214"]
    assert script.paths()[:2] == LOGIN
    assert script.bodies("authToken") == [
        {
            "agentId": 431,
            "agentPassword": KEYS["api_key"].reveal(),
            "clientId": 69731,
            "clientPassword": KEYS["api_secret"].reveal(),
            "useTrainingDatabase": False,
            "moduleType": ["guestServices"],
        }
    ]
    assert {asked.headers["authtoken"] for asked in script.asked[2:]} == {"t0ken-1"}


def test_several_modules_are_a_list(make_adapter: MakeAdapter, script: Script) -> None:
    read(make_adapter(credentials(module_type="guestServices, kiosk", training="yes")))
    (body,) = script.bodies("authToken")
    assert (body["moduleType"], body["useTrainingDatabase"]) == (["guestServices", "kiosk"], True)


def test_test_and_syncs_share_a_token_for_a_day(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    assert all(rung.ok for rung in make_adapter().check(tuple(Stream)))
    read(make_adapter())
    assert script.tokens == 1
    clock.now = NOW + timedelta(hours=23, minutes=51)
    read(make_adapter())
    assert script.tokens == 2


def test_a_token_that_seems_to_have_ended_does_not_cost_a_login_for_every_call(
    make_adapter: MakeAdapter, script: Script
) -> None:
    script.replies["authToken"] = Reply(201, {"token": "t0ken-9", "expiryDate": "2020-01-01 00:00:00"})
    read(make_adapter())
    read(make_adapter())
    assert script.paths().count("authToken") == 1


def test_a_database_that_was_moved_is_followed(
    adapter: Adapter, script: Script, vendor: Vendor, other_host: Vendor
) -> None:
    moved = Script(other_host.url)
    other_host.answers_by(moved)
    script.home = other_host.url + "/"
    assert read(adapter) == ["48213", "48214"]
    assert script.paths() == ["clienturl/69731"]
    assert moved.paths()[0] == "authToken"


@pytest.mark.parametrize(
    "address",
    [
        "https://rmscloud.com.thief.example",
        "https://restapi12.rmscloud.com@thief.example",
        "http://restapi12.rmscloud.com",
        "https://evilrmscloud.com",
        "https://restapi12.rmscloud.com/?x=1",
        "https://restapi12.rmscloud.com:8443",
        "ftp://restapi12.rmscloud.com",
        "https://[broken",
    ],
)
def test_no_password_goes_to_a_host_that_is_none_of_rms(
    adapter: Adapter, script: Script, address: str
) -> None:
    script.home = address
    rung = fault_of(adapter)
    assert rung.fault is not None
    assert (rung.name, rung.fault.code) == ("login", "address_refused")
    assert script.paths() == ["clienturl/69731"]


def test_an_address_without_quotes_is_understood(adapter: Adapter, script: Script, vendor: Vendor) -> None:
    script.replies["clienturl/69731"] = Reply(200, vendor.url.encode())
    assert read(adapter)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_login_is_not_repeated_until_a_person_acts(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock, status: int
) -> None:
    script.replies["authToken"] = Reply(status, {"message": "no"})
    for _ in range(5):
        with pytest.raises(CredentialsRejected):
            read(make_adapter())
        clock.now += timedelta(hours=1)
    assert script.paths() == LOGIN

    script.replies.clear()
    assert all(rung.ok for rung in make_adapter().check([Stream.BOOKINGS]))
    assert read(make_adapter())


def test_pressing_the_test_again_at_once_asks_nobody(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    script.replies["authToken"] = Reply(403, {})
    for _ in range(10):
        fault_of(make_adapter())
        clock.now += timedelta(seconds=5)
    assert script.paths() == LOGIN
    clock.now += timedelta(seconds=60)
    fault_of(make_adapter())
    assert script.paths() == [*LOGIN, *LOGIN]


def test_other_credentials_are_tried_at_once(make_adapter: MakeAdapter, script: Script) -> None:
    script.replies["authToken"] = Reply(403, {})
    with pytest.raises(CredentialsRejected):
        read(make_adapter())
    script.replies.clear()
    assert read(make_adapter(credentials(module_type="kiosk")))


def test_a_400_to_the_login_is_the_block_of_an_hour(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    script.replies["authToken"] = Reply(400, {"message": "blocked"})
    rung = fault_of(make_adapter())
    assert rung.fault is not None
    assert rung.fault.code == "rate_limited"
    assert rung.fault.message == LoginBlocked.message
    assert rung.fault.params == {"at": "2026-11-23 11:01 UTC"}
    assert 3600 <= (rung.fault.retry_after or 0) <= 3700
    script.replies.clear()
    clock.now += timedelta(minutes=59)
    with pytest.raises(LoginBlocked):
        read(make_adapter())
    assert fault_of(make_adapter()).fault is not None
    assert script.paths() == LOGIN
    clock.now += timedelta(minutes=3)
    assert read(make_adapter())


def test_an_unknown_client_is_told_from_a_wrong_address(make_adapter: MakeAdapter, script: Script) -> None:
    script.replies["clienturl/69731"] = Reply(404, {})
    rung = fault_of(make_adapter())
    assert rung.fault is not None
    assert (rung.fault.code, rung.fault.params) == ("credentials_rejected", {"client": "69731"})
    script.replies["healthcheck"] = Reply(404, {})
    script.replies["clienturl/5"] = Reply(404, {})
    rung = fault_of(make_adapter(credentials(client_id="5")))
    assert rung.fault is not None
    assert rung.fault.code == "address_wrong"


def test_a_token_that_ended_early_is_replaced_once(make_adapter: MakeAdapter, script: Script) -> None:
    read(make_adapter())
    script.dead = {"t0ken-1"}
    script.asked.clear()
    assert read(make_adapter())
    assert script.paths().count("authToken") == 1
    assert script.paths()[1] == "properties"  # was it the token?


def test_a_401_with_a_good_token_is_a_missing_module(make_adapter: MakeAdapter, script: Script) -> None:
    read(make_adapter())
    script.replies["guests/search"] = Reply(401, {})
    with pytest.raises(PermissionMissing) as missing:
        list(make_adapter().fetch(Stream.GUESTS, window(), None))
    assert missing.value.params["path"] == "/guests/search"
    assert script.tokens == 1


def test_many_refusals_make_the_hub_rest_before_rms_blocks_it(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    read(make_adapter())
    script.replies["guests/search"] = Reply(403, {})
    for _ in range(MOST_REFUSALS):
        with pytest.raises(PermissionMissing):
            make_adapter().fetch_by_ids(Stream.GUESTS, ["7711"])
        clock.now += timedelta(seconds=1)
    asked = len(script.asked)
    with pytest.raises(Paused):
        make_adapter().fetch_by_ids(Stream.GUESTS, ["7711"])
    assert len(script.asked) == asked
    clock.now += timedelta(seconds=BLOCK)
    with pytest.raises(PermissionMissing):
        make_adapter().fetch_by_ids(Stream.GUESTS, ["7711"])


def test_a_block_is_waited_for_by_everybody(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    script.replies["reservations/search"] = Reply(429, {})
    with pytest.raises(RateLimited) as limited:
        read(make_adapter())
    assert limited.value.retry_after == BLOCK
    script.replies.clear()
    asked = len(script.asked)
    with pytest.raises(Paused) as paused:
        make_adapter().fetch_by_ids(Stream.GUESTS, ["7711"])
    assert paused.value.params == {"at": "2026-11-23 10:01 UTC"}
    assert len(script.asked) == asked
    clock.now += timedelta(seconds=BLOCK)
    assert read(make_adapter())


@pytest.mark.parametrize("status", [400, 403])
def test_a_refusal_of_what_was_allowed_a_moment_ago_is_a_block(
    adapter: Adapter, script: Script, status: int
) -> None:
    rows = [{**sample("reservations")[0], "id": number} for number in range(1, 101)]
    answers = [Reply(200, rows), Reply(status, {})]
    script.replies["reservations/search"] = lambda asked: answers.pop(0)
    with pytest.raises(Paused):
        read(adapter)


@pytest.mark.parametrize(
    ("name", "value"), [("agent_id", "abc"), ("client_id", ""), ("agent_id", "٣"), ("client_id", "-1")]
)
def test_what_is_no_number_is_refused_before_anything_is_asked(
    make_adapter: MakeAdapter, script: Script, name: str, value: str
) -> None:
    with pytest.raises(CredentialsRejected):
        read(make_adapter(credentials(**{name: value})))
    assert script.asked == []


def test_a_login_without_a_token_is_not_understood(adapter: Adapter, script: Script) -> None:
    bodies: tuple[object, ...] = ({}, {"token": ""}, {"token": "two\nlines"}, [])
    for body in bodies:
        script.replies["authToken"] = Reply(201, body)
        with pytest.raises(ProviderError) as raised:
            read(adapter)
        assert raised.value.code == "contract_broken"


def test_an_end_that_cannot_be_read_counts_as_a_day(make_adapter: MakeAdapter, script: Script) -> None:
    script.replies["authToken"] = Reply(200, {"token": "t0ken-x", "expiryDate": "31/31/2026"})
    read(make_adapter())
    read(make_adapter())
    assert script.paths().count("authToken") == 1


def test_no_secret_is_printed(adapter: Adapter, script: Script) -> None:
    def asks(asked: Asked) -> Reply:
        return Reply(500 if path_of(asked) == "properties" else 200, {})

    script.replies["properties"] = asks
    texts = [repr(rung) for rung in adapter.check(())] + [repr(adapter), repr(vars(adapter))]
    assert not any(secret.reveal() in text for secret in KEYS.values() for text in texts)
    assert not any("t0ken-1" in text for text in texts)
