"""Every question of the adapter keeps to the published contract, as an independent validator reads it; so do the
answers that the other tests are made of."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import MakeClient
from tests.integrations.pms.mews.samples import ANSWERS, PREFIX, Script, credentials, identity, sample, told
from tests.integrations.providers import BUSINESS_DATE, Running, mews
from tests.integrations.vendor import Asked, Reply, Vendor
from tests.simulator.test_mews_contract import CONTRACT, Contract
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.errors import ProviderError
from webapp.integrations.pms.mews.adapter import Adapter

pytestmark = pytest.mark.skipif(not CONTRACT.exists(), reason="the published contract is not on this machine")

# What the hub asks by its readers; the pretend Mews has more.
NEEDED = set(ANSWERS) - {"services/getAvailability"}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract()


@pytest.fixture
def running(clock: FixedClock) -> Iterator[Running]:
    with mews() as pretend:
        clock.now = pretend.world.clock.now()
        yield pretend


def questions(vendor: Vendor) -> list[tuple[str, Any]]:
    return [(asked.path.removeprefix(PREFIX), json.loads(asked.body)) for asked in vendor.asked]


def forward_to(vendor: Vendor, base_url: str) -> None:
    """The scripted vendor passes every call on to the pretend one, and so remembers what was asked."""

    def forward(asked: Asked) -> Reply:
        headers = {"Content-Type": asked.headers["content-type"]}
        answer = requests.post(base_url + asked.path, data=asked.body, headers=headers, timeout=10)
        return Reply(answer.status_code, answer.content)

    vendor.answers_by(forward)


def refused(contract: Contract, asked: list[tuple[str, Any]]) -> list[str]:
    return [
        f"{operation}: {error.json_path} {error.message}"
        for operation, body in asked
        for error in contract.body(operation).iter_errors(body)
    ]


def test_every_question_of_every_walk_fits_the_contract(
    running: Running, vendor: Vendor, make_client: MakeClient, clock: FixedClock, contract: Contract
) -> None:
    forward_to(vendor, running.base_url)
    adapter = Adapter(running.good, make_client(vendor.url, tries=1), memory_caches(clock))
    assert all(rung.ok for rung in adapter.check(list(Stream)))
    first, last = BUSINESS_DATE - timedelta(days=5), BUSINESS_DATE + timedelta(days=5)
    walks = [
        (Mode.BACKFILL, None),
        (Mode.SWEEP, None),
        (Mode.DELTA, clock() - timedelta(days=120, microseconds=1000)),
    ]
    for mode, since in walks:
        for stream in Stream:
            for _ in adapter.fetch(stream, Window(mode, since, clock(), first, last), None):
                pass
    number = running.telling.booking_id(running.world.reservations()[0].number)
    guest = running.telling.main_guest_id(running.world.reservations()[0])
    adapter.fetch_by_ids(Stream.BOOKINGS, [number])
    adapter.fetch_by_ids(Stream.GUESTS, [guest])
    asked = questions(vendor)
    assert {operation for operation, _ in asked} == NEEDED
    assert refused(contract, asked) == []


def test_the_questions_of_fallbacks_and_portfolios_fit_too(
    vendor: Vendor, make_client: MakeClient, clock: FixedClock, contract: Contract
) -> None:
    script = Script()
    hotel = identity("1")

    def configuration(body: Any) -> Reply:
        document = sample("configuration")
        document["Enterprise"]["IsPortfolio"] = "EnterpriseId" not in body
        return Reply(body=document)

    script.instead |= {
        "configuration/get": configuration,
        "enterprises/getAll": Reply(body={"Enterprises": [{"Id": hotel, "Name": "Hotel Invented"}]}),
        "services/getAvailability/2024-01-22": told(401),
    }
    vendor.answers_by(script)
    known = credentials(vendor.url, property_id=hotel)
    adapter = Adapter(known, make_client(vendor.url, tries=1), memory_caches(clock))
    days = Window(
        Mode.DELTA, clock() - timedelta(hours=1), clock(), BUSINESS_DATE, BUSINESS_DATE + timedelta(days=3)
    )
    for stream in Stream:
        for _ in adapter.fetch(stream, days, None):
            pass
    assert {"enterprises/getAll", "services/getAvailability"} <= set(script.operations)
    assert refused(contract, script.asked) == []


@pytest.mark.parametrize("operation", sorted(ANSWERS))
def test_the_samples_are_answers_of_the_contract(operation: str, contract: Contract) -> None:
    errors = contract.answer(operation, 200).iter_errors(sample(ANSWERS[operation]))
    assert [f"{error.json_path} {error.message}" for error in errors] == []


def test_refusals_are_told_apart_by_the_pretend_mews_too(
    running: Running, make_client: MakeClient, clock: FixedClock
) -> None:
    adapter = Adapter(running.bad_key, make_client(running.base_url, tries=1), memory_caches(clock))
    days = Window(Mode.BACKFILL, None, clock(), BUSINESS_DATE, BUSINESS_DATE + timedelta(days=1))
    for stream in Stream:
        with pytest.raises(ProviderError) as error:
            list(adapter.fetch(stream, days, None))
        assert error.value.code == "credentials_rejected"
