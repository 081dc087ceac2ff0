"""The hotel's set-up: which services, rooms and rates count, portfolios, and what is remembered how long."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.integrations.caches import MemorySetup
from tests.integrations.conftest import MakeClient
from tests.integrations.pms.mews.samples import (
    BEST,
    CORPORATE,
    DOUBLE,
    HOTEL,
    NOBODY,
    OLD_RATE,
    ROOM,
    STAY,
    SUITE,
    Script,
    credentials,
    identity,
    sample,
    told,
)
from tests.integrations.vendor import Reply, Vendor
from webapp.integrations.kit.contract import Property
from webapp.integrations.kit.errors import ContractBroken, PropertyUnknown
from webapp.integrations.pms.mews.asking import Mews
from webapp.integrations.pms.mews.refusals import HotelUnknown, NoRooms, NotEnabled
from webapp.integrations.pms.mews.setup import Setup, days_of, text_of

CLOSED = identity("4", 3)


class Stage:
    """A scripted Mews, one cache, and set-ups over both."""

    def __init__(self, vendor: Vendor, make_client: MakeClient, clock: FixedClock) -> None:
        self.script = Script()
        vendor.answers_by(self.script)
        self._vendor, self._make_client = vendor, make_client
        self.cache = MemorySetup(clock)

    def setup(self, *, is_fresh: bool = False, **options: Any) -> Setup:
        known = credentials(self._vendor.url, **options)
        return Setup(
            Mews(self._make_client(self._vendor.url, tries=1), known), known, self.cache, is_fresh=is_fresh
        )


@pytest.fixture
def stage(vendor: Vendor, make_client: MakeClient, clock: FixedClock) -> Stage:
    return Stage(vendor, make_client, clock)


def test_the_hotel_is_the_one_of_the_token(stage: Stage) -> None:
    hotel = stage.setup().hotel
    assert (hotel.id, hotel.name, hotel.zone.key) == (HOTEL, "Hotel Invented", "Europe/Lisbon")
    assert (hotel.currency, hotel.editable_days, hotel.is_portfolio) == ("EUR", 7, False)
    assert stage.setup(property_id=HOTEL.upper()).hotel == hotel


def test_another_id_is_refused_and_the_right_one_offered(stage: Stage) -> None:
    with pytest.raises(HotelUnknown) as unknown:
        _ = stage.setup(property_id=NOBODY).hotel
    assert isinstance(unknown.value, PropertyUnknown)
    assert unknown.value.offered == (Property(HOTEL, "Hotel Invented"),)


def portfolio(stage: Stage) -> None:
    """Two hotels behind one token; without an id Mews shows the stand-in for both."""

    def configuration(body: Any) -> Reply:
        document = sample("configuration")
        if body.get("EnterpriseId") is None:
            document["Enterprise"] |= {"Id": identity("0"), "Name": "Portfolio", "IsPortfolio": True}
        return Reply(body=document)

    hotels = [{"Id": HOTEL, "Name": "Hotel Invented"}, {"Id": identity("1", 1), "Name": "Sister"}]
    stage.script.instead |= {
        "configuration/get": configuration,
        "enterprises/getAll": Reply(body={"Enterprises": hotels, "Cursor": None}),
    }


def test_a_portfolio_token_needs_an_id_and_offers_its_hotels(stage: Stage) -> None:
    portfolio(stage)
    with pytest.raises(HotelUnknown) as unknown:
        _ = stage.setup().hotel
    assert [item.name for item in unknown.value.offered] == ["Hotel Invented", "Sister"]


def test_a_portfolio_token_asks_for_one_hotel_everywhere(stage: Stage) -> None:
    portfolio(stage)
    setup = stage.setup(property_id=HOTEL)
    assert (setup.hotel.id, setup.scope, setup.chain_scope) == (
        HOTEL,
        {"EnterpriseIds": [HOTEL]},
        {"ChainIds": [identity("2")]},
    )
    assert setup.rooms
    assert stage.script.bodies("resources/getAll")[0]["EnterpriseIds"] == [HOTEL]


def test_only_services_by_the_day_with_rooms_count(stage: Stage) -> None:
    setup = stage.setup()
    assert setup.stay_services == [STAY, CLOSED]  # not parking, not the spa by the hour
    assert setup.sold_services == [STAY]
    assert {category.id for category in setup.categories.values() if category.is_sold} == {DOUBLE, SUITE}
    assert setup.categories[SUITE].name == "Suite"  # there is no text in the hotel's language


def test_a_hotel_without_rooms_is_told_so(stage: Stage) -> None:
    stage.script.instead["services/getAll"] = Reply(body={"Services": [], "Cursor": None})
    with pytest.raises(NoRooms):
        _ = stage.setup().stay_services
    assert "resourceCategories/getAll" not in stage.script.operations


def test_rooms_ages_and_rates_include_those_that_are_gone(stage: Stage) -> None:
    setup = stage.setup()
    assert setup.rooms == {ROOM: "214", identity("b", 1): "D1/3"}
    assert setup.children == {identity("9", 1), identity("9", 2)}
    assert setup.plan_names[OLD_RATE] == "Winter 2019"
    assert [plan.id for plan in setup.plans.values() if plan.is_sold] == [
        identity("7", 1),
        identity("7", 3),
        BEST,
    ]
    assert not setup.plans[CORPORATE].is_public
    assert stage.script.bodies("rates/getAll")[0]["ActivityStates"] == ["Active", "Deleted"]
    assert stage.script.bodies("resources/getAll")[0]["Extent"]["Inactive"] is True


def test_bookings_can_do_without_the_names_of_rates(stage: Stage) -> None:
    stage.script.instead["rates/getAll"] = told(401)
    assert stage.setup().plan_names == {}
    with pytest.raises(NotEnabled):
        _ = stage.setup().plans


def test_the_set_up_is_remembered_for_an_hour(stage: Stage, clock: FixedClock) -> None:
    first = stage.setup()
    parts = (first.hotel, first.categories, first.rooms, first.children, first.plans)
    asked = len(stage.script.asked)
    clock.advance(minutes=59)
    second = stage.setup()
    assert (second.hotel, second.categories, second.rooms, second.children, second.plans) == parts
    assert len(stage.script.asked) == asked
    clock.advance(minutes=2)
    assert stage.setup().rooms == first.rooms
    assert len(stage.script.asked) > asked


def test_other_tokens_and_other_ids_do_not_meet_what_is_remembered(stage: Stage) -> None:
    assert stage.setup().hotel
    with pytest.raises(HotelUnknown):
        _ = stage.setup(property_id=NOBODY).hotel


def test_a_refresh_asks_again_and_writes_what_it_finds(stage: Stage) -> None:
    setup = stage.setup()
    assert setup.rooms[ROOM] == "214"
    document = sample("resources")
    document["Resources"][0]["Name"] = "215"
    stage.script.instead["resources/getAll"] = Reply(body=document)
    setup.refresh()
    assert setup.rooms[ROOM] == "215"
    assert stage.setup().rooms[ROOM] == "215"


def test_what_another_version_remembered_is_asked_again(stage: Stage, clock: FixedClock) -> None:
    setup = stage.setup()
    assert setup.rooms
    for name in list(stage.cache._kept):
        stage.cache.put(name, '["another shape"]', clock() + timedelta(hours=1))
    assert stage.setup().rooms == setup.rooms


def test_an_unknown_time_zone_is_a_fault(stage: Stage) -> None:
    document = sample("configuration")
    document["Enterprise"]["TimeZoneIdentifier"] = "Moon/Far_Side"
    stage.script.instead["configuration/get"] = Reply(body=document)
    with pytest.raises(ContractBroken, match="TimeZoneIdentifier"):
        _ = stage.setup().hotel


@pytest.mark.parametrize(
    ("duration", "days"),
    [
        ("P0M7DT0H0M0S", 7),
        ("P1M", 31),
        ("P1Y2M3DT4H", 366 + 62 + 3),
        ("P2W", 14),
        ("PT5H", 0),
        ("", None),
        ("7 days", None),
    ],
)
def test_durations_are_days_at_least(duration: str, days: int | None) -> None:
    assert days_of(duration) == days


def test_texts_fall_back_to_any_language() -> None:
    assert text_of({"pt-PT": "Duplo", "en-GB": "Double"}, "en-GB") == "Double"
    assert text_of({"pt-PT": "", "de-DE": "Doppel"}, "en-GB") == "Doppel"
    assert text_of(None, "en-GB") == text_of({}, "en-GB") == ""
