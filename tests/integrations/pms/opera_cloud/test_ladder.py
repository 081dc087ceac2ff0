"""The connection test: each thing that may be wrong stands on its rung, with what to do and who acts."""

from collections.abc import Sequence

import pytest

from tests.integrations.pms.opera_cloud.conftest import MakeAdapter
from tests.integrations.pms.opera_cloud.opera_samples import NOTHING, SEARCH, error, listed, row
from tests.integrations.vendor import Reply, Vendor
from webapp.domain.fault import Actor
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Rung
from webapp.integrations.pms.opera_cloud.refusals import (
    HotelNotCovered,
    KeyRefused,
    NotApproved,
    NotApprovedHere,
    NotOnTheList,
    NotSubscribed,
    ReleaseTooOld,
    SignInRefused,
    UserRefused,
)

PING = "/rsv/v1/services/reservations/status"
TOKENS = "/oauth/v1/tokens"
UNAPPROVED = "Unauthorized access to the resource"
UNSUBSCRIBED = "The application has no subscribed plan or API for this resource"
OTHER_RESORT = "User has no access to the data for the resort HTL1"


def broken(rungs: Sequence[Rung]) -> Rung:
    (found,) = [rung for rung in rungs if rung.fault]
    return found


def test_a_good_gateway_is_named_with_its_release(make_adapter: MakeAdapter) -> None:
    rungs = list(make_adapter({SEARCH: listed(row())}).check(list(Stream)))
    assert [rung.name for rung in rungs if not rung.ok and rung.stops] == []
    by_name = {rung.name: rung for rung in rungs}
    assert by_name["login"].detail == "26.2.0.1"
    assert by_name["property"].account == "Hotel Invented"


def test_the_event_queue_is_never_read(make_adapter: MakeAdapter, vendor: Vendor) -> None:
    list(make_adapter({}, external_system="HUB").check(list(Stream)))
    assert not any("businessEvents" in path for path in vendor.paths)


@pytest.mark.parametrize(
    ("place", "answer", "told"),
    [
        (PING, error(404), ("login", "%(host)s answers, but there is no API at this address.", Actor.ADMIN)),
        (TOKENS, error(401), ("login", SignInRefused.message, Actor.ADMIN)),
        (TOKENS, error(400, "invalid client"), ("login", SignInRefused.message, Actor.ADMIN)),
        (TOKENS, error(403), ("login", SignInRefused.message, Actor.ADMIN)),
        (TOKENS, Reply(402, {"error": "invalid_grant"}), ("login", UserRefused.message, Actor.ADMIN)),
        (PING, error(401), ("login", KeyRefused.message, Actor.ADMIN)),
        (PING, error(403, UNAPPROVED), ("property", NotApprovedHere.message, Actor.ADMIN)),
        (PING, error(403, OTHER_RESORT), ("property", HotelNotCovered.message, Actor.ADMIN)),
        (PING, Reply(403, b"Forbidden"), ("property", NotOnTheList.message, Actor.IT)),
        (SEARCH, error(403, UNSUBSCRIBED), ("stream:bookings", NotSubscribed.message, Actor.ADMIN)),
        (SEARCH, error(403, UNAPPROVED), ("stream:bookings", NotApproved.message, Actor.ADMIN)),
        (SEARCH, error(400, "not with this database version"), ("stream:bookings", ReleaseTooOld.message, Actor.ADMIN)),
        (SEARCH, error(429), ("stream:bookings", "The provider asks the hub to call less often.", Actor.NOBODY)),
        (SEARCH, error(500, "Oops"), ("stream:bookings", "The provider has a problem of its own at the moment.", Actor.NOBODY)),
    ],
)  # fmt: skip
def test_each_trouble_says_what_is_wrong_and_who_acts(
    make_adapter: MakeAdapter, place: str, answer: Reply, told: tuple[str, str, Actor]
) -> None:
    kind = "ssd" if answer.status == 402 else "ocim"
    found = broken(list(make_adapter({place: answer}, auth_kind=kind).check([Stream.BOOKINGS])))
    assert found.fault is not None
    assert (found.name, found.fault.message, found.fault.actor) == told


def test_a_missing_module_is_named_and_leaves_the_others(make_adapter: MakeAdapter) -> None:
    answers = {"/inv/v1/hotels/HTL1/hotelInventory": error(403, UNSUBSCRIBED), SEARCH: NOTHING}
    rungs = list(make_adapter(answers).check([Stream.BOOKINGS, Stream.AVAILABILITY, Stream.RATES]))
    found = broken(rungs)
    assert found.fault is not None
    assert found.fault.params["module"] == "Inventory"
    assert [rung.name for rung in rungs if rung.ok][-2:] == ["stream:bookings", "stream:rates"]


def test_settings_that_may_not_be_read_cost_the_name_only(make_adapter: MakeAdapter) -> None:
    answers = {"/ent/config/v1/hotels/HTL1/operaContext": error(403, UNSUBSCRIBED)}
    rungs = {rung.name: rung for rung in make_adapter(answers).check([])}
    assert (rungs["property"].ok, rungs["property"].account) == (True, "HTL1")


def test_nothing_found_is_a_success(make_adapter: MakeAdapter) -> None:
    rungs = list(make_adapter().check(list(Stream)))
    assert [rung.name for rung in rungs if rung.fault] == []
