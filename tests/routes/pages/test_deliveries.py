"""Deliveries on screen: listed by endpoint and by event, opened with request and answers, and sent again."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.cast import BEN, IAN, Browser, Character
from tests.conftest import FixedClock
from tests.receiver import Receiver, Reply, receiving
from tests.services.test_deliveries import listen, only, send, tell
from webapp.models import DeliveryState
from webapp.runtime import Runtime
from webapp.services import delivery_views, endpoints
from webapp.services.endpoints import WithSecret

ClientOf = Callable[[Character | None], Browser]
URL = "/settings/api-access/endpoints"


@pytest.fixture
def ian(client_of: ClientOf) -> Browser:
    return client_of(IAN)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def made(hub: Runtime, receiver: Receiver) -> WithSecret:
    return listen(hub, receiver)


def list_url(made: WithSecret) -> str:
    return f"{URL}/{made.endpoint.public_id}/deliveries"


def test_deliveries_are_listed_with_state_last_try_and_next_try(
    ian: Browser, hub: Runtime, receiver: Receiver, made: WithSecret, clock: FixedClock
) -> None:
    assert "Nothing here" in ian.get(list_url(made)).text
    receiver.reply(Reply(503))
    tell(hub)
    assert "every 5s" in ian.get(list_url(made), hx=True).text
    send(hub)
    html = ian.get(list_url(made), hx=True).text
    for words in ("booking.created", "Retrying", "Answered 503", "1 try", "Next try:"):
        assert words in html
    receiver.reply(Reply(200))
    clock.advance(minutes=1)
    send(hub)
    html = ian.get(list_url(made), hx=True).text
    assert "Delivered" in html
    assert "every 5s" not in html


def test_a_list_is_paged_and_narrowed_to_a_state(
    ian: Browser, hub: Runtime, receiver: Receiver, made: WithSecret, clock: FixedClock
) -> None:
    tell(hub, delivery_views.PAGE + 3)
    while send(hub):
        clock.advance(seconds=1)
    first = ian.get(list_url(made), hx=True).text
    (older,) = re.findall(r'href="([^"]+before=[^"]+)" rel="next"', first)
    second = ian.get(older.replace("&amp;", "&"), hx=True).text
    assert first.count('id="delivery-') == delivery_views.PAGE
    assert second.count('id="delivery-') == 3
    assert "Back to the newest" in second
    assert 'id="delivery-' not in ian.get(list_url(made) + "?state=held", hx=True).text
    for nonsense in ("?state=lost", "?before=dl_none", "?state=%00"):
        assert ian.get(list_url(made) + nonsense).status_code == 200


def test_a_delivery_shows_request_and_answers_without_the_signature(
    ian: Browser, hub: Runtime, receiver: Receiver, made: WithSecret
) -> None:
    receiver.reply(Reply(500, body=b"<img src=x onerror=alert(1)>"))
    tell(hub)
    send(hub)
    for hx in (True, False):
        html = ian.get(f"{URL}/deliveries/{only(hub).public_id}", hx=hx).text
        told = receiver.told[0].headers
        assert told["webhook-id"] in html
        assert told["webhook-timestamp"] in html
        assert "AIHotelAssistant-Webhooks/1" in html
        assert told["webhook-signature"].removeprefix("v1,") not in html.replace("&#43;", "+")
        assert made.secret.reveal() not in html
        assert "&lt;img src=x" in html
        assert "<img src=x" not in html


def test_one_delivery_is_sent_again(ian: Browser, hub: Runtime, receiver: Receiver, made: WithSecret) -> None:
    tell(hub)
    send(hub)
    address = f"{URL}/deliveries/{only(hub).public_id}/replay"
    answer = ian.post(address, hx=True)
    assert "It is sent again." in answer.text
    assert answer.headers["HX-Trigger"] == "deliveries-changed"
    assert only(hub).state == DeliveryState.WAITING
    send(hub)
    assert len({told.headers["webhook-id"] for told in receiver.told}) == 1
    assert ian.post(address).location == address.removesuffix("/replay")
    assert ian.post(f"{URL}/deliveries/dl_none/replay").status_code == 404
    assert ian.get(f"{URL}/deliveries/dl_none").status_code == 404


def test_an_event_says_to_whom_it_went(
    ian: Browser, hub: Runtime, receiver: Receiver, made: WithSecret
) -> None:
    other = listen(hub, receiver, path="/other")
    tell(hub)
    with hub.reading() as session:
        event = delivery_views.deliveries(session).deliveries[0].event_id
    html = ian.get(f"{URL}/events/{event}").text
    for one in (made, other):
        assert one.endpoint.public_id in html
    assert ian.get(f"{URL}/events/ev_none").status_code == 404


def test_what_was_held_is_counted_first_and_sent_when_confirmed(
    ian: Browser, hub: Runtime, receiver: Receiver, made: WithSecret
) -> None:
    page = f"{URL}/{made.endpoint.public_id}"
    endpoints.disable(hub, made.endpoint.public_id, actor=IAN.email)
    tell(hub, 3)
    endpoints.enable(hub, made.endpoint.public_id, actor=IAN.email)
    nothing = ian.post(page + "/again", data={"since": "2026-07-14T23:00"})
    assert "Nothing failed or was held since" in nothing.text
    plan = ian.post(page + "/again", data={"since": "2026-07-14T12:30"})  # hotel time
    assert "Send 3 deliveries again?" in plan.text
    assert send(hub) == 0
    (since,) = re.findall(r'name="since" value="([^"]+)"', plan.text)
    assert ian.post(page + "/again/start", data={"since": since.replace("&#43;", "+")}).status_code == 303
    assert "3 deliveries are sent again." in ian.get(page).text
    assert send(hub) == 3


@pytest.mark.parametrize("typed", ["", "soon", "2026-07-14T25:00"])
def test_a_moment_that_is_none_is_asked_for_again(ian: Browser, made: WithSecret, typed: str) -> None:
    page = f"{URL}/{made.endpoint.public_id}"
    assert ian.post(page + "/again", data={"since": typed}).status_code == 422
    assert ian.post(page + "/again/start", data={"since": typed}).status_code == 400


def test_the_front_desk_sees_no_deliveries(client_of: ClientOf, made: WithSecret) -> None:
    assert client_of(BEN).get(list_url(made)).status_code == 403
