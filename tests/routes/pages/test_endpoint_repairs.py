"""Outgoing webhooks on the dashboard and on Health: what is wrong, for those who can mend it, and the test that does."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.cast import BEN, IAN, Browser, Character
from tests.conftest import FixedClock
from tests.receiver import Receiver, Reply, receiving
from tests.services.test_deliveries import endpoint, listen, send, tell
from webapp.models import EndpointState
from webapp.runtime import Runtime

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
def gone(hub: Runtime, receiver: Receiver, clock: FixedClock) -> str:
    """The page of an endpoint whose receiver took two events' address away."""
    made = listen(hub, receiver)
    receiver.reply(Reply(410))
    tell(hub, 2)
    clock.advance(seconds=1)
    send(hub)
    return f"{URL}/{made.endpoint.public_id}"


def test_a_receiver_that_is_gone_asks_those_who_can_act(ian: Browser, client_of: ClientOf, gone: str) -> None:
    for address in ("/", "/integrations/health"):
        html = ian.get(address).text
        assert "is told no more" in html
        assert "2 events are held." in html
        assert gone in html
        assert "Test and switch on" not in client_of(BEN).get(address).text


def test_help_with_it_begins_with_what_the_card_says(
    ian: Browser, client_of: ClientOf, hub: Runtime, gone: str
) -> None:
    public_id = gone.rsplit("/", 1)[1]
    address = f"/support/tickets/new?receiver={public_id}"
    assert address in ian.get("/").text
    html = ian.get(address).text
    for words in ("is told no more", "2 events are held.", "Since Tue 14 Jul, 12:30.", public_id):
        assert words in html  # the hotel's time: it is 10:30 in UTC
    assert endpoint(hub).url not in html
    assert "is told no more" not in client_of(BEN).get(address).text
    assert ian.get("/support/tickets/new?receiver=we_unknown").status_code == 200


def test_a_test_that_does_not_arrive_says_why_and_mends_nothing(
    ian: Browser, hub: Runtime, gone: str
) -> None:
    for hx in (True, False):
        still = ian.post(gone + "/repair", hx=hx)
        assert still.status_code == 422
        assert "Answered 410" in still.text
    assert endpoint(hub).state == EndpointState.DISABLED


def test_a_test_that_arrives_switches_it_on_and_offers_what_it_missed(
    ian: Browser, hub: Runtime, receiver: Receiver, gone: str
) -> None:
    receiver.reply(Reply(200))
    mended = ian.post(gone + "/repair", hx=True)
    assert "is told again" in mended.text
    assert "Send the 2 events it missed" in mended.text
    (since,) = re.findall(r'name="since" value="([^"]+)"', mended.text)
    plan = ian.post(gone + "/again", data={"since": since})
    assert "Send 2 deliveries again?" in plan.text
    assert "is told no more" not in ian.get("/").text
    assert ian.post(f"{URL}/we_none/repair").status_code == 404


def test_health_counts_what_arrived_is_retried_and_held(
    ian: Browser, client_of: ClientOf, hub: Runtime, receiver: Receiver
) -> None:
    assert 'id="health-outgoing"' in ian.get("/integrations/health").text
    assert "Outgoing webhooks" not in ian.get("/integrations/health").text
    listen(hub, receiver)
    tell(hub, 3)
    send(hub)
    receiver.reply(Reply(500))
    tell(hub)
    send(hub)
    html = ian.get(f"{URL}/health", hx=True).text
    cells = dict(re.findall(r'data-label="(Delivered|Waiting|Retrying|Held|Given up)">(.*?)</td>', html))
    shown = {label: re.sub("<[^>]+>", "", cell) for label, cell in cells.items()}
    assert shown == {"Delivered": "3", "Waiting": "0", "Retrying": "1", "Held": "0", "Given up": "0"}
    assert "Outgoing webhooks" not in client_of(BEN).get("/integrations/health").text
